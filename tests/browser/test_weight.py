"""What a reader's first view of a page weighs, and that nothing in it moves."""

import gzip
from urllib.parse import urlparse

import pytest

from helpers.book.stage import chapter_files, toc_files

from .test_pages import ROOT, scroll_through
from .test_privacy import address, visit  # noqa: F401

pytestmark = pytest.mark.browser
CHAPTERS = [f"chapters/{path.stem}" for path in chapter_files(ROOT)]
MOST = 250_000
FRAME = 100_000
SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def gzipped(site, url):
    path = site / urlparse(url).path.lstrip("/")
    return len(gzip.compress(path.read_bytes(), 9, mtime=0))


def first_view(visit, site, name):  # noqa: F811
    page = visit(name, "http")
    page.wait_for_load_state("networkidle")
    urls = {url for url in page.requests if url.startswith("http")}
    return {url: gzipped(site, url) for url in urls}


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_first_view_of_a_chapter_weighs_little(visit, site, name):  # noqa: F811
    weights = first_view(visit, site, name)
    assert sum(weights.values()) <= MOST, weights


def test_the_frame_of_a_page_with_its_fonts_weighs_little(visit, site):  # noqa: F811
    weights = first_view(visit, site, "chapters/about")
    frame = {url: size for url, size in weights.items() if not url.endswith(".html")}
    assert len([url for url in frame if url.endswith(".woff2")]) >= 2
    assert sum(frame.values()) <= FRAME, frame


@pytest.mark.parametrize("width", (360, 1280))
@pytest.mark.parametrize("name", [*CHAPTERS, "chapters/index"])
def test_nothing_moves_while_the_page_loads_and_is_scrolled(chromium, address, name, width):  # noqa: F811
    context = chromium.new_context(viewport={"width": width, "height": 800})
    context.add_init_script(SHIFTS)
    page = context.new_page()
    page.goto(f"{address}/{name}.html", wait_until="networkidle")
    scroll_through(page)
    shifts = page.evaluate("window.shifts")
    context.close()
    assert shifts < 0.02


def test_nothing_is_published_that_no_page_uses(site):
    names = {path.name for path in (site / "_static").rglob("*") if path.is_file()}
    text = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.html"))
    text += "".join(p.read_text(encoding="utf-8") for p in site.glob("_static/*.[cj]s*"))
    unused = {name for name in names if name not in text}
    assert unused <= {"LICENSE.txt", "source-serif-4-latin-400-normal.woff2"}


def test_every_page_of_the_contents_is_there(site):
    for path in toc_files(ROOT):
        assert (site / "chapters" / f"{path.stem}.html").is_file()
