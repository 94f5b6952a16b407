"""Helpers of a book of parametrised chapters, each number with its source."""
