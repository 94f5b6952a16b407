"""Drawn: what Vega makes of charts, kept by its content, so that nothing is drawn twice."""

import hashlib
import json
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert
from filelock import FileLock

from helpers.book.fingerprints import fonts
from helpers.files import write_file
from helpers.paths import book_root

FOLDER = Path("_build/drawn")
VL_VERSION = "6.4"
# an id that Vega gives, where it is given and where it is named
_ID = re.compile(r'(\bid="|url\(#|href="#)(?=(clip|gradient))([\w-]+)')
# a picture that no build has asked for in so many days is dropped
_DAYS = 30


def svg(spec: dict[str, Any]) -> str:
    """Return a Vega-Lite specification as SVG, its clips and gradients numbered from 1."""
    text = json.dumps(spec, sort_keys=True)
    return _kept(
        ["svg, numbered", text],
        lambda: _numbered(vl_convert.vegalite_to_svg(spec, vl_version=VL_VERSION)).encode(),
    ).decode()


def _numbered(picture: str) -> str:
    """Number the ids of a picture: Vega goes on counting from whatever it drew before."""
    names: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        before, kind, old = match.groups()
        return before + names.setdefault(old, f"{kind}{len(names) + 1}")

    return _ID.sub(number, picture)


def vega(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a Vega-Lite specification as the Vega specification that it stands for."""
    text = json.dumps(spec, sort_keys=True)
    return _kept_data(
        ["vega", text], lambda: vl_convert.vegalite_to_vega(spec, vl_version=VL_VERSION)
    )


def scenegraph(spec: dict[str, Any]) -> dict[str, Any]:
    """Return what a Vega specification draws: its marks, with what they show."""
    text = json.dumps(spec, sort_keys=True)
    return _kept_data(["scenegraph", text], lambda: vl_convert.vega_to_scenegraph(spec))


def png(picture: str, scale: float = 1) -> bytes:
    """Return an SVG as PNG, `scale` pixels to the unit."""
    return _kept(["png", picture, scale], lambda: bytes(vl_convert.svg_to_png(picture, scale)))


def bundle(script: str) -> str:
    """Return a script together with Vega, Vega-Lite and Vega-Embed, as one."""
    return _kept(
        ["bundle", script], lambda: vl_convert.javascript_bundle(script, VL_VERSION).encode()
    ).decode()


@cache
def _drawn_with() -> list[str]:
    """Return what besides its content a picture depends on."""
    return [version("vl-convert-python"), VL_VERSION, fonts()]


def _kept_data(content: list[Any], draw: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_kept(content, lambda: json.dumps(draw()).encode()))
    return found


def _kept(content: list[Any], draw: Callable[[], bytes]) -> bytes:
    """Return what is kept for some content, drawn and kept where it is not there yet."""
    key = hashlib.sha256(json.dumps([*_drawn_with(), *content]).encode()).hexdigest()[:40]
    path = book_root() / FOLDER / key
    if (found := _read(path)) is not None:
        return found
    path.parent.mkdir(parents=True, exist_ok=True)
    # two processes that want the same picture: the second waits for the first
    lock = path.with_name(f".{key}.lock")
    with FileLock(lock):
        if (found := _read(path)) is None:
            found = draw()
            write_file(path, found)
        with suppress(OSError):
            lock.unlink()
    return found


def _read(path: Path) -> bytes | None:
    try:
        found = path.read_bytes()
        os.utime(path)
    except OSError:
        return None
    return found


def drop_old(root: Path) -> None:
    """Drop the pictures that nothing has asked for in a long time."""
    before = time.time() - _DAYS * 86_400
    for path in (root / FOLDER).glob("*"):
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
