"""Helpers of the book Across the Yalu."""
