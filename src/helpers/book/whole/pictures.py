"""Pictures: the charts of a page as files of their own, for an e-book."""

from bs4 import BeautifulSoup, Tag

from helpers.errors import YaluError

_SVG = 'xmlns="http://www.w3.org/2000/svg"'


def take_pictures(tree: Tag, taken: dict[str, str]) -> None:
    """Replace each SVG by an image with the same words; put the SVG into `taken` by file name.

    Raises YaluError for a picture without words for someone who cannot see it.
    """
    for svg in tree.select("svg"):
        holder = svg if svg.get("aria-label") else svg.find_parent(attrs={"aria-label": True})
        if holder is None:
            raise YaluError(f"a picture in {_place(svg)} has no words for who cannot see it")
        words = str(holder["aria-label"])
        name = _free(f"{_place(svg)}.svg", taken)
        image = BeautifulSoup("", "html.parser").new_tag("img", src=f"images/{name}", alt=words)
        image["class"] = "chart"
        svg.replace_with(image)
        if holder is not svg:
            del holder["aria-label"], holder["role"]
        taken[name] = _alone(svg)


def _place(svg: Tag) -> str:
    """Return the address of the figure or section that a picture stands in."""
    holder = svg.find_parent(attrs={"id": True})
    return str(holder["id"]) if holder is not None else "picture"


def _free(name: str, taken: dict[str, str]) -> str:
    stem, number = name.removesuffix(".svg"), 2
    while name in taken:
        name, number = f"{stem}-{number}.svg", number + 1
    return name


def _alone(svg: Tag) -> str:
    """Return an SVG as the content of a file."""
    for name in ("focusable", "class", "role", "aria-label", "aria-hidden"):
        svg.attrs.pop(name, None)
    text = svg.decode()
    if _SVG not in text[: text.index(">")]:
        text = text.replace("<svg", f"<svg {_SVG}", 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
