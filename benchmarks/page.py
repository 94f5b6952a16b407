"""Our page of a chapter beside the one that jupyter-book and Altair make of the same notebook.

Prints weight (gzipped, by type of file), layout shift and largest paint at a processor four
times slower, from this machine's own address, as medians. The other page is built by
jupyter-book with its stock configuration; its charts are Altair's default HTML. That page asks
content networks for Vega and more: Vega's three scripts are answered here with vl-convert's
bundle of the same libraries, all else with nothing, so that its weight is a lower bound. Weight
and requests come from a load whose requests are looked at one by one; shift and paint from loads
that nothing stands in the way of, over a connection that is kept open, of a copy of the plain page
that has Vega beside it. With --against the other page is that of another built site of this book,
such as the one before a change.
"""

import argparse
import gzip
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlparse

import altair as alt
import nbformat
import vl_convert
from altair.utils.html import spec_to_html
from playwright.sync_api import Browser, Page, Response, Route, ViewportSize, sync_playwright

from helpers.book.chart_cache import VL_VERSION
from helpers.chapter.figure import VEGALITE

ROOT = Path(__file__).resolve().parent.parent
EXECUTED = ROOT / "_build" / "work" / "executed"
SLOWER = 4
VIEWPORT: ViewportSize = {"width": 1280, "height": 800}
_NUMBERS = count()
_ROLE = re.compile(r"\{(?:claim|result|source|stated|page|numref)\}`([^`]*)`")
_JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"
_WATCH = """
window.shift = 0; window.paint = 0;
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.paint = entry.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
"""
_SCROLL = """async () => {
    for (let y = 0; y < document.body.scrollHeight; y += 600) {
        window.scrollTo(0, y);
        await new Promise((done) => setTimeout(done, 60));
    }
}"""


def plain_notebook(path: Path) -> nbformat.NotebookNode:
    """Return an executed chapter as a plain notebook: Altair's own charts, no roles of ours."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _ROLE.sub(r"\1", cell.source)
            continue
        for output in cell.outputs:
            output.metadata = {}
            _make_plain(output.get("data", {}))
    return notebook


def _altair_html(spec: dict[str, Any]) -> str:
    """Return a chart as Altair writes it into a notebook by default."""
    return spec_to_html(
        spec, mode="vega-lite", template="universal", vega_version=alt.VEGA_VERSION,
        vegalite_version=alt.VEGALITE_VERSION, vegaembed_version=alt.VEGAEMBED_VERSION,
        output_div=f"altair-viz-{next(_NUMBERS)}",
    )  # fmt: skip


def _make_plain(data: dict[str, Any]) -> None:
    """Put Altair's default HTML in the place of a chart, and plain words in that of roles."""
    if VEGALITE in data:
        data["text/html"] = _altair_html(data.pop(VEGALITE))
    if "text/markdown" in data:
        data["text/markdown"] = _ROLE.sub(r"\1", data["text/markdown"])


def build_plain(chapter: str, folder: Path) -> Path:
    """Build the plain page with stock jupyter-book in `folder`; return the folder of the site."""
    nbformat.write(plain_notebook(EXECUTED / f"{chapter}.ipynb"), folder / f"{chapter}.ipynb")
    (folder / "_config.yml").write_text('title: Plain\nexecute:\n  execute_notebooks: "off"\n')
    (folder / "_toc.yml").write_text(f"format: jb-book\nroot: {chapter}\n")
    command = [sys.executable, "-c", _JUPYTER_BOOK, "build", str(folder), "--quiet"]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "_build" / "html"


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine; yield its address."""
    running = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()


def vega_script() -> str:
    """Return Vega, Vega-Lite and Vega-Embed in one script, as globals."""
    words = "window.vega = vega; window.vegaLite = vegaLite; window.vegaEmbed = vegaEmbed;"
    return f"(function(){{{vl_convert.javascript_bundle(words, VL_VERSION)}\n}})();"


def _kind(url: str) -> str:
    if "/npm/" in url:
        return "js"
    suffix = Path(urlparse(url).path).suffix.lstrip(".")
    return suffix if suffix in {"html", "css", "js", "woff2", "png", "svg"} else "other"


@dataclass(frozen=True)
class Weight:
    """What a page asks for before anyone uses it: gzipped bytes by type, other hosts' requests."""

    kinds: Counter[str]
    foreign: int


@dataclass(frozen=True)
class Load:
    """One load of a page at a slow processor: layout shift, largest paint in ms."""

    shift: float
    paint: float


def keep_vega_beside(site: Path, vega: str) -> None:
    """Let the pages of a plain site find Vega in the site itself."""
    (site / "vega.js").write_text(vega, encoding="utf-8")
    (site / "nothing.js").write_text("", encoding="utf-8")
    for page in site.glob("*.html"):
        text = re.sub(r"https://[^\"' ]*/npm/vega@[^\"' ]*", "vega.js", page.read_text("utf-8"))
        text = re.sub(r"https://[^\"' ]*/npm/vega-[^\"' ]*", "nothing.js", text)
        page.write_text(text, encoding="utf-8")


def weigh(browser: Browser, url: str, vega: str) -> Weight:
    """Load a page, answer its requests to other hosts from here, and weigh all it gets."""
    foreign: list[str] = []
    page = browser.new_page(viewport=VIEWPORT)

    def answer(route: Route) -> None:
        foreign.append(route.request.url)
        body = vega if "/npm/vega@" in route.request.url else ""
        route.fulfill(body=body, content_type="text/javascript")

    bodies: list[Response] = []
    page.on("response", lambda response: bodies.append(response))
    page.route(lambda asked: not asked.startswith(_host(url)), answer)
    page.goto(url, wait_until="networkidle")
    kinds: Counter[str] = Counter()
    for response in bodies:
        if response.ok:
            kinds[_kind(response.url)] += len(gzip.compress(response.body(), 9))
    page.close()
    return Weight(kinds, len(foreign))


def load(browser: Browser, url: str) -> Load:
    """Load a page with a slow processor, wait for its largest paint, scroll through it."""
    page = browser.new_page(viewport=VIEWPORT)
    page.add_init_script(_WATCH)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(url)
    page.wait_for_function("window.paint > 0")
    page.wait_for_timeout(1000)
    paint = page.evaluate("window.paint")
    seen = Load(_shift_in_use(page), paint)
    page.close()
    return seen


def _host(url: str) -> str:
    return f"{urlparse(url).scheme}://{urlparse(url).netloc}"


def _shift_in_use(page: Page) -> float:
    page.evaluate(_SCROLL)
    page.wait_for_timeout(500)
    return float(page.evaluate("window.shift"))


def report(
    weights: Sequence[Weight], loads: Sequence[Sequence[Load]]
) -> dict[str, tuple[float, float]]:
    """Return the rows of the comparison: name, ours, the other."""
    kinds = sorted({kind for weight in weights for kind in weight.kinds})
    rows = {}
    for kind in kinds:
        ours, plain = (weight.kinds[kind] / 1000 for weight in weights)
        rows[f"{kind}, kB gzipped"] = (ours, plain)
    rows["in all, kB gzipped"] = _each(weights, lambda w: w.kinds.total() / 1000)
    rows["requests to other hosts"] = _each(weights, lambda w: w.foreign)
    sides = tuple(zip(*loads, strict=True))
    rows["layout shift (CLS)"] = _each(sides, lambda side: median(x.shift for x in side))
    rows["largest paint (LCP), ms"] = _each(sides, lambda side: median(x.paint for x in side))
    return rows


def _each(sides: Any, of: Callable[[Any], float]) -> tuple[float, float]:
    ours, plain = sides
    return of(ours), of(plain)


def _print(chapter: str, rows: dict[str, tuple[float, float]], runs: int, other: str) -> None:
    print(f"{chapter}, processor {SLOWER} times slower, medians of {runs} loads")
    print(f"{'':26}{'this book':>12}{other:>24}{'ratio':>8}")
    for name, (ours, theirs) in rows.items():
        digits = 3 if "CLS" in name else 0 if "hosts" in name or "ms" in name else 1
        ratio = f"{ours / theirs:.2f}" if theirs else "–"
        print(f"{name:26}{ours:>12,.{digits}f}{theirs:>24,.{digits}f}{ratio:>8}")


def compare(chapter: str, runs: int, against: Path | None) -> dict[str, tuple[float, float]]:
    """Measure the page of a chapter and the other one, and return the rows of the comparison.

    The other is that of the site `against`, or else the plain page, which is built for it.
    """
    vega, browser_path = vega_script(), shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = against or build_plain(chapter, Path(folder))
        other = f"{'chapters/' if against else ''}{chapter}.html"
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
        )
        with served(ROOT / "_build" / "html") as ours, served(site) as plain:
            pages = (f"{ours}/chapters/{chapter}.html", f"{plain}/{other}")
            weights = tuple(weigh(browser, page, vega) for page in pages)
            if not against:
                keep_vega_beside(site, vega)
            loads = [tuple(load(browser, page) for page in pages) for _ in range(runs)]
        browser.close()
    return report(weights, loads)


def main() -> None:
    """Print the page of a chapter and the plain page of the same chapter side by side."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapter", nargs="?", default="luggage")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="another built site")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    arguments = parser.parse_args()
    rows = compare(arguments.chapter, arguments.runs, arguments.against)
    if arguments.json:
        print(json.dumps(rows))
    else:
        other = "the other site" if arguments.against else "jupyter-book + Altair"
        _print(arguments.chapter, rows, arguments.runs, other)


if __name__ == "__main__":
    main()
