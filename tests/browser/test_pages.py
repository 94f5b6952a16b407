"""The built pages in a browser: whole, quiet, readable on a phone, with or without scripts."""

from pathlib import Path

import pytest

from helpers.book.stage import toc_files

ROOT = Path(__file__).resolve().parents[2]
PAGES = [path.stem for path in toc_files(ROOT)]
WIDTHS = (360, 768, 1280)

pytestmark = pytest.mark.browser
each_page = pytest.mark.parametrize("name", PAGES)


def scroll_through(page):
    page.evaluate(
        """async () => {
            for (let y = 0; y < document.body.scrollHeight; y += 600) {
                window.scrollTo(0, y);
                await new Promise((done) => setTimeout(done, 30));
            }
        }"""
    )
    page.wait_for_timeout(300)


@each_page
def test_no_page_asks_another_host_for_anything(open_page, name):
    page = open_page(name)
    scroll_through(page)
    assert [url for url in page.requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert page.errors == []


@each_page
def test_no_page_scrolls_sideways(open_page, name):
    for width in WIDTHS:
        page = open_page(name, width)
        scroll_through(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
