"""Fewer examples of each property: the models are short, and every one is tried both ways."""

from hypothesis import settings

settings.register_profile("models", max_examples=25)
settings.load_profile("models")
