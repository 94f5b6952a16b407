"""The page around the text: our templates, and nothing of the theme that readers never use."""

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.config import Config

from helpers.book.sphinx.assets import ASSETS, generated
from helpers.book.sphinx.head import head
from helpers.book.sphinx.navigation import home, page_sections, parts
from helpers.book.sphinx.policy import policy

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
# what the theme or Sphinx puts into _static that the search page needs
_KEPT = {"pygments.css", "documentation_options.js", "doctools.js", "searchtools.js",
         "language_data.js"}  # fmt: skip
# what Sphinx and extensions write there without a file of that name in their folders
_GENERATED = ("mystnb", "sphinx-design", "basic.css", "copybutton.js", "translations.js")
_ROOT = """<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta http-equiv="refresh" content="0; url={first}">
<title>{title}</title>
</head>
<body><p><a href="{first}">{title}</a></p></body>
</html>
"""


def _configure(_app: Sphinx, config: Config) -> None:
    """Put our templates before the theme's; leave out the index of terms, which is empty."""
    config.templates_path.insert(0, str(TEMPLATES))
    config.html_use_index = False


def _is_ours(names: set[str]) -> Callable[[Any], bool]:
    def ours(file: Any) -> bool:
        name = str(getattr(file, "filename", None) or "")
        return name.removeprefix("_static/") in names

    return ours


def our_files(app: Sphinx) -> set[str]:
    """Return the names of the style sheets and scripts that pages may load."""
    made = {path.name for folder in (ASSETS, generated(app)) for path in folder.iterdir()}
    return made | {"pygments.css"}


def add_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Give the template what it shows around the text."""
    context["yalu"] = {
        **head(app, pagename, context, doctree),
        "policy": policy(pagename),
        "ours": _is_ours(our_files(app)),
        "home": home(app, pagename),
        "parts": parts(app, pagename),
        "sections": page_sections(app, pagename),
    }


def foreign_files(app: Sphinx) -> set[Path]:
    """Return what the theme and third-party extensions put into _static, by relative path."""
    theme = app.builder.theme  # type: ignore[attr-defined]
    ours = {str(ASSETS), str(generated(app))}
    folders = [Path(folder) / "static" for folder in theme.get_theme_dirs()]
    folders += [Path(path) for path in app.config.html_static_path if path not in ours]
    third_party = [folder for folder in folders if "site-packages" in folder.parts]
    return {p.relative_to(f) for f in third_party for p in f.rglob("*") if p.is_file()}


def prune(app: Sphinx, error: Exception | None) -> None:
    """Take out of _static what no page loads, and write the page that leads to the first."""
    if error is not None or app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    names = {path.name for path in foreign_files(app)} - _KEPT - our_files(app)
    for path in sorted(static.rglob("*"), reverse=True):
        generated_by = path.name.startswith(_GENERATED) and path.parent == static
        if path.is_file() and (generated_by or path.name in names or _of_theme(path, static)):
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    _write_root(app)


def _of_theme(path: Path, static: Path) -> bool:
    return path.relative_to(static).parts[0] in {"styles", "scripts", "vendor", "locales", "images"}


def _write_root(app: Sphinx) -> None:
    if app.config.root_doc == "index":
        return  # the book's first page stands there already
    first = app.builder.get_target_uri(app.config.root_doc)
    title = escape(str(app.config.html_title or app.config.project))
    text = _ROOT.format(policy=policy("index"), first=first, title=title)
    (Path(app.outdir) / "index.html").write_text(text, encoding="utf-8")


def _open_code(self: Any, node: HideCodeCellNode) -> None:
    """Write a valid toggle: MyST-NB's own puts paragraphs into its summary."""
    classes = escape(" ".join(["hide", *node["classes"]]))
    shown, hidden = escape(node["prompt_show"]), escape(node["prompt_hide"])
    self.body.append(
        f'<details class="{classes}"><summary><span class="collapsed">{shown}</span>'
        f'<span class="expanded">{hidden}</span></summary>\n'
    )


def _close_code(self: Any, _node: HideCodeCellNode) -> None:
    self.body.append("</details>\n")


def setup(app: Sphinx) -> None:
    """Register the templates and the files of every page."""
    app.connect("config-inited", _configure)
    app.connect("html-page-context", add_context, priority=900)
    app.connect("build-finished", prune, priority=900)
    app.add_node(HideCodeCellNode, override=True, html=(_open_code, _close_code))
    app.add_css_file("page.css", priority=300)
    app.add_js_file("theme.js", priority=100)
    app.add_js_file("page.js", loading_method="defer")
