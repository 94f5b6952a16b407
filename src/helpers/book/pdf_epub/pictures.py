"""Pictures of an article as files beside it; nothing of it asks another host or breaks its XML."""

import base64
import binascii
import re
from pathlib import Path
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from bs4 import BeautifulSoup, Tag

from helpers.book.sphinx.html import in_xml

# endings and types of the pictures that e-readers show
MEDIA = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
         "webp": "image/webp", "svg": "image/svg+xml"}  # fmt: skip
_ENDINGS = {kind: ending for ending, kind in reversed(MEDIA.items())}
_SVG = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")
_NAME = re.compile(r"(?:(?:xlink|xml|epub):)?[A-Za-z_][\w.-]*", re.ASCII)
# what a browser loads without being asked
_LOADS = re.compile(r"url\s*\(\s*(?!['\"]?#)|image-set|@import", re.IGNORECASE)


def take_pictures(tree: Tag, key: str, folder: Path, pictures: dict[str, bytes]) -> None:
    """Put the pictures of an article into `pictures`, by file names that begin with its `key`.

    Each SVG becomes an image of the same words: Chromium and e-readers give a picture its words
    for certain only where it is an image. `folder` is that of the rendered page. A picture of
    another host becomes a link to it, one that is not there its words.
    """
    _mend(tree)
    for number, image in enumerate(tree.select("img"), start=1):
        address, words = str(image.get("src") or ""), str(image.get("alt") or "")
        if found := _read(address, folder):
            content, ending = found
            name = f"{key}-picture-{number:02}.{ending}"
            pictures[name] = content
            image["src"], image["alt"] = f"images/{name}", words
        else:
            is_link = urlsplit(address).scheme in ("http", "https") and not image.find_parent("a")
            image.name = "a" if is_link else "span"
            image.attrs.clear()
            if is_link:
                image["href"] = quote(address, safe="%/:=&?~#+!$,;'@()*")
            image.string = words or "Picture"
    soup = BeautifulSoup("", "html.parser")
    for number, svg in enumerate(tree.select("svg"), start=1):
        holder = svg if svg.get("aria-label") else svg.find_parent(attrs={"aria-label": True})
        words = str(holder["aria-label"]) if holder else svg.title.get_text() if svg.title else ""
        image = soup.new_tag("img", alt=words or f"Picture {number}, which has no words")
        image["class"] = "chart"
        svg.replace_with(image)
        for name in svg.attrs.keys() & {"focusable", "class", "role", "aria-label", "aria-hidden"}:
            del svg[name]
        svg["xmlns"], svg["xmlns:xlink"] = _SVG
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n{svg.decode()}\n'
        name = f"{key}-{number:02}.svg"
        pictures[name] = in_xml(text).encode()
        image["src"] = f"images/{name}"
    for holder in tree.select('[role="img"]:has(img)'):
        del holder["role"], holder["aria-label"]
    for figure in tree.select("figure"):
        figure["role"] = "group"  # else a reader of tagged PDFs takes it for a second picture


def _mend(tree: Tag) -> None:
    """Leave only names that XML allows, and nothing that is loaded from an address but pictures."""
    for element in [tree, *tree.find_all(True)]:
        if not _NAME.fullmatch(element.name) or ":" in element.name:
            element.unwrap()
            continue
        for name, value in list(element.attrs.items()):
            loads = name == "srcset" or (name != "href" and _LOADS.search(str(value)))
            outside = element.name in ("image", "use", "feImage") and not str(value).startswith("#")
            if not _NAME.fullmatch(name) or loads or (name.endswith("href") and outside):
                del element[name]


def _read(address: str, folder: Path) -> tuple[bytes, str] | None:
    """Return a picture and the ending of its kind; None where there is none that can be packed."""
    if address.startswith("data:"):
        about, _, text = address[5:].partition(",")
        ending = _ENDINGS.get(about.partition(";")[0].lower())
        try:
            is_base64 = about.endswith(";base64")
            content = base64.b64decode(unquote(text)) if is_base64 else unquote_to_bytes(text)
        except binascii.Error:
            return None
    else:
        to = urlsplit(address)
        path = folder / unquote(to.path)
        ending = path.suffix[1:].lower() if path.suffix[1:].lower() in MEDIA else None
        if to.scheme or to.netloc or not path.is_file():
            return None
        content = path.read_bytes()
    return (content, ending) if ending else None
