"""What the book's own pages print comes from data, code and sidecars, or fails by page and line."""

import inspect
import io
import json
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from helpers import models
from helpers.book.sphinx import checks, downloads, error_lists, facts, model_list
from helpers.errors import YaluError

ROOT = Path(__file__).resolve().parents[2]
MODELS = sorted(path.stem for path in (ROOT / "chapters").glob("*.ipynb"))


def raw(table):
    return pd.read_csv(ROOT / "data" / "clean" / f"{table}.csv", dtype=str, keep_default_na=False)


def render(folder, text, name="page"):
    """Return (page, warnings) of one page of Markdown that is rendered with our extension."""
    pages = folder / "stage" / "chapters"
    pages.mkdir(parents=True)
    (pages.parent / "index.md").write_text(f"# Root\n\n```{{toctree}}\nchapters/{name}\n```\n")
    (pages / f"{name}.md").write_text(text, encoding="utf-8")
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


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("count claims", lambda: raw("claims")),
        ("count sources access=excerpt", lambda: raw("sources").query("access == 'excerpt'")),
        ("count claims repeats=none", lambda: raw("claims").query("repeats == ''")),
        ("count claims repeats=any", lambda: raw("claims").query("repeats != ''")),
        ("count claims usable=false", lambda: raw("claims").query("usable == 'false'")),
        ("count claims place=North+Korea theme=wages-trade",
         lambda: raw("claims").query("place == 'North Korea' and theme == 'wages-trade'")),
        ("count changes column=row", lambda: raw("changes").query("column == 'row'")),
    ],
)  # fmt: skip
def test_a_count_agrees_with_pandas(text, rows):
    assert facts.fact(text) == str(len(rows())) != "0"


def test_shares_distinct_entries_and_the_latest_day_agree_with_pandas():
    claims, sources = raw("claims"), raw("sources")
    share = round(100 * (claims["basis"] == "anonymous-source").mean())
    assert facts.fact("share claims basis=anonymous-source") == f"{share} per cent"
    houses = sources["outlet_family"].nunique()
    assert facts.fact("distinct sources outlet_family") == str(houses)
    assert claims["recorded_on"].max().startswith(facts.fact("latest claims recorded_on")[-4:])


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
        facts.fact(text)


# Unknown names ------------------------------------------------------------------------------


UNKNOWN = {
    "```{parameters} nowhere\n```": "chapters/nowhere.yml: no such sidecar",
    "```{parameters} ../data/corrections\n```": "not a sidecar",
    "```{codebook} clean/nothing\n```": "no such table",
    "```{models} nothing\n```": f'no model "nothing"; there are {MODELS[0]}',
    "```{models}\n```": 'no model ""',
    "{fact}`count nothing`": 'no clean table "nothing"',
    "{datafile}`../secret.csv`": "no such file to download",
}


def test_each_unknown_name_gives_one_warning_with_page_and_line(tmp_path):
    text = "# A page\n\n" + "\n\n".join(UNKNOWN) + "\n"
    _, warnings = render(tmp_path, text)
    assert len(warnings) == len(UNKNOWN)
    for (block, said), warning in zip(UNKNOWN.items(), warnings, strict=True):
        line = text[: text.index(block)].count("\n") + 1
        assert f"chapters/page.md:{line}: WARNING: " in warning and said in warning


def test_a_page_with_every_directive_renders_without_a_warning(tmp_path):
    names = ["register", "checks", "codebook", "corrections", "known-differences", "changes"]
    blocks = ["```{contests} Contested facts\nWords.\n```"]
    blocks += [f"```{{{name}}}\n```" for name in [*names, "ledger-log"]]
    blocks += ["```{models} visas\n```", "```{parameters} luggage\n```"]
    blocks += ["{fact}`count claims`, {datafile}`clean/claims.csv`, {page}`nowhere plain words`"]
    page, warnings = render(tmp_path, "# A page\n\n" + "\n\n".join(blocks) + "\n")
    assert warnings == []
    assert [h.get_text()[:-1] for h in page.select("article h2, main h2, .body h2")][:2] == [
        "Contested facts", "Visa workarounds",
    ]  # fmt: skip
    assert page.find("script", src=re.compile("register.js"))
    link = page.find("a", href=re.compile("claims.csv$"))["href"]
    built = (tmp_path / "out" / "chapters" / link).resolve()
    assert built.read_bytes() == (ROOT / "data/clean/claims.csv").read_bytes()
    assert "plain words" in page.get_text() and page.find("a", string="plain words") is None


def test_a_page_without_the_register_does_not_load_its_script(tmp_path):
    page, warnings = render(tmp_path, "# A page\n\nWords.\n")
    assert warnings == [] and not page.find("script", src=re.compile("register.js"))


# Models, codebook, parameters ---------------------------------------------------------------


def test_every_model_module_is_known():
    files = {p.stem for p in Path(models.__file__).parent.glob("*.py")} - {
        "__init__",
        "draws",
        "ops",
    }
    assert files == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_every_public_function_of_a_model_is_listed_with_its_units(name):
    module = model_list.model_module(name)
    public = [
        key for key, f in vars(module).items()
        if inspect.isfunction(f) and f.__module__ == module.__name__ and not key.startswith("_")
    ]  # fmt: skip
    listed = model_list.model_functions(name)
    assert [f.call.partition("(")[0] for f in listed] == public
    assert all(f.meaning.endswith(".") and f.units for f in listed)


def test_a_model_is_listed_as_its_docstring_says():
    fee = next(f for f in model_list.model_functions("luggage") if f.call.startswith("fee_income("))
    assert fee.call == "fee_income(bags_per_week, fee, weeks=52)"
    assert fee.formula == "bags_per_week x weeks x fee"
    assert fee.units.startswith("bags/week, CNY/bag, weeks/year -> CNY/year.")


def test_a_model_without_units_is_refused():
    def model(x):
        """Double it."""

    with pytest.raises(YaluError, match="without units"):
        model_list.model_function(model)


def test_the_codebook_prints_every_table_column_and_row_count(tmp_path):
    page, _ = render(tmp_path, "# A page\n\n```{codebook}\n```\n")
    book = pd.read_csv(ROOT / "data/codebook.csv", dtype=str, keep_default_na=False)
    clean = book[book["table"].str.startswith("clean/")]
    for table, columns in clean.groupby("table"):
        name = table.removeprefix("clean/")
        shown = page.find(id=f"table-{name}")
        assert [dt.code.get_text() for dt in shown.select("dt")] == list(columns["column"])
        count = shown.select_one(".reg-count").get_text()
        assert count.replace(",", "").split()[0] == str(len(raw(name)))


def test_parameters_are_printed_as_the_sidecar_declares_them(tmp_path):
    page, warnings = render(tmp_path, "# A page\n\n```{parameters} luggage\n```\n")
    declared = yaml.safe_load((ROOT / "chapters/luggage.yml").read_text(encoding="utf-8"))
    assert warnings == []
    shown = {dt.get_text(): dt.find_next("dd").get_text() for dt in page.select("dt")}
    assert list(shown) == list(declared["parameters"])
    for name, entry in declared["parameters"].items():
        assert entry["label"] in shown[name] and "Default" in shown[name]
        assert f"{entry['min']:.12g} to {entry['max']:.12g}" in shown[name]
    assert "fee_low may not be above fee_high" in page.get_text()


def test_a_data_package_can_be_read_where_it_was_copied(tmp_path):
    downloads.copy_data(ROOT, tmp_path)
    package = json.loads((tmp_path / "data/datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        assert (tmp_path / "data" / resource["path"]).is_file()
    copied = {p.name for p in (tmp_path / "data").rglob("*.csv")}
    whole = {"codebook.csv", "ledger_log.csv"}
    assert copied == {p.name for p in ROOT.glob("data/clean/*.csv")} | whole


# Errors and checks --------------------------------------------------------------------------


def test_every_declared_correction_and_every_change_is_listed(tmp_path):
    page, _ = render(tmp_path, "# A page\n\n```{corrections}\n```\n\n```{changes}\n```\n")
    declared = yaml.safe_load((ROOT / "data/corrections.yml").read_text(encoding="utf-8"))
    for entry in declared["corrections"]:
        assert len(page.select(f'[id="correction-{entry["id"]}"]')) == 1
    assert len(page.select('[id^="changes-"] dt')) == len(raw("changes"))


@pytest.mark.parametrize(
    ("correction", "printed", "used"),
    [
        ("luggage-cubic-metre", "up to 1 square metre", "used as up to 1 cubic metre"),
        ("jan-2019-fall", "8.8 per cent", "used as −8.8 per cent"),
        ("imports-jan-2020-digit", "1.306 million dollars", "used as 10.306 million dollars"),
        ("entries-2011-year-slip", "116,400 entries", "not used"),
        ("miners-2016-won", "41,000 South Korean won", "used as printed, with this remark"),
    ],
)
def test_a_correction_says_what_was_printed_and_what_is_used(correction, printed, used):
    rows = raw("corrections").set_index("correction_id")
    assert error_lists.correction_words(dict(rows.loc[correction])) == (printed, used)


def test_the_checks_add_up():
    first, second = checks.read_checks(ROOT)
    assert (first.read, first.confirmed, first.wrong) == (170, 139, 6)
    assert (second.read, second.confirmed, second.wrong) == (50, 36, 0)
    assert "139 confirmed (81.8 per cent)" in checks.check_words(first)
