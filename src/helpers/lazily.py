"""Packages that are imported when something of theirs is used: commands that do without are quick.

`from helpers.lazily import pandas as pd` in a module that looks up as well as computes.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__all__ = ["altair", "numpy", "pandas"]


class _Delayed(ModuleType):
    """Stands for a package until something of it is asked for, such as a function."""

    def __getattr__(self, name: str) -> Any:
        if name == "__file__":  # asked of every module by whoever looks for a piece of source
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


if TYPE_CHECKING:
    import altair
    import numpy
    import pandas
else:
    altair, numpy, pandas = map(_Delayed, ("altair", "numpy", "pandas"))


def delay_import(package: str) -> None:
    """Have `import package`, in whatever code, wait until something of it is asked for."""
    sys.modules.setdefault(package, _Delayed(package))
