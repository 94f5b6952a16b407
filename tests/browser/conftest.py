"""The built site as Chromium opens it from disk."""

from pathlib import Path

import pytest

SITE = Path(__file__).resolve().parents[2] / "_build" / "html"


@pytest.fixture(scope="session")
def site() -> Path:
    if not (SITE / "index.html").exists():
        pytest.fail("no built book: run make book first")
    return SITE


@pytest.fixture
def open_page(chromium, site):
    """Open a page of the site; the requests it makes and its errors are kept on the page."""
    contexts = []

    def opened(name, width=1280, **options):
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.requests, page.errors = [], []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        path, _, anchor = name.partition("#")
        page.goto((site / "chapters" / f"{path}.html").as_uri() + f"#{anchor}" * bool(anchor))
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def axe():
    """Run axe-core on a part of a page; returns its violations as "rule: element"."""
    from axe_playwright_python.sync_playwright import Axe

    def violations(page, context=None, **options):
        options = {"resultTypes": ["violations"], "preload": False} | options
        found = Axe().run(page, context=context, options=options).response["violations"]
        return [
            f"{entry['id']}: {node['html'][:120]}" for entry in found for node in entry["nodes"]
        ]

    return violations
