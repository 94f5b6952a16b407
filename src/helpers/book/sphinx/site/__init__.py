"""The frame of a page: our layout over the basic theme, contents, policy, files that pages load."""

import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from pygments.formatters import HtmlFormatter
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from helpers.book import chart_cache
from helpers.book.sphinx.html import TEMPLATES, book_title, element, in_xml, rendered
from helpers.book.sphinx.site.metadata import SITEMAP, head, sign_svg
from helpers.chapter.charts import COLOURS
from helpers.config import base_address, read_config
from helpers.evidence.published import renamed
from helpers.paths import book_root

ASSETS = Path(__file__).resolve().parents[2] / "assets"
# what is dark on a screen; paper is light
_DARK, _ON_SCREEN = 'html[data-theme="dark"]', "@media screen {{\n{}\n}}\n"
# scripts that a page needs only where its body holds these words
_WHERE = {
    'id="yalu-register"': ["yalu-words.js", "minisearch.js", "find.js", "register.js"],
    "yalu-panel-data": ["engine.js", "assumptions.js"],
}
# of every page: this site only, nothing inline, nothing fetched
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'none'; form-action 'self'; base-uri 'none'"
)
# links of a heading to itself: for the pointer only, not in its name nor in a list of links
_PERMALINK = '<a class="headerlink"'
_TITLE = re.compile(r"<(/?)h1\b", re.IGNORECASE)
_GITHUB = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")


def _configure(app: Sphinx, config: Config) -> None:
    """Set what our layout needs, in place of the theme of jupyter-book."""
    if "sphinx_book_theme" in app.extensions:
        raise ConfigError("_config.yml: sphinx: config: extensions: name the extensions that the "
                          "book needs, ending with helpers.book.sphinx")  # fmt: skip
    # as the book has it: where it has none, jupyter-book fills in its own
    repository = read_config(book_root())["repository"]
    config.yalu_repository = {
        "url": repository.get("url"), "branch": repository.get("branch"),
        "path_to_book": repository.get("path_to_book"),
        "launch_buttons": config.html_theme_options.get("launch_buttons"),
    }  # fmt: skip
    config.html_theme, config.html_theme_options = "basic", {}
    config.html_permalinks_icon = "#"
    config.html_use_index = False  # an index of terms, which would be empty
    config.templates_path.insert(0, str(TEMPLATES))


def launch_links(app: Sphinx, pagename: str) -> list[tuple[str, str]]:
    """Return names and addresses of the servers that run a chapter's notebook.

    Read from `_config.yml` as jupyter-book has it: `repository` (url, branch, path_to_book) and
    `launch_buttons` (binderhub_url, colab_url). Without both there is no link, and no page names
    another host. Colab opens a notebook alone, so that it is the one of the kit that runs there.
    """
    options = app.config.yalu_repository
    found = _GITHUB.fullmatch(str(options.get("url") or ""))
    buttons = options.get("launch_buttons") or {}
    if not found or not (book_root() / f"{pagename}.ipynb").is_file():
        return []
    owner, name = found.groups()
    branch = str(options.get("branch") or "main")
    folder = str(options.get("path_to_book") or "").strip("/")
    path = f"{folder}/{pagename}.ipynb".lstrip("/")
    links = []
    if binder := str(buttons.get("binderhub_url") or "").rstrip("/"):
        place = quote(f"lab/tree/{path}", safe="")
        links.append(("Binder", f"{binder}/v2/gh/{owner}/{name}/{branch}?urlpath={place}"))
    if colab := str(buttons.get("colab_url") or "").rstrip("/"):
        links.append(("Colab (with the notebook of the zip)", f"{colab}/"))
    return links


def _entry(app: Sphinx, docname: str, at: str) -> dict[str, Any]:
    number = app.env.toc_secnumbers.get(docname, {}).get("") or ()
    return {
        "number": ".".join(map(str, number)),
        "title": app.env.titles[docname].astext(),
        "href": app.builder.get_relative_uri(at, docname) or "#",
        "current": docname == at,
    }


def page_sections(app: Sphinx, docname: str) -> list[tuple[str, str]]:
    """Return the sections of a page as (anchor, title)."""
    tree = app.env.tocs.get(docname)
    inner = tree.next_node(nodes.bullet_list) if tree is not None else None
    items = [item for item in inner or () if isinstance(item, nodes.list_item)]
    links = [item.next_node(nodes.reference) for item in items]
    return [(link["anchorname"].removeprefix("#"), link.astext()) for link in links
            if link is not None and link.get("anchorname")]  # fmt: skip


def _add_context(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Give the layout what it shows around the text."""
    ours, known = _our_files(app), pagename in app.env.titles
    for words, scripts in _WHERE.items():
        for name in scripts if words in (context.get("body") or "") else ():
            app.add_js_file(name, loading_method="defer")
    body = in_xml(context.get("body") or "").replace(
        _PERMALINK, f'{_PERMALINK} aria-hidden="true" tabindex="-1"'
    )
    # a page has one title, whatever a notebook writes or shows
    title, end, rest = body.partition("</h1>")
    context["body"] = title + end + _TITLE.sub(r"<\g<1>h2", rest)
    # the parts of the book, each with its caption and pages
    trees = app.env.get_doctree(app.config.root_doc).findall(addnodes.toctree)
    parts = [(tree["caption"], [name for _, name in tree["entries"]]) for tree in trees]
    context["author"] = str(app.config.author)
    context["yalu"] = {
        **head(app, pagename, context, doctree),
        "policy": POLICY,
        "ours": lambda file: str(getattr(file, "filename", "")).removeprefix("_static/") in ours,
        "launch": launch_links(app, pagename) if known else [],
        "home": _entry(app, app.config.root_doc, pagename),
        "parts": [
            {"caption": words or "", "pages": [_entry(app, name, pagename) for name in names]}
            for words, names in parts
        ],
        "sections": page_sections(app, pagename),
    }


def _finish(app: Sphinx, error: Exception | None) -> None:
    """Take out of _static what no page loads, and write what servers look for beside the pages."""
    if error is not None or app.builder.name != "html":
        return
    # the hash of all settings, in which the folder of this package is one
    (Path(app.outdir) / ".buildinfo").unlink(missing_ok=True)
    for path in (Path(app.outdir) / "_static").iterdir():
        if path.is_file() and path.name not in _our_files(app):
            path.unlink()
    first, title = app.builder.get_target_uri(app.config.root_doc), book_title(app.config)
    base = base_address(book_root())
    maps = f"Sitemap: {base}{SITEMAP}\n" if base else ""
    files = {
        "404.html": rendered("404.html", policy=POLICY, first=f"{base}{first}", title=title),
        "robots.txt": f"User-agent: *\nDisallow:\n{maps}",
        ".nojekyll": "",  # GitHub is to give out every file as it is
    }
    if app.config.root_doc != "index":  # else the book's first page is there already
        files["index.html"] = rendered("root.html", policy=POLICY, first=first, title=title)
    for old, new in renamed(book_root(), "page").items():
        words = app.env.titles[f"chapters/{new}"].astext()
        files[f"chapters/{old}.html"] = rendered(
            "root.html", policy=POLICY, first=f"{new}.html", title=words
        )
    for name, text in files.items():
        (Path(app.outdir) / name).write_text(text, encoding="utf-8", newline="")


# Files that pages load ----------------------------------------------------------------------


def generated_folder(app: Sphinx) -> Path:
    """Return the folder of the files that the build writes for the pages."""
    return Path(app.srcdir).parent / "assets"


def _our_files(app: Sphinx) -> set[str]:
    """Return the names of the style sheets and scripts that pages may load."""
    return {path.name for folder in (ASSETS, generated_folder(app)) for path in folder.iterdir()}


def _add_assets(app: Sphinx) -> None:
    """Write the style sheets and scripts that are generated, and the book's sign."""
    folder, sign = generated_folder(app), sign_svg(book_root(), book_title(app.config))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    dark_rules = "".join(  # of each chart colour
        f'{_DARK} .yalu-chart [{attribute}="{light}"]{{{attribute}:{dark}}}\n'
        for light, dark in COLOURS.values()
        for attribute in ("fill", "stroke")
    )
    code = {
        theme: "\n".join([*style.get_background_style_defs(prefix),
                          *style.get_token_style_defs(prefix)])
        for theme, prefix in (("light", ".highlight"), ("dark", f"{_DARK} .highlight"))
        for style in [HtmlFormatter(style=f"a11y-high-contrast-{theme}")]
    }  # fmt: skip
    files = {
        "yalu-colours.css": _ON_SCREEN.format(dark_rules),
        "pygments.css": f"{code['light']}\n{_ON_SCREEN.format(code['dark'])}",
        # Vega, Vega-Lite and Vega-Embed as one script that leaves one global only
        "vega-bundle.js": (
            f"(function(){{{chart_cache.bundle('window.vegaEmbed = vegaEmbed;')}\n}})();\n"
        ),
        "favicon.svg": sign,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for size in (32, 180):  # the sign is 64 pixels wide
        (folder / f"favicon-{size}.png").write_bytes(chart_cache.png(sign, scale=size / 64))
    app.config.html_static_path += [str(ASSETS), str(folder)]


# Nodes --------------------------------------------------------------------------------------


def _open_code(self: Any, node: HideCodeCellNode) -> None:
    """Write a valid toggle: MyST-NB's own puts paragraphs into its summary."""
    self.body.append(rendered("code_toggle.html", node=node))


def _open_table(self: Any, node: nodes.table) -> None:
    """Write a table in a box of its own, in which a wide one scrolls."""
    self._table_row_indices.append(0)
    self.body.append('<div class="page-table">' + self.starttag(node, "table", CLASS="table"))


def _close_table(self: Any, _node: nodes.table) -> None:
    self._table_row_indices.pop()
    self.body.append("</table>\n</div>\n")


def setup(app: Sphinx) -> None:
    """Register the layout and the files of every page."""
    app.add_config_value("yalu_repository", {}, "", dict)
    # jupyter-book sets it for an extension that this book does not load
    app.add_config_value("comments_config", {}, "", dict)
    app.connect("config-inited", _configure)
    app.connect("builder-inited", _add_assets)
    app.connect("html-page-context", _add_context, priority=900)
    app.connect("build-finished", _finish, priority=900)
    app.add_node(HideCodeCellNode, override=True, html=(_open_code, element("details")[1]))
    app.add_node(nodes.table, override=True, html=(_open_table, _close_table),
                 epub=(_open_table, _close_table))  # fmt: skip
    for sheet in ("yalu.css", "yalu-colours.css", "figures.css"):
        app.add_css_file(sheet)
    for script in ("shared.js", "figures.js"):
        app.add_js_file(script, loading_method="defer")
    app.add_css_file("page.css", priority=300)
    app.add_js_file("page.js", priority=100)
