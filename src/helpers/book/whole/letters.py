"""Letters: whether the fonts of a printed PDF have every letter of the book."""

import re
from collections.abc import Iterator

import pikepdf

from helpers.errors import YaluError

_SECTION = re.compile(r"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)
_CODES = re.compile(r"<([0-9A-Fa-f]+)>")
_SHOWN = 8


def check_letters(pdf: pikepdf.Pdf, text: str) -> None:
    """Raise YaluError where the PDF shows empty boxes for letters of `text`."""
    known = set(_letters(pdf))
    missing = sorted({letter for letter in text if letter.isalpha()} - known)
    if missing:
        raise YaluError(
            f"the PDF lacks {len(missing)} letters that no installed font has, among them "
            f"{' '.join(missing[:_SHOWN])}: install a font that has them (for Chinese and Korean "
            "on Debian: apt install fonts-noto-cjk)"
        )


def _letters(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Yield the letters for which the fonts of a PDF have a shape."""
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and "/ToUnicode" in item:
            table = item.ToUnicode.read_bytes().decode("latin-1")
            for kind, body in _SECTION.findall(table):
                yield from _range(body) if kind == "bfrange" else _single(body)


def _single(body: str) -> Iterator[str]:
    for target in _CODES.findall(body)[1::2]:
        yield from _decoded(target)


def _range(body: str) -> Iterator[str]:
    codes = _CODES.findall(body)
    for first, last, target in zip(codes[::3], codes[1::3], codes[2::3], strict=False):
        start = _decoded(target)
        for offset in range(int(last, 16) - int(first, 16) + 1):
            yield from (*start[:-1], chr(ord(start[-1]) + offset))


def _decoded(code: str) -> str:
    return bytes.fromhex(code.zfill(4)).decode("utf-16-be")
