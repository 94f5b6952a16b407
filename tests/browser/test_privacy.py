"""Every page has a policy that stops what does not belong, and the search keeps nothing."""

from html.parser import HTMLParser


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
    assert len(pages) > 10
    for path in pages:
        reader = Inline()
        reader.feed(path.read_text(encoding="utf-8"))
        assert reader.found == [] and reader.before == [], path
        assert "default-src 'none'" in reader.policy, path
        assert "unsafe" not in reader.policy and "http" not in reader.policy, path


def test_the_policy_stops_what_does_not_belong(open_page):
    """The policy holds in fact: an inline script and a foreign picture are refused."""
    for way in ("file", "http"):
        page = open_page("about", way=way)
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


def test_the_search_finds_and_keeps_nothing(open_page):
    for way in ("file", "http"):
        page = open_page("about", way=way)
        page.keyboard.press("Control+k")
        page.locator(".page-find input").fill("suitcase")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html#?q=suitcase")
        found = page.locator("#search-results li a", has_text="Somebody else’s suitcase")
        found.first.wait_for()
        assert page.locator("#search-words").input_value() == "suitcase"
        assert page.errors == page.noise == [] and page.evaluate("window.broken") == []
        assert page.evaluate("Object.keys(localStorage)") == []
        found.first.click()
        page.wait_for_url("**/luggage.html*")
