"""Content-addressed cache of rendered charts."""

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, partial
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import platformdirs
import vl_convert
from filelock import FileLock
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from helpers.book.stale import fonts
from helpers.files import remove, write_file
from helpers.paths import book_root

FOLDER = Path("_build/charts")
VL_VERSION = "6.4"
# an id that Vega gives, where it is given and where it is named
_ID = re.compile(r'(\bid="|url\(#|href="#)(?=(clip|gradient))([\w-]+)')
# a rendering that no build has used in so many days is removed
_DAYS = 30
# bytes of its hash before each
_DIGEST = hashlib.sha256().digest_size
# colours of a PNG to take away, of which charts have few; names of metadata that differ in it
_COLOURS = 128
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_IN_PNG = {"creator": "Author", "rights": "Copyright", "identifier": "URL"}


def svg(spec: dict[str, Any]) -> str:
    """Return a Vega-Lite specification as SVG, its clips and gradients numbered from 1."""
    names: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        before, kind, old = match.groups()
        return before + names.setdefault(old, f"{kind}{len(names) + 1}")

    def render() -> bytes:  # Vega goes on counting from the picture before
        picture = vl_convert.vegalite_to_svg(spec, vl_version=VL_VERSION)
        return _ID.sub(number, picture).encode()

    return _cached(["svg, numbered", json.dumps(spec, sort_keys=True)], render).decode()


def vega(spec: dict[str, Any]) -> dict[str, Any]:
    """Compile a Vega-Lite specification to Vega."""
    return _compiled("vega", spec, partial(vl_convert.vegalite_to_vega, vl_version=VL_VERSION))


def scenegraph(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the scenegraph of a Vega specification: its marks with their data."""
    return _compiled("scenegraph", spec, vl_convert.vega_to_scenegraph)


def _compiled(kind: str, spec: dict[str, Any], compiled: Callable[..., Any]) -> dict[str, Any]:
    content = [kind, json.dumps(spec, sort_keys=True)]
    found: dict[str, Any] = json.loads(
        _cached(content, lambda: json.dumps(compiled(spec)).encode())
    )
    return found


def png(picture: str, scale: float = 1) -> bytes:
    """Return an SVG as PNG of few colours, `scale` pixels to the unit, with its metadata."""

    def render() -> bytes:
        made, info = BytesIO(vl_convert.svg_to_png(picture, scale)), PngInfo()
        for name, text in _said_of(picture):
            info.add_text(name, text)
        # in a third of the time that other ways of Pillow take
        pixels = Image.open(made).quantize(_COLOURS, Image.Quantize.FASTOCTREE)
        light = BytesIO()
        pixels.save(light, "PNG", pnginfo=info)
        return light.getvalue()

    return _cached(["png", picture, scale, _COLOURS], render)


def _said_of(picture: str) -> Iterator[tuple[str, str]]:
    """Yield the title and the metadata of an SVG, under their names in a PNG."""
    for element in ET.fromstring(picture).iter():
        space, _, name = element.tag[1:].partition("}")
        if name == "title" or space == _DUBLIN_CORE:
            yield _IN_PNG.get(name, name.capitalize()), element.text or ""
        elif name == "license":
            yield "License", next(iter(element.attrib.values()))


def bundle(script: str) -> str:
    """Return a script together with Vega, Vega-Lite and Vega-Embed, as one.

    It is the same in each book, takes seconds, and is kept for all books of a user.
    """
    return _cached(
        ["bundle", script],
        lambda: vl_convert.javascript_bundle(script, VL_VERSION).encode(),
        _of_user(),
    ).decode()


def _of_user() -> Path | None:
    """Return the folder of the user's caches, None where nothing can be kept in it."""
    folder = platformdirs.user_cache_path("yalu")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


@cache
def _rendered_with() -> list[str]:
    """Return what a rendering depends on besides its content: versions and fonts."""
    return [version("vl-convert-python"), VL_VERSION, fonts()]


def _cached(content: list[Any], render: Callable[[], bytes], folder: Path | None = None) -> bytes:
    """Return the rendering of some content, kept in `folder` or else in that of the book."""
    key = hashlib.sha256(json.dumps([*_rendered_with(), *content]).encode()).hexdigest()[:40]
    path = (folder or book_root() / FOLDER) / key
    if (found := _read(path)) is not None:
        return found
    path.parent.mkdir(parents=True, exist_ok=True)
    # two processes that want the same picture: the second waits for the first
    lock = path.with_name(f".{key}.lock")
    with FileLock(lock):
        if (found := _read(path)) is None:
            found = render()
            remove(path)
            write_file(path, hashlib.sha256(found).digest() + found)
        with suppress(OSError):
            lock.unlink()
    return found


def _read(path: Path) -> bytes | None:
    """Return a rendering, None where there is none or where it is not what its digest tells."""
    try:
        kept = path.read_bytes()
        os.utime(path)
    except OSError:
        return None
    found = kept[_DIGEST:]
    return found if kept[:_DIGEST] == hashlib.sha256(found).digest() else None


def drop_damaged(root: Path, report: Callable[[str], None]) -> None:
    """Remove the renderings that are damaged, and those that no build has used in `_DAYS` days."""
    before = time.time() - _DAYS * 86_400
    if (root / FOLDER).exists() and not (root / FOLDER).is_dir():
        remove(root / FOLDER)
    for path in (root / FOLDER).glob("*"):
        used = path.stat().st_mtime
        if (damaged := not path.name.startswith(".") and _read(path) is None) or used < before:
            remove(path)
            if damaged:
                report(f"{FOLDER.as_posix()}/{path.name}: damaged; it is drawn again")
        else:
            os.utime(path, (used, used))
