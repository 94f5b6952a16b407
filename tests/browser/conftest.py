"""The built site as Chromium opens it, from disk or from a server on this machine."""

import threading
from pathlib import Path

import pytest

from helpers.book.commands import server

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
# what breaks the policy of a page, and by how much its parts move before the reader does anything
WATCH = """
window.broken = [];
document.addEventListener("securitypolicyviolation",
    (event) => window.broken.push(`${event.violatedDirective} ${event.blockedURI}`));
window.shifts = 0;
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="session")
def site() -> Path:
    if not (SITE / "index.html").exists():
        pytest.fail("no built book: run make book first")
    return SITE


@pytest.fixture(scope="session")
def address(site):
    """The book on a local host, as a server would give it out."""
    running = server(site.parents[1], 0)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()


@pytest.fixture
def open_page(chromium, site, request):
    """Open a page of the site; its requests and what goes wrong are kept on the page."""
    contexts = []

    def opened(name, width=1280, way="file", **options):
        base = site.as_uri() if way == "file" else request.getfixturevalue("address")
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.base, page.requests, page.errors, page.noise = base, [], [], []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda m: m.type == "error" and page.noise.append(m.text))
        path, _, anchor = name.partition("#")
        page.goto(f"{base}/chapters/{path}.html{f'#{anchor}' * bool(anchor)}")
        return page

    yield opened
    for context in contexts:
        context.close()


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
