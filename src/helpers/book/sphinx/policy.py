"""The Content-Security-Policy of a page: it may use what stands on this site, and nothing else."""

_RULES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'none'",
    "form-action": "'self'",
    "base-uri": "'none'",
}
# the search page reads the pages that it found, to show the words around a hit
_SEARCH = {"connect-src": "'self'"}


def policy(pagename: str) -> str:
    """Return the policy for the page `pagename`; no page has inline scripts or styles."""
    rules = _RULES | (_SEARCH if pagename == "search" else {})
    return "; ".join(f"{name} {value}" for name, value in rules.items())
