"""Page: an executed chapter as one HTML file, with its styles, scripts and evidence."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
import yaml
from bs4 import BeautifulSoup, Tag

from helpers.book.execute import read_results
from helpers.book.render import render
from helpers.book.sphinx.evidence_page import (
    Ledger,
    claim_item,
    read_ledger,
    source_item,
    statement_item,
)
from helpers.book.sphinx.html import rendered, safe_json
from helpers.book.sphinx.site import ASSETS
from helpers.book.stage import RESULTS, USAGE, staged_notebook, usage
from helpers.chapter.parameters import Value
from helpers.chapter.sidecar import sidecar
from helpers.config import read_config
from helpers.errors import YaluError
from helpers.evidence.exclusion import Subset, subset_words
from helpers.files import write_json
from helpers.rerun.parameters import as_typed


def _stage(root: Path, chapter: str, notebook: Path, staged: Path) -> None:
    (staged / "chapters").mkdir(parents=True)
    config = read_config(root)
    config["sphinx"]["config"] |= {"yalu_figure_png": False}
    (staged / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    toc = f"format: jb-book\nroot: chapters/{chapter}\n"
    (staged / "_toc.yml").write_text(toc, encoding="utf-8")
    write_json(staged / RESULTS / f"{chapter}.json", read_results(notebook))
    nbformat.write(staged_notebook(notebook), staged / "chapters" / f"{chapter}.ipynb")
    if (root / "chapters" / "images").is_dir():
        shutil.copytree(root / "chapters" / "images", staged / "chapters" / "images")
    write_json(staged / USAGE, usage(staged))


def banner(chapter: str, changed: Mapping[str, Value], evidence: Subset) -> str:
    """Return the words, as HTML, that say how a run differs from the published book."""
    declared = sidecar(chapter).parameters
    rows = [
        (declared[name].label, name, as_typed(value), as_typed(declared[name].default))
        for name, value in changed.items()
    ]
    part = subset_words(evidence) if evidence else ""
    return rendered("run_banner.html", changed=rows, evidence=part)


def write_page(
    root: Path, chapter: str, notebook: Path, changed: Mapping[str, Any], evidence: Subset,
    folder: Path,
) -> str:  # fmt: skip
    """Return the page of an executed chapter as one HTML text; `folder` is for its making.

    `changed` and `evidence` say how the run differs from the book.
    Raises YaluError where the page cannot be rendered.
    """
    _stage(root, chapter, notebook, folder / "stage")
    pages = render(folder / "stage", folder / "rendered")
    return one_file(pages / "chapters" / f"{chapter}.html", banner(chapter, changed, evidence))


_REGISTER = re.compile(r"^[\w./-]*evidence\.html#((?:claim|statement|source)-.+)$")
_FILES = re.compile(r"url\((?!['\"]?data:)[^)]*\)")
_IMPORT = re.compile(r"@import\s+(?:url\()?['\"]?([^'\")]+)['\"]?\)?;")
_BUNDLE = "vega-bundle.js"
# the script of what stands around an article of the site: menus, search, colours
_FRAME = {"page.js"}


def _local(page: Path, address: str) -> Path:
    return (page.parent / urlsplit(address).path).resolve()


def _sheet(path: Path) -> str:
    """Return a style sheet with those that it imports in their places."""
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8")
    return _IMPORT.sub(lambda match: _sheet(_local(path, match[1])), text)


def _styles(page: Path, soup: BeautifulSoup) -> str:
    """Return all style sheets of the page; pictures and fonts that they name are left out."""
    links = soup.select("link[rel=stylesheet]")
    text = "\n".join(_sheet(_local(page, str(link["href"]))) for link in links)
    return _FILES.sub("none", text).replace("</", "<\\/")


def _scripts(page: Path, soup: BeautifulSoup) -> list[str]:
    """Return the book's own scripts, and Vega before them where the page draws with it."""
    files = [_local(page, str(script["src"])) for script in soup.select("script[src]")]
    ours = [
        path for path in files
        if path.is_file() and path.name not in _FRAME
        and (path.name.startswith("yalu-") or (ASSETS / path.name).is_file())
    ]  # fmt: skip
    bundle = ours[0].with_name(_BUNDLE) if ours else Path(_BUNDLE)
    charts = [str(figure["data-chart"]) for figure in soup.select("figure[data-chart]")]
    draws = charts or soup.select_one("[class*=yalu-panel]") is not None
    specs = [bundle.with_name("figures") / f"{name}.js" for name in charts]
    every = [*([bundle] if draws and bundle.is_file() else []), *ours, *specs]
    return [path.read_text(encoding="utf-8").replace("</script", "<\\/script") for path in every]


def _linked(article: Tag, ledger: Ledger) -> None:
    """Make links to the register lead to its entries, put at the end of the page.

    Of other links that lead out of this file, or to no place in it, the words are left.
    """
    found: dict[str, None] = {}

    def here(address: str) -> str:
        match = _REGISTER.match(address)
        if not match:
            return address
        found[match[1]] = None
        return f"#{match[1]}"

    for link in article.select("a[href]"):
        link["href"] = here(str(link["href"]))
    holder = article.find(id="yalu-cards")
    cards = json.loads(holder.string or "{}") if isinstance(holder, Tag) else {}
    cards = {here(address): card for address, card in cards.items()}
    for card in cards.values():
        card["rows"] = [[*row[:2], *map(here, row[2:])] for row in card["rows"]]
    article.append(BeautifulSoup(_evidence(found, ledger), "html.parser"))
    places = {str(node["id"]) for node in article.select("[id]")}
    for link in article.select("a[href]"):
        address = str(link["href"])
        outside = address.startswith(("https://", "http://", "mailto:"))
        if not outside and not (address.startswith("#") and address[1:] in places):
            link.unwrap()
    for card in cards.values():
        card["rows"] = [row if len(row) < 3 or row[2][1:] in places else row[:2]
                        for row in card["rows"]]  # fmt: skip
    if isinstance(holder, Tag):
        holder.string = safe_json(cards)


def _evidence(names: dict[str, None], ledger: Ledger) -> str:
    """Return the claims, statements and documents that a page links to, as its last section."""
    linked = [name.partition("-")[::2] for name in names]
    claims = [ledger.claims[key] for kind, key in linked if kind == "claim"]
    told = [ledger.statements[key] for kind, key in linked if kind == "statement"]
    documents = {key for kind, key in linked if kind == "source"} | {c.source_id for c in claims}
    documents |= {said["source_id"] for said in told}
    sources = "".join(
        source_item(
            ledger.sources[key],
            [c for c in claims if c.source_id == key],
            [said for said in told if said["source_id"] == key],
        )
        for key in sorted(documents)
    )
    # a repeat that the page links to has an entry of its own, so no other may hold it
    alone = Ledger(**{**vars(ledger), "repeats": {}, "by_source": {}, "used": {}})
    items = "".join(claim_item(ledger.claims[key], alone)
                    for key in sorted({claim.claim_id for claim in claims}))  # fmt: skip
    statements = "".join(statement_item(said, alone) for said in told)
    return rendered("run_evidence.html", claims=items, statements=statements, documents=sources)


def one_file(page: Path, banner: str) -> str:
    """Return a rendered page as one HTML text: no other file, no other host is asked.

    `banner` is HTML that goes below the title.
    """
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    article = soup.select_one("article") or soup.body
    if article is None:
        raise YaluError(f"{page.name}: a page without an article cannot be put in one file")
    for files in article.select(".yalu-files"):
        files.decompose()  # the files of the figures lie beside this one
    _linked(article, read_ledger())
    title, name = article.find("h1"), ""
    if isinstance(title, Tag):
        title.insert_after(BeautifulSoup(banner, "html.parser"))
        name = title.get_text(" ", strip=True).removesuffix("#").strip()
    return rendered(
        "run_page.html", title=name, styles=_styles(page, soup), article=str(article),
        scripts=_scripts(page, soup),
    )  # fmt: skip
