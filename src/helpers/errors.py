"""Errors of users: raised as plain lines, never shown as a traceback; failures of a file."""

import difflib
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class YaluError(Exception):
    """Bad input. Each of `lines` says where, what was found, what is allowed or what to do.

    The command ends with `exit_code`; 1: evidence or book is at fault, 2: it was called wrongly.
    """

    def __init__(self, *lines: str, exit_code: int = 1) -> None:
        """Keep the lines and the exit code."""
        super().__init__("\n".join(lines))
        self.lines = list(lines)
        self.exit_code = exit_code


@contextmanager
def wrongly_called() -> Iterator[None]:
    """Have what is raised within the block end with exit code 2: the call is at fault."""
    try:
        yield
    except YaluError as error:
        raise YaluError(*error.lines, exit_code=2) from None


_LONGEST = 80


def shown(text: str) -> str:
    r"""Return a cell for a message: quoted, on one line, what cannot be printed as \xNN."""
    plain = "".join(map(_visible, text))
    return f'"{plain[:_LONGEST]}…"' if len(plain) > _LONGEST else f'"{plain}"'


def _visible(one: str) -> str:
    if "\udc80" <= one <= "\udcff":
        return f"\\x{ord(one) - 0xDC00:02x}"
    return one if one.isprintable() else one.encode("unicode_escape").decode()


def shown_path(path: Path) -> str:
    """Return a path for a message: as it is, `shown` where it is long or cannot be printed."""
    text = str(path)
    return text if text.isprintable() and len(text) <= 3 * _LONGEST else shown(text)


def hidden(text: str) -> str:
    """Return in words the first character of a text that nobody sees, "" where all are seen.

    Such are control characters, ends of lines, marks of direction, and bytes that are no UTF-8.
    """
    for one in text:
        if "\udc80" <= one <= "\udcff":
            return f"the byte {ord(one) - 0xDC00:02X}, which is not UTF-8"
        if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            return f"U+{ord(one):04X}, which is not shown"
    return ""


@dataclass(frozen=True)
class Failure:
    """One failure: where it is, what was found, what is allowed, what to do.

    `file` is relative to the book's root, `line` counts from 1 as in an editor, `column` is empty
    where the row or the file as a whole is at fault, `found` is ready for print.
    """

    file: str
    line: int
    column: str
    found: str
    allowed: str
    hint: str

    def __str__(self) -> str:
        """Return the failure as one line."""
        where = f"{self.file}:{self.line}: "
        column = f"column {self.column}: " if self.column else ""
        return f"{where}{column}found {self.found}; allowed: {self.allowed}; {self.hint}"


class FileFault(YaluError):
    """A file that cannot be read as what it should be; `failure` says where and why."""

    def __init__(self, failure: Failure, exit_code: int = 1) -> None:
        """Keep the failure; its line is the message."""
        super().__init__(str(failure), exit_code=exit_code)
        self.failure = failure


def did_you_mean(entry: str, known: Iterable[str], most: int = 3) -> str:
    """Return "; did you mean a or b?" with the known names nearest to an entry, or nothing."""
    near = difflib.get_close_matches(entry[:200], list(known), most)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def raise_failures(failures: Iterable[Failure]) -> None:
    """Raise YaluError with one line a failure, where there are any."""
    if lines := [str(failure) for failure in failures]:
        raise YaluError(*lines)
