"""Our page of a chapter beside the one that jupyter-book and Altair make of the same notebook.

Prints weight (gzipped, by type of file), layout shift and largest paint at a processor four
times slower, from this machine's own address, as medians. The other page is built by
jupyter-book with its stock configuration; its charts are Altair's default HTML. That page asks
content networks for Vega and more: Vega's three scripts are answered here with vl-convert's
bundle of the same libraries, all else with nothing, so that its weight is a lower bound.
"""

import argparse
import gzip
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import altair as alt
import nbformat
import vl_convert
from altair.utils.html import spec_to_html
from playwright.sync_api import Browser, Page, Route, sync_playwright

from helpers.analysis.figures import VEGALITE
from helpers.book.drawn import VL_VERSION

ROOT = Path(__file__).resolve().parent.parent
EXECUTED = ROOT / "_build" / "work" / "executed"
SLOWER = 4
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


class Measured:
    """One load of a page: bytes by type, requests to other hosts, shift, paint in ms."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.weight: Counter[str] = Counter()
        self.foreign = 0
        self.shift = self.paint = 0.0


def _answer(route: Route, seen: Measured, vega: str) -> None:
    """Answer a request to another host from this machine, and count it."""
    seen.foreign += 1
    is_vega = re.search(r"npm/vega@", route.request.url)
    route.fulfill(body=vega if is_vega else "", content_type="text/javascript")


def measure(browser: Browser, base: str, name: str, vega: str) -> Measured:
    """Load a page once with a slow processor, scroll through it, and return what was seen."""
    seen = Measured()
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(_WATCH)
    page.route(lambda url: not url.startswith(base), lambda route: _answer(route, seen, vega))
    bodies: list[Any] = []
    page.on("response", lambda response: bodies.append(response))
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(f"{base}/{name}", wait_until="networkidle")
    page.wait_for_function("window.paint > 0")
    page.wait_for_timeout(500)
    seen.paint = page.evaluate("window.paint")
    for response in list(bodies):
        if response.ok:
            seen.weight[_kind(response.url)] += len(gzip.compress(response.body(), 9))
    seen.shift = _shift_in_use(page)
    context.close()
    return seen


def _shift_in_use(page: Page) -> float:
    page.evaluate(_SCROLL)
    page.wait_for_timeout(500)
    return float(page.evaluate("window.shift"))


def _median(runs: list[Measured], what: str) -> float:
    return statistics.median(getattr(run, what) for run in runs)


def report(ours: list[Measured], plain: list[Measured]) -> dict[str, tuple[float, float]]:
    """Return the rows of the comparison: name, ours, plain."""
    kinds = sorted(set(ours[0].weight) | set(plain[0].weight))
    rows = {
        f"{kind}, kB gzipped": (ours[0].weight[kind] / 1000, plain[0].weight[kind] / 1000)
        for kind in kinds
    }
    rows["in all, kB gzipped"] = tuple(r[0].weight.total() / 1000 for r in (ours, plain))
    rows["requests to other hosts"] = (ours[0].foreign, plain[0].foreign)
    rows["layout shift (CLS)"] = (_median(ours, "shift"), _median(plain, "shift"))
    rows["largest paint (LCP), ms"] = (_median(ours, "paint"), _median(plain, "paint"))
    return rows


def _print(chapter: str, rows: dict[str, tuple[float, float]], runs: int) -> None:
    print(f"{chapter}, processor {SLOWER} times slower, medians of {runs} loads")
    print(f"{'':26}{'this book':>12}{'jupyter-book + Altair':>24}")
    for name, (ours, plain) in rows.items():
        digits = 3 if "CLS" in name else 0 if "hosts" in name or "ms" in name else 1
        print(f"{name:26}{ours:>12,.{digits}f}{plain:>24,.{digits}f}")


def main() -> None:
    """Build the plain page, measure both, print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapter", nargs="?", default="luggage")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    arguments = parser.parse_args()
    path = shutil.which("chromium") or shutil.which("google-chrome")
    vega = vega_script()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        plain_site = build_plain(arguments.chapter, Path(folder))
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        with served(ROOT / "_build" / "html") as ours, served(plain_site) as plain:
            name = f"{arguments.chapter}.html"
            pairs = [
                (measure(browser, ours, f"chapters/{name}", vega),
                 measure(browser, plain, name, vega))
                for _ in range(arguments.runs)
            ]  # fmt: skip
        browser.close()
    rows = report([pair[0] for pair in pairs], [pair[1] for pair in pairs])
    if arguments.json:
        print(json.dumps(rows))
    else:
        _print(arguments.chapter, rows, arguments.runs)


if __name__ == "__main__":
    main()
