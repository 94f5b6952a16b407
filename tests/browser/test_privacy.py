"""No page asks another host for anything, breaks its own policy, or keeps what the reader did."""

import threading
from html.parser import HTMLParser

import pytest

from helpers.book.commands import server
from helpers.book.stage import toc_files

from .test_pages import ROOT, scroll_through

pytestmark = pytest.mark.browser
PAGES = [f"chapters/{path.stem}" for path in toc_files(ROOT)] + ["search"]
each_page = pytest.mark.parametrize("name", PAGES)
WATCH = """
window.broken = [];
document.addEventListener("securitypolicyviolation",
    (event) => window.broken.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture(scope="session")
def address(site):
    """The book on a local host, as a server would give it out."""
    running = server(site.parents[1], 0)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()


@pytest.fixture
def visit(chromium, site, address):
    """Open a page from disk or from the local host; what goes wrong is kept on the page."""
    contexts = []

    def opened(name, way="file", **options):
        base = site.as_uri() if way == "file" else address
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, **options)
        contexts.append(context)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.base, page.requests, page.noise = base, [], []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("pageerror", lambda error: page.noise.append(str(error)))
        page.on("console", lambda m: m.type == "error" and page.noise.append(m.text))
        page.goto(f"{base}/{name}.html")
        return page

    yield opened
    for context in contexts:
        context.close()


def use(page):
    """Do what a reader does: scroll, unfold, open a card, change the theme, open the search."""
    scroll_through(page)
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    link = page.locator("a.yalu-claim, a.yalu-result").first
    if link.count():
        link.focus()
        page.locator(".yalu-card").wait_for()
        page.keyboard.press("Escape")
    page.locator(".page-theme").click()
    page.keyboard.press("Control+k")
    page.locator(".page-find input").fill("Dandong")
    page.keyboard.press("Escape")
    page.wait_for_timeout(150)


def foreign(page):
    own = (page.base, "data:", "blob:")
    return [url for url in page.requests if not url.startswith(own)]


@pytest.mark.parametrize("way", ("file", "http"))
@each_page
def test_a_page_in_use_keeps_to_itself_and_to_its_policy(visit, name, way):
    page = visit(name, way)
    use(page)
    assert foreign(page) == []
    assert page.evaluate("window.broken") == []
    assert page.noise == []
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("Object.keys(localStorage)") in ([], ["theme"])
    assert page.evaluate("Object.keys(sessionStorage)") == []


class Inline(HTMLParser):
    """Collects what a policy without 'unsafe-inline' would stop, and the policy."""

    def __init__(self):
        super().__init__()
        self.found, self.policy, self.before = [], "", []

    def handle_starttag(self, tag, attrs):
        about = dict(attrs)
        if about.get("http-equiv") == "Content-Security-Policy":
            self.policy = about["content"]
        elif not self.policy and tag in ("script", "link", "style"):
            self.before.append(tag)
        kind = about.get("type") or "text/javascript"
        if tag == "style" or (tag == "script" and "src" not in about and "javascript" in kind):
            self.found.append(tag)
        self.found += [f"{tag} {key}" for key in about if key == "style" or key.startswith("on")]
        if str(about.get("href") or "").startswith("javascript:"):
            self.found.append(f"{tag} javascript:")


def test_every_page_has_a_policy_before_all_else_and_nothing_inline(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) >= len(PAGES)
    for path in pages:
        reader = Inline()
        reader.feed(path.read_text(encoding="utf-8"))
        assert reader.found == [] and reader.before == [], path
        assert "default-src 'none'" in reader.policy, path
        assert "unsafe" not in reader.policy and "http" not in reader.policy, path


def test_the_policy_stops_what_does_not_belong(visit):
    """The policy holds in fact: an inline script and a foreign picture are refused."""
    for way in ("file", "http"):
        page = visit("chapters/about", way)
        page.evaluate(
            """() => {
                const script = document.createElement('script');
                script.textContent = 'window.ran = true';
                const picture = document.createElement('img');
                picture.src = 'http://foreign.invalid/x.png';
                document.body.append(script, picture);
            }"""
        )
        page.wait_for_timeout(200)
        assert page.evaluate("window.ran") is None
        kinds = {entry.split()[0] for entry in page.evaluate("window.broken")}
        assert kinds == {"script-src-elem", "img-src"}, way


def test_the_search_finds_and_keeps_nothing(visit):
    for way in ("file", "http"):
        page = visit("chapters/about", way)
        page.keyboard.press("Control+k")
        page.locator(".page-find input").fill("suitcase")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=suitcase")
        found = page.locator("#search-results li a", has_text="Somebody else’s suitcase")
        found.first.wait_for()
        assert page.locator("#search-words").input_value() == "suitcase"
        assert page.noise == [] and page.evaluate("window.broken") == []
        assert page.evaluate("Object.keys(localStorage)") == []
        found.first.click()
        page.wait_for_url("**/luggage.html*")
