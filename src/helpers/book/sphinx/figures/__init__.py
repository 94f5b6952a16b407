"""Figures of the book: pictures, data and files."""
