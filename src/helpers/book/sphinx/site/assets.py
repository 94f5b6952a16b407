"""Files that the build writes for the pages: colours, signs and the one Vega bundle."""

import json
from pathlib import Path

from pygments.formatters import HtmlFormatter
from sphinx.application import Sphinx

from helpers.book import chart_cache
from helpers.book.sphinx.html import book_title
from helpers.book.sphinx.site.head import sign_svg
from helpers.chapter.charts import COLOURS
from helpers.paths import book_root

ASSETS = Path(__file__).resolve().parents[2] / "assets"
# styles of accessible-pygments, whose colours all contrast enough
_CODE = {"light": "a11y-high-contrast-light", "dark": "a11y-high-contrast-dark"}


def dark_rules() -> str:
    """Return the style rules that give each chart colour its dark value."""
    rules = [
        f'html[data-theme="dark"] .yalu-chart [{attribute}="{light}"]{{{attribute}:{dark}}}'
        for light, dark in COLOURS.values()
        for attribute in ("fill", "stroke")
    ]
    return "\n".join(rules) + "\n"


def code_rules() -> str:
    """Return the style rules of highlighted code, light and dark."""
    rules: list[str] = []
    for theme, style in _CODE.items():
        prefix = f'html[data-theme="{theme}"] .highlight'
        formatter: HtmlFormatter[str] = HtmlFormatter(style=style)
        rules += formatter.get_background_style_defs(prefix)
        rules += formatter.get_token_style_defs(prefix)
    return "\n".join(rules) + "\n"


def wrapped_bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script that leaves one global only."""
    return f"(function(){{{chart_cache.bundle('window.vegaEmbed = vegaEmbed;')}\n}})();\n"


def write_assets(folder: Path, sign: str) -> None:
    """Write the generated style sheets and scripts into `folder`, and the book's `sign`.

    The sign is an SVG of 64 by 64 pixels.
    """
    folder.mkdir(parents=True, exist_ok=True)
    colours = json.dumps(dict(COLOURS.values()), sort_keys=True)
    files = {
        "yalu-colours.css": dark_rules(),
        "yalu-colours.js": f"window.yaluColours = {colours};\n",
        "pygments.css": code_rules(),
        "vega-bundle.js": wrapped_bundle(),
        "favicon.svg": sign,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for size in (32, 180):
        (folder / f"favicon-{size}.png").write_bytes(chart_cache.png(sign, scale=size / 64))


def generated(app: Sphinx) -> Path:
    """Return the folder of the files that the build writes for the pages."""
    return Path(app.srcdir).parent / "assets"


def _add_assets(app: Sphinx) -> None:
    write_assets(generated(app), sign_svg(book_root(), book_title(app.config)))
    app.config.html_static_path += [str(ASSETS), str(generated(app))]


def setup(app: Sphinx) -> None:
    """Register the files with every page."""
    app.connect("builder-inited", _add_assets)
    for sheet in ("yalu.css", "yalu-colours.css", "figures.css"):
        app.add_css_file(sheet)
    for script in ("shared.js", "yalu-colours.js", "figures.js"):
        app.add_js_file(script, loading_method="defer")
