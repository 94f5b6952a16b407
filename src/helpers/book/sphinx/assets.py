"""Files that the build writes for the pages: chart colours and the one Vega bundle."""

import json
from pathlib import Path

from sphinx.application import Sphinx

from helpers.book import chart_cache
from helpers.book.sphinx.social import sign_picture, sign_svg
from helpers.chapter.charts import COLOURS
from helpers.paths import book_root

_EMBED = "window.vegaEmbed = vegaEmbed;"
ASSETS = Path(__file__).resolve().parent.parent / "assets"


def dark_rules() -> str:
    """Return the style rules that give each chart colour its dark value."""
    rules = [
        f'html[data-theme="dark"] .yalu-chart [{attribute}="{light}"]{{{attribute}:{dark}}}'
        for light, dark in COLOURS.values()
        for attribute in ("fill", "stroke")
    ]
    return "\n".join(rules) + "\n"


def wrapped_bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script that leaves one global only."""
    return f"(function(){{{chart_cache.bundle(_EMBED)}\n}})();\n"


def write_assets(folder: Path, sign: str) -> None:
    """Write the generated style sheet and scripts into `folder`, and the book's `sign`."""
    folder.mkdir(parents=True, exist_ok=True)
    colours = json.dumps(dict(COLOURS.values()), sort_keys=True)
    files = {
        "yalu-colours.css": dark_rules(),
        "yalu-colours.js": f"window.yaluColours = {colours};\n",
        "vega-bundle.js": wrapped_bundle(),
        "favicon.svg": sign,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for size in (32, 180):
        (folder / f"favicon-{size}.png").write_bytes(sign_picture(sign, size))


def generated(app: Sphinx) -> Path:
    """Return the folder of the files that the build writes for the pages."""
    return Path(app.srcdir).parent / "assets"


def add_assets(app: Sphinx) -> None:
    """Give Sphinx our static files, fixed and generated."""
    title = str(app.config.html_title or app.config.project)
    write_assets(generated(app), sign_svg(book_root(), title))
    app.config.html_static_path += [str(ASSETS), str(generated(app))]


def drop_thebe(app: Sphinx) -> None:
    """Take out what jupyter-book loads for live kernels: it names a foreign host on every page."""
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__.startswith("sphinx_thebe"):
                app.disconnect(listener.id)
    files = app.registry.css_files
    files[:] = [entry for entry in files if "thebe" not in entry[0]]
    app.registry.js_files[:] = [e for e in app.registry.js_files if "thebe" not in str(e[0])]


def setup(app: Sphinx) -> None:
    """Register the files with every page."""
    drop_thebe(app)
    app.connect("builder-inited", add_assets)
    app.add_css_file("yalu.css")
    app.add_css_file("yalu-colours.css")
    app.add_js_file("yalu-colours.js", loading_method="defer")
    app.add_css_file("figures.css")
    for script in ("charts.js", "altered_files.js", "copy_link.js"):
        app.add_js_file(script, loading_method="defer")
