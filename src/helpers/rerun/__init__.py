"""Rerun: a chapter with other parameters, what that changes, and many runs at once."""
