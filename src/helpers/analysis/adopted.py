"""Adopted: a chapter made of somebody else's notebook, its displays kept in a form for the book."""

import sys
from collections.abc import Mapping
from typing import Any

import pandas as pd
from IPython import get_ipython

from helpers.analysis.chapter import begin

_MOST_ROWS = 60


def begin_adopted(chapter: str, namespace: Mapping[str, Any]) -> None:
    """Begin a chapter as `begin` does, and have its displays stand on a page.

    Charts by Altair show as pictures, where they would ask another host for scripts; tables
    show without style sheets of their own. Raises YaluError as `begin` does.
    """
    if altair := sys.modules.get("altair"):
        altair.renderers.enable("svg")
    shell = get_ipython()
    if shell is not None:
        html = shell.display_formatter.formatters["text/html"]
        html.for_type(pd.DataFrame, _table)
    begin(chapter, namespace)


def _table(frame: pd.DataFrame) -> str:
    return frame.to_html(border=0, max_rows=_MOST_ROWS)
