"""The book's numbers counted again by hand: pandas, the clean tables, arithmetic, nothing else.

No module here imports the book's package. `RECOUNTS` has a function for each number, by the key
that the book prints it under; its comment says in words which rows are taken.
"""

from . import evidence, pay, people, suitcase, visas
from .tables import RECOUNTS

__all__ = ["RECOUNTS", "evidence", "pay", "people", "suitcase", "visas"]
