"""Whole-book files: the book as one PDF and as an EPUB, made from its rendered pages."""
