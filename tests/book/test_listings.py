"""What the book's own pages print comes from data, code and sidecars, or fails by page and line."""

import importlib
import inspect
import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from helpers.book.sphinx import roles
from helpers.book.sphinx.html import rendered as filled
from helpers.book.sphinx.listings import chapters, copy_data, corrections
from helpers.errors import YaluError

from ..conftest import answering, raw

pytestmark = pytest.mark.book

ROOT = Path(__file__).resolve().parents[2]
MODELS = sorted(answering())


def render(folder, text, name="page"):
    """Return (page, warnings) of one page of Markdown that is rendered with our extension."""
    pages = folder / "stage" / "chapters"
    pages.mkdir(parents=True)
    (pages.parent / "index.md").write_text(f"# Root\n\n```{{toctree}}\nchapters/{name}\n```\n")
    (pages / f"{name}.md").write_text(text, encoding="utf-8")
    (pages.parent / "usage.json").write_text("{}")
    said = io.StringIO()
    options = {
        "extensions": ["myst_parser", "helpers.book.sphinx"],
        "myst_enable_extensions": ["deflist"],
    }
    out = folder / "out"
    with docutils_namespace():
        Sphinx(str(pages.parent), None, str(out), str(folder / "trees"), "html", options,
               status=None, warning=said).build()  # fmt: skip
    html = (out / "chapters" / f"{name}.html").read_text(encoding="utf-8")
    return BeautifulSoup(html, "html.parser"), said.getvalue().strip().splitlines()


# Counts -------------------------------------------------------------------------------------


def test_counts_and_shares_agree_with_pandas():
    claims, sources = raw("claims"), raw("sources")
    places = claims["place"].eq("North Korea") & claims["theme"].eq("wages-trade")
    expected = {
        "count claims": len(claims),
        "count sources access=excerpt": sources["access"].eq("excerpt").sum(),
        "count claims repeats=none": claims["repeats"].eq("").sum(),
        "count claims repeats=any": claims["repeats"].ne("").sum(),
        "count claims usable=false": claims["usable"].eq("false").sum(),
        "count claims place=North+Korea theme=wages-trade": places.sum(),
        "count changes column=row": raw("changes")["column"].eq("row").sum(),
        "distinct sources outlet_family": sources["outlet_family"].nunique(),
    }
    assert {text: roles.fact(text) for text in expected} == {k: str(n) for k, n in expected.items()}
    assert 0 not in expected.values()
    share = round(100 * (claims["basis"] == "anonymous-source").mean())
    assert roles.fact("share claims basis=anonymous-source") == f"{share} per cent"
    assert claims["recorded_on"].max().startswith(roles.fact("latest claims recorded_on")[-4:])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "allowed: count, share, distinct, latest"),
        ("sum claims", "allowed: count, share, distinct, latest"),
        ("count", "then a table"),
        ("count clams", 'no clean table "clams"'),
        ("count claims colour=red", 'no column "colour"'),
        ("share claims basis=rumour", 'no row has basis "rumour"'),
    ],
)
def test_a_wrong_count_is_refused(text, said):
    with pytest.raises(YaluError, match=re.escape(said)):
        roles.fact(text)


# One page with every directive --------------------------------------------------------------

UNKNOWN = {
    "```{parameters} nowhere\n```": "chapters/nowhere.yml: no such sidecar",
    "```{parameters} ../data/corrections\n```": "found a key that is not known",
    "```{codebook} clean/nothing\n```": "no such table",
    "```{models} nothing\n```": f'no model "nothing"; there are {MODELS[0]}',
    "```{models}\n```": 'no model ""',
    "{fact}`count nothing`": 'no clean table "nothing"',
    "{datafile}`../secret.csv`": "no such file to download",
}
KNOWN = [
    "```{contests} Contested facts\nWords.\n```",
    "```{register-filter}\n```",
    *(f"```{{{name}}}\n```" for name in ("register", "spot-checks", "codebook", "corrections",
                                         "known-differences", "changes", "ledger-log")),
    "```{models} visas\n```",
    "```{parameters} luggage\n```",
    "{fact}`count claims`, {datafile}`clean/claims.csv`, {page}`nowhere plain words`",
]  # fmt: skip


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("listings")


@pytest.fixture(scope="module")
def rendered(out):
    return render(out, "# A page\n\n" + "\n\n".join(KNOWN) + "\n")


@pytest.fixture(scope="module")
def page(rendered):
    return rendered[0]


def listed(page, name):
    """Return the terms of the list that follows the block of a table or model: term, details."""
    return {dt.code.get_text(): dt.find_next("dd") for dt in page.find(id=name).select("dt")}


def test_each_unknown_name_gives_one_warning_with_page_and_line(tmp_path):
    text = "# A page\n\n" + "\n\n".join(UNKNOWN) + "\n"
    page, warnings = render(tmp_path, text)
    assert len(warnings) == len(UNKNOWN)
    for (block, said), warning in zip(UNKNOWN.items(), warnings, strict=True):
        line = text[: text.index(block)].count("\n") + 1
        assert f"chapters/page.md:{line}: WARNING: " in warning and said in warning
    assert not page.find("script", src=re.compile("register.js")), "no register, no script"


def test_a_page_with_every_directive_renders_without_a_warning(rendered, out):
    page, warnings = rendered
    assert warnings == []
    assert [h.get_text()[:-1] for h in page.select("section > h2:has(a.headerlink)")][:2] == [
        "Contested facts", "Visa workarounds",
    ]  # fmt: skip
    assert page.find("script", src=re.compile("register.js"))
    link = page.find("a", href=re.compile("claims.csv$"))["href"]
    built = (out / "out" / "chapters" / link).resolve()
    # as UTF-8 for Excel too
    assert built.read_text("utf-8-sig") == (ROOT / "data/clean/claims.csv").read_text("utf-8")
    assert "plain words" in page.get_text() and page.find("a", string="plain words") is None


def test_every_public_function_of_a_model_is_listed_with_its_units():
    for name in MODELS:
        module = importlib.import_module(f"helpers.models.{name}")
        public = [
            key for key, f in vars(module).items()
            if inspect.isfunction(f) and f.__module__ == module.__name__ and not key.startswith("_")
        ]  # fmt: skip
        functions = chapters.model_functions(name)
        assert [f.call.partition("(")[0] for f in functions] == public
        assert all(f.meaning.endswith(".") and f.units for f in functions)


def test_a_model_is_listed_as_its_docstring_says_and_refused_without_units(page):
    functions = chapters.model_functions("luggage")
    fee = next(f for f in functions if f.call.startswith("fee_income("))
    assert fee.call == "fee_income(bags_per_week, fee, weeks=52)"
    assert fee.formula == "bags_per_week x weeks x fee"
    assert fee.units.startswith("bags/week, CNY/bag, weeks/year -> CNY/year.")
    shown = listed(page, "model-visas")
    assert list(shown) == [f.call for f in chapters.model_functions("visas")]
    assert all("Units:" in dd.get_text() for dd in shown.values())

    def model(x):
        """Double it."""

    with pytest.raises(YaluError, match="without units"):
        chapters.model_function(model)


def test_the_codebook_prints_every_table_column_and_row_count(page):
    book = pd.read_csv(ROOT / "data/codebook.csv", dtype=str, keep_default_na=False)
    clean = book[book["table"].str.startswith("clean/")]
    for table, columns in clean.groupby("table"):
        name = table.removeprefix("clean/")
        assert list(listed(page, f"table-{name}")) == list(columns["column"])
        count = page.find(id=f"table-{name}").select_one(".reg-count").get_text()
        assert count.replace(",", "").split()[0] == str(len(raw(name)))


def test_parameters_are_printed_as_the_sidecar_declares_them(page):
    declared = yaml.safe_load((ROOT / "chapters/luggage.yml").read_text(encoding="utf-8"))
    block = page.select_one(".reg-parameters")
    shown = {dt.get_text(): dt.find_next("dd").get_text() for dt in block.select("dt")}
    assert list(shown) == list(declared["parameters"])
    for name, entry in declared["parameters"].items():
        assert entry["label"] in shown[name] and "Default" in shown[name]
        assert f"{entry['min']:.12g} to {entry['max']:.12g}" in shown[name]
    assert "fee_low may not be above fee_high" in block.get_text()


def test_every_declared_correction_and_every_change_is_listed(page):
    declared = yaml.safe_load((ROOT / "data/corrections.yml").read_text(encoding="utf-8"))
    for entry in declared["corrections"]:
        assert len(page.select(f'[id="correction-{entry["id"]}"]')) == 1
    assert len(page.select('[id^="changes-"] dt')) == len(raw("changes"))


def test_a_correction_says_what_was_printed_and_what_is_used():
    expected = {
        "luggage-cubic-metre": ("up to 1 square metre", "used as up to 1 cubic metre"),
        "jan-2019-fall": ("8.8 per cent", "used as −8.8 per cent"),
        "imports-jan-2020-digit": ("1.306 million dollars", "used as 10.306 million dollars"),
        "entries-2011-year-slip": ("116,400 entries", "not used"),
        "miners-2016-won": ("41,000 South Korean won", "used as printed, with this remark"),
    }
    rows = raw("corrections").set_index("correction_id")
    assert {key: corrections.correction_words(dict(rows.loc[key])) for key in expected} == expected


def test_the_spot_checks_add_up():
    first, second, *_ = corrections.read_spot_checks(ROOT)
    told = [[c.counts()[key] for key in ("read", "confirmed", "wrong")] for c in (first, second)]
    assert told == [[170, 139, 6], [50, 36, 0]]
    assert "139 confirmed (81.8 per cent)" in corrections.spot_check_words(first)


def test_what_would_change_has_those_of_the_front_page_the_easiest_to_overturn_first(tmp_path):
    costs = {"far": 2.5, "given": None, "near": 0.1, "hidden": 0.0}
    results = {key: {"label": f"Of <{key}>"} for key in costs}
    results |= {f"{key}_change": {"value": cost} for key, cost in costs.items()}
    for folder in ("results", "chapters"):
        (tmp_path / folder).mkdir()
    (tmp_path / "results/luggage.json").write_text(json.dumps({"results": results}))
    keys = ("given", "far", "near", "none")
    named = " ".join(f"{{result}}`luggage:{key} unit`" for key in keys)
    (tmp_path / "chapters/index.md").write_text(named)
    found = chapters._what_would_change(SimpleNamespace(srcdir=str(tmp_path)), "")
    assert [key for _, key, _ in found["shown"]] == ["near", "far", "given"]
    first = filled("what_would_change.md.j2", **found).strip().split("\n")[0]
    assert first == (
        r"**Of \<near\>: {result}`luggage:near`.** We would drop this if "
        "{result}`luggage:near_change`."
    )


def test_a_data_package_can_be_read_where_it_was_copied(tmp_path):
    copy_data(ROOT, tmp_path)
    package = json.loads((tmp_path / "data/datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        assert (tmp_path / "data" / resource["path"]).is_file()
    copied = {p.name for p in (tmp_path / "data").rglob("*.csv")}
    assert copied == {p.name for p in ROOT.glob("data/clean/*.csv")} | {
        "codebook.csv", "ledger_log.csv",
    }  # fmt: skip
