"""What the tests of the whole-book files share: what the site says must be in them."""

import html
import json
import re
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = ("visas", "luggage", "repatriation", "wages_trade")
# what belongs to the screen or to the notebook, and never to a book
FORBIDDEN = (
    "alt.Chart(", "Show the code", "Hide the code", "import altair", "yalu-cards",
    '"rows":', "vega", "Filter the register", "Download the source",
)  # fmt: skip


def plain(words: str) -> str:
    """Words without spaces and soft hyphens, as they may break over lines."""
    return re.sub(r"[\s\u00ad\u200b\ufffe]+", "", words)


def site_figures(site: Path) -> dict[str, tuple[str, str]]:
    """Caption and description of each numbered figure of the chapters, by its id."""
    found = {}
    for chapter in CHAPTERS:
        text = (site / "chapters" / f"{chapter}.html").read_text(encoding="utf-8")
        for figure in re.findall(r"<figure\b[^>]*yalu-figure.*?</figure>", text, re.DOTALL):
            key = re.search(r'<figure\b[^>]*\bid="([^"]+)"', figure)[1]
            caption = re.search(r"<figcaption>(.*?)</figcaption>", figure, re.DOTALL)[1]
            label = re.search(r'role="img" aria-label="([^"]*)"', figure)[1]
            words = BeautifulSoup(caption, "html.parser").get_text()
            found[key] = (" ".join(words.split()), html.unescape(label))
    return found


def declared_figures() -> int:
    """How many figures the chapters have: those declared, and one on what moves the answers."""
    sidecars = (ROOT / "chapters" / f"{chapter}.yml" for chapter in CHAPTERS)
    return sum(len(yaml.safe_load(path.read_text())["figures"]) + 1 for path in sidecars)


def title() -> str:
    return yaml.safe_load((ROOT / "_config.yml").read_text())["title"]


def licence() -> str:
    package = json.loads((ROOT / "data" / "datapackage.json").read_text())
    return package["licenses"][0]["title"]
