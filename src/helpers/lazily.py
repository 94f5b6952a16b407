"""Packages that are imported when something of theirs is used: commands that do without are quick.

`from helpers.lazily import pandas as pd` in a module that looks up as well as computes.
"""

import sys
from importlib import import_module
from importlib.util import LazyLoader, find_spec, module_from_spec
from typing import TYPE_CHECKING, Any

__all__ = ["altair", "numpy", "pandas"]


class _Package:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)


if TYPE_CHECKING:
    import altair
    import numpy
    import pandas
else:
    altair, numpy, pandas = map(_Package, ("altair", "numpy", "pandas"))


def delay_import(package: str) -> None:
    """Have `import package`, by whatever code, wait until something of it is used.

    This is how Python's documentation has it. A package that is imported already, or is not
    installed, stays as it is.
    """
    spec = None if package in sys.modules else find_spec(package)
    if spec is not None and spec.loader is not None:
        spec.loader = LazyLoader(spec.loader)
        sys.modules[package] = module = module_from_spec(spec)
        spec.loader.exec_module(module)
