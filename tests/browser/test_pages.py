"""Every page loaded once on a desktop and once on a phone, and all that must hold of each.

A page is whole, light, quiet and accessible; its pictures can be read and are those of the live
charts; it asks no other host for anything and keeps nothing of what the reader did.
"""

import gzip
from urllib.parse import urlparse

import pytest

from helpers.book.stage import chapter_files, toc_files
from helpers.chapter.sidecar import sidecar

from .conftest import ROOT, scroll_through

CHAPTERS = [path.stem for path in chapter_files(ROOT)]
PAGES = [path.stem for path in toc_files(ROOT)] + ["../search"]
each_page = pytest.mark.parametrize("name", PAGES)
# bytes, compressed: of the first view of a chapter, and of all but the text of a page
MOST, FRAME = 250_000, 100_000
COLOURS = ["color-contrast", "link-in-text-block"]

# Faults of the texts in the pictures that are shown: cut off, too small, over each other.
FAULTS = """() => [...document.querySelectorAll('figure.yalu-figure')].flatMap((figure) => {
    const shown = [...figure.querySelectorAll('.yalu-chart svg')]
        .find((svg) => svg.getBoundingClientRect().width > 0);
    const frame = shown.getBoundingClientRect();
    const scale = frame.width / shown.viewBox.baseVal.width;
    const texts = [...shown.querySelectorAll('text')]
        .filter((text) => text.textContent.trim() && !'←→↑↓'.includes(text.textContent.trim()))
        .map((text) => ({ box: text.getBoundingClientRect(), words: text.textContent,
            size: parseFloat(getComputedStyle(text).fontSize) * scale }));
    const cut = texts.filter(({ box }) => box.left < frame.left - 1 || box.right > frame.right + 1
        || box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
    const small = texts.filter(({ size }) => size < 11);
    const over = texts.flatMap((one, n) => texts.slice(n + 1).filter(({ box }) =>
        Math.min(one.box.right, box.right) - Math.max(one.box.left, box.left) > 0.5
        && Math.min(one.box.bottom, box.bottom) - Math.max(one.box.top, box.top) > 2.5));
    const told = (fault) => ({ words }) => `${figure.dataset.chart}: ${fault}: ${words}`;
    return [...cut.map(told('cut')), ...small.map(told('small')), ...over.map(told('over'))];
})"""
# The parts of a figure that stand over each other, or over another figure.
STACKED = """() => {
    const parts = [...document.querySelectorAll('figure.yalu-figure')]
        .flatMap((figure) => [...figure.children])
        .map((part) => ({ part, box: part.getBoundingClientRect() }))
        .filter(({ box }) => box.height > 0);
    return parts.slice(1).filter(({ box }, n) => box.top < parts[n].box.bottom - 1)
        .map(({ part }) => part.className);
}"""
TEXTS = """(svg) => [...svg.querySelectorAll('text')]
    .filter((text) => text.textContent && text.getAttribute('opacity') !== '0')
    .map((text) => text.textContent).sort()"""
CSV = """async (name) => {
    const figure = document.querySelector(`figure[data-chart='${name}']`);
    return window.yalu.csvText(await window.yalu.exported(figure));
}"""


def weight(page, site, name):
    """Return what is too heavy of the files that a server has given out for the first view."""
    urls = {url for url in page.requests if url.startswith("http")}
    weights = {
        url: len(gzip.compress((site / urlparse(url).path.lstrip("/")).read_bytes(), 9, mtime=0))
        for url in urls
    }
    frame = {url: size for url, size in weights.items() if not url.endswith(".html")}
    assert len([url for url in frame if url.endswith(".woff2")]) >= 2
    if name in CHAPTERS and sum(weights.values()) > MOST:
        yield f"weighs too much: {weights}"
    if name == "about" and sum(frame.values()) > FRAME:
        yield f"frame weighs too much: {frame}"


def head(page, site):
    """Return what is wrong with what the page says of itself to search engines and others."""
    one = "document.querySelectorAll('{}').length"
    for tag in ('meta[name="viewport"]', 'meta[name="description"]', "title", "main", "h1"):
        if page.evaluate(one.format(tag)) != 1:
            yield f"not one {tag}"
    if page.evaluate("document.documentElement.lang") != "en-GB":
        yield "language"
    graph = {
        tag.get_attribute("property"): tag.get_attribute("content")
        for tag in page.locator("meta[property^='og:']").all()
    }
    title = "(h) => [...h.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join('')"
    if graph["og:title"] != page.locator("article h1").evaluate(title):
        yield f"title {graph['og:title']}"
    if len(graph["og:description"].split()) <= 5:
        yield f"description {graph['og:description']}"
    picture = (site / "chapters" / graph["og:image"]).resolve().read_bytes()
    size = int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])
    if picture[:8] != b"\x89PNG\r\n\x1a\n" or size != (1200, 630):
        yield f"picture of {size}"
    icon = page.locator("link[rel=icon]").first.get_attribute("href")
    if not (site / "chapters" / icon).resolve().is_file():
        yield f"icon {icon}"


def layout(page, width):
    """Return what does not fit at a width: the page itself, texts and parts of its figures."""
    page.set_viewport_size({"width": width, "height": 900})
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        yield f"{width}: scrolls sideways, {wide}"
    yield from (f"{width}: {fault}" for fault in page.evaluate(FAULTS))
    yield from (f"{width}: stands over another: {part}" for part in page.evaluate(STACKED))


def figures(page, name):
    """Return which figures of a chapter are not described or do not say where they are from."""
    found = page.locator("figure.yalu-figure")
    if found.count() != len(sidecar(name).figures):
        yield f"{found.count()} figures"
    for figure in found.all():
        picture = figure.locator(".yalu-chart")
        told = [
            picture.get_attribute("role") == "img",
            len(picture.get_attribute("aria-label").split()) > 8,
            figure.locator("figcaption").inner_text().startswith("Figure "),
            figure.locator(".yalu-sources a").count() >= 1,
        ]
        if not all(told):
            yield f"figure {figure.get_attribute('id')}: {told}"


def live_charts(page, site, exported):
    """Return where a live chart is not the still one, or its data not the published file."""
    for figure in page.locator("figure[data-chart]").all():
        chart = figure.get_attribute("data-chart")
        still = figure.locator(".yalu-chart svg:visible")
        before, words = still.bounding_box(), still.evaluate(TEXTS)
        high = figure.bounding_box()["height"]
        figure.locator(".yalu-files a").first.focus()
        live = figure.locator(".yalu-live svg")
        live.wait_for()
        after = live.bounding_box()
        if live.evaluate(TEXTS) != words:
            yield f"live {chart}: other words"
        sizes = [(after[way], before[way]) for way in ("width", "height")]
        for one, other in [*sizes, (figure.bounding_box()["height"], high)]:
            if abs(one - other) > 0.5:
                yield f"live {chart}: {one} instead of {other}"
        if exported:
            published = site / "_static" / "figures" / f"{chart}.csv"
            if page.evaluate(CSV, chart) != published.read_text(encoding="utf-8-sig"):
                yield f"live {chart}: other data"


def use(page):
    """Do what a reader does: unfold, open a card, change the theme, open the search."""
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    link = page.locator("a.yalu-claim, a.yalu-result").first
    if link.count():
        link.focus()
        page.locator(".yalu-card").wait_for()
        page.keyboard.press("Escape")
    page.evaluate("scrollTo(0, 0)")
    page.locator(".page-theme").click()
    page.keyboard.press("Control+k")
    page.locator(".page-find input").fill("Dandong")
    page.keyboard.press("Escape")
    page.wait_for_timeout(150)


def leaks(page):
    """Return what went to another host, broke the policy, failed, or was kept."""
    own = (page.base, "data:", "blob:")
    yield from (f"asks {url}" for url in page.requests if not url.startswith(own))
    yield from (f"policy: {broken}" for broken in page.evaluate("window.broken"))
    yield from (f"error: {error}" for error in [*page.errors, *page.noise])
    kept = "[document.cookie, ...Object.keys(sessionStorage), ...Object.keys(localStorage)]"
    yield from (f"keeps {name}" for name in page.evaluate(kept) if name not in ("", "theme"))


def moved(page):
    """Return by how much the page moved while it was loaded and scrolled, if by too much."""
    scroll_through(page)
    shifts = page.evaluate("window.shifts")
    return [f"moves by {shifts}"] if shifts >= 0.02 else []


@each_page
def test_a_page_on_a_desktop(open_page, site, axe, name):
    page = open_page(name, way="http")
    page.wait_for_load_state("networkidle")
    faults = [*weight(page, site, name), *(head(page, site) if "/" not in name else [])]
    faults += moved(page)
    if name == "evidence":  # with some of its entries unfolded
        page.evaluate("location.hash = '#?place=Hunchun'")
        page.locator(".reg-group[open]:visible").first.wait_for()
    faults += [*layout(page, 1280), *axe(page)]
    if name not in CHAPTERS[1:]:  # the colours of chapters are the same
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        faults += [f"dark: {fault}" for fault in axe(page, runOnly=COLOURS)]
        page.evaluate("document.documentElement.dataset.theme = 'light'")
    if name in CHAPTERS:
        faults += [*figures(page, name), *live_charts(page, site, exported=True)]
    use(page)
    assert [*faults, *leaks(page)] == []


@each_page
def test_a_page_on_a_phone(open_page, site, name):
    page = open_page(name, 360, way="http")
    page.wait_for_load_state("networkidle")
    faults = [*moved(page), *layout(page, 768), *layout(page, 360)]
    if name in CHAPTERS:
        faults += live_charts(page, site, exported=False)
    use(page)
    assert [*faults, *leaks(page)] == []


def test_pages_opened_from_disk_ask_nobody_and_keep_nothing(open_page):
    page = open_page(PAGES[0])
    for name in PAGES:
        page.goto(f"{page.base}/chapters/{name}.html")
        use(page)
        assert list(leaks(page)) == [], name


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_figure_shows_without_scripts(open_page, name):
    page = open_page(name, java_script_enabled=False)
    for width in (1280, 768, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for figure in sidecar(name).figures:
            whole = page.locator(f"#{name.replace('_', '-')}-{figure}")
            box = whole.locator("svg:visible").bounding_box()
            assert box and box["width"] > 250 and box["height"] > 60, figure
            assert box["x"] >= 0 and box["x"] + box["width"] <= width, figure
            assert whole.locator(".yalu-files a").count() == 4
            assert not whole.locator(".yalu-copy").is_visible()
