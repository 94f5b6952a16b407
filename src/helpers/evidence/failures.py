"""Failure: one thing that is wrong in the evidence, told in one line."""

from dataclasses import dataclass

_LONGEST = 80


def shown(text: str) -> str:
    r"""Return a cell for a message: quoted, on one line, bytes that are no UTF-8 as \xNN."""
    plain = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    plain = plain.replace("\r", "\\r").replace("\n", "\\n").replace("\x00", "\\0")
    return f'"{plain[:_LONGEST]}…"' if len(plain) > _LONGEST else f'"{plain}"'


@dataclass(frozen=True)
class Failure:
    """One failure: where it is, what was found, what is allowed, what to do.

    `file` is relative to the book's root, `line` counts from 1 in the file as an editor
    shows it, `column` is the name of the column or entry (empty where the row or the
    file as a whole is at fault), `found` is ready for print.
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
