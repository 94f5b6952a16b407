"""Launch: links that open a chapter's notebook on a server, where the book's owner has set one.

Read from `_config.yml` as jupyter-book has it: `repository` (url, branch, path_to_book) and
`launch_buttons` (binderhub_url, colab_url). Without both there is no link, and no page names
another host.
"""

import re
from urllib.parse import quote

from sphinx.application import Sphinx

_GITHUB = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")


def launch_links(app: Sphinx, pagename: str) -> list[tuple[str, str]]:
    """Return for the page of a notebook the names and addresses of the servers that run it."""
    options = app.config.html_theme_options
    found = _GITHUB.fullmatch(str(options.get("repository_url") or ""))
    buttons = options.get("launch_buttons") or {}
    if not found or not app.env.doc2path(pagename).endswith(".ipynb"):
        return []
    owner, name = found.groups()
    branch = str(options.get("repository_branch") or "main")
    folder = str(options.get("path_to_docs") or "").strip("/")
    path = f"{folder}/{pagename}.ipynb".lstrip("/")
    links = []
    if binder := str(buttons.get("binderhub_url") or "").rstrip("/"):
        place = quote(f"lab/tree/{path}", safe="")
        links.append(("Binder", f"{binder}/v2/gh/{owner}/{name}/{branch}?urlpath={place}"))
    if colab := str(buttons.get("colab_url") or "").rstrip("/"):
        links.append(("Colab", f"{colab}/github/{owner}/{name}/blob/{branch}/{quote(path)}"))
    return links
