"""Figures of the built book: light pictures, and files that hold what the chart shows."""

import csv
import gzip
import io
import json
import re
import struct
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import altair as alt
import pandas as pd
import pytest
import vl_convert
from bs4 import BeautifulSoup
from myst_nb.core.render import get_mime_priority
from PIL import Image

from helpers import evidence
from helpers.book import chart_cache
from helpers.book.sphinx.figures.data import csv_text, tables
from helpers.book.sphinx.figures.pictures import poster
from helpers.book.sphinx.figures.provenance import ADDED, FIGURE, ROW, Provenance, provenance
from helpers.book.sphinx.figures.svg import WIDTHS, light_path, slim, thinned
from helpers.book.sphinx.outputs import YaluOutput, data_details
from helpers.book.stage import chapter_files
from helpers.chapter.charts import COLOURS, claim_rows, range_rows
from helpers.chapter.figure import VEGALITE, spec_of
from helpers.chapter.running import METADATA
from helpers.chapter.sidecar import sidecar
from helpers.evidence import claim

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "_build" / "html" / "_static" / "figures"
FIGURES = [
    f"{path.stem}-{name}" for path in chapter_files(ROOT) for name in sidecar(path.stem).figures
]
PAGES = [ROOT / "_build" / "html" / "chapters" / f"{p.stem}.html" for p in chapter_files(ROOT)]
KINDS = ("csv", "svg", "png", "json", "js")
FEE, BUS = "smuggling-fee-2024-daily-nk-cny", "lug-2023-5yuan"
ABOUT = {
    "name": "luggage-x", "page": "chapters/luggage.html", "claims": [FEE], "sources": [],
    "plain": {"title": "A finding"}, "changed": {},
}  # fmt: skip


def origins_of(spec, **about) -> Provenance:
    return provenance(spec, ABOUT | about, "Across the Yalu")


def file_of(chart, **about):
    spec = spec_of(chart)
    text = csv_text(tables(spec), origins_of(spec, **about))
    return pd.read_csv(io.StringIO(text), keep_default_na=False)


def table_of(chart):
    """The columns of a figure's file that are its own."""
    spec = spec_of(chart)
    table = pd.read_csv(io.StringIO(csv_text(tables(spec), origins_of(spec))))
    return table.iloc[:, : -len(ADDED) - len(origins_of(spec).papers)]


@pytest.mark.parametrize(
    ("path", "light"),
    [
        ("M0,0L1,1L2,2L3,3", "m0 0l3 3"),
        ("M10.04,0L10.04,5.55", "m10 0l0 5.6"),
        ("M0,0L0.5,0L20,10.5", "m0 0l.5 0 19.5 10.5"),
        ("M5,5h0v8h0Z", ""),
        ("M4.472,0A4.472,4.472,0,1,1,-4.472,0", "M4.5,0A4.5,4.5,0,1,1,-4.5,0"),
        ("M0,0L10,0L10,10L0,10Z", "m0 0l10 0 0 10-10 0z"),
    ],
)
def test_a_path_is_written_short(path, light):
    assert light_path(path) == light


def test_a_line_keeps_every_point_that_bends_it():
    points = [(0.0, 0.0), (1.0, 0.05), (2.0, 0.0), (3.0, 2.0), (4.0, 0.0)]
    assert thinned(points, 0.15) == [(0.0, 0.0), (2.0, 0.0), (3.0, 2.0), (4.0, 0.0)]


def test_a_slim_picture_keeps_words_and_marks_and_drops_the_rest():
    chart = alt.Chart(pd.DataFrame({"x": [1, 5], "n": ["a", "b"]})).encode(x="x:Q")
    svg = vl_convert.vegalite_to_svg(
        spec_of(alt.layer(chart.mark_point(), chart.mark_text().encode(text="n:N")))
    )
    light = slim(svg)
    words = [e.text for e in ET.fromstring(svg).iter() if e.tag.endswith("text")]
    assert [e.text for e in ET.fromstring(light).iter() if e.tag.endswith("text")] == words
    assert len(light) < len(svg) / 2
    assert not re.search(r"aria|role=|class=|style=", light)


def test_data_of_a_range_chart_are_the_claims():
    chart = range_rows(
        claim_rows({BUS: "bus", FEE: "suitcase"}), label="label", title="yuan, log scale", log=True
    )
    table = table_of(chart)
    assert list(table["what it is"]) == ["bus", "suitcase"]
    fee = claim(FEE)
    assert table["value (yuan)"][0] == claim(BUS).value
    assert (table["low (yuan)"][1], table["high (yuan)"][1]) == (fee.low, fee.high)
    assert not any("_" in column for column in table)
    file = file_of(chart)
    assert list(file["claim_id"]) == [BUS, FEE]
    assert list(file["source_id"]) == [claim(BUS).source_id, fee.source_id]
    assert list(file["outlet"]) == [claim(BUS).outlet, fee.outlet]
    assert file["address in the register"][1] == f"chapters/evidence.html#claim-{FEE}"
    assert set(file["ids are those of"]) == {ROW}


def test_a_row_of_ours_has_the_ids_of_all_that_it_comes_from_and_a_series_its_document():
    data = pd.DataFrame({"x": [1, 2, 3], "claim_id": [f"{FEE} {BUS}", None, None],
                         "source_id": [None, "fred-2026-07-exchange-rates", None]})  # fmt: skip
    file = file_of(alt.Chart(data).mark_tick().encode(x="x:Q"))
    assert list(file["claim_id"]) == [f"{FEE} {BUS}", "", FEE]
    documents = [claim(FEE).source_id, claim(BUS).source_id]
    assert list(file["source_id"]) == [
        " ".join(documents), "fred-2026-07-exchange-rates", ""
    ]  # fmt: skip
    assert list(file["ids are those of"]) == [ROW, ROW, FIGURE]
    assert list(file["address in the register"]) == [
        f"chapters/evidence.html#claim-{FEE} chapters/evidence.html#claim-{BUS}",
        "chapters/evidence.html#source-fred-2026-07-exchange-rates",
        f"chapters/evidence.html#claim-{FEE}",
    ]


def test_a_file_says_under_which_assumptions_it_was_drawn():
    chart = alt.Chart(pd.DataFrame({"x": [1]})).mark_tick().encode(x="x:Q")
    assert list(file_of(chart)["assumptions"]) == ["as published"]
    changed = file_of(chart, changed={"fee_low": "1"})
    assert list(changed["assumptions"]) == ["not the published ones: fee_low=1"]


def test_columns_that_place_or_label_what_other_columns_say_are_left_out():
    data = pd.DataFrame({"people": [5, 7], "signed": [5, -7], "known": ["2012", "2013-02"],
                         "begun": ["2012-01-01", "2013-02-01"], "label": ["a: 5", "b: 7"],
                         "what": ["a", "b"]})  # fmt: skip
    base = alt.Chart(data).encode(x="begun:T", y=alt.Y("signed:Q", title="people at once"))
    dots = base.mark_point().encode(tooltip=["people:Q", "known:N", "what:N"])
    table = table_of(alt.layer(dots, base.mark_text().encode(text="label:N")))
    assert list(table.columns) == ["people", "known", "what it is"]


def test_what_a_mark_tells_has_words_for_names():
    data = pd.DataFrame({"first_reported": ["2012"], "x": [1]})
    chart = alt.Chart(data).mark_point().encode(x="x:Q", tooltip=["first_reported:N"])
    assert spec_of(chart)["encoding"]["tooltip"][0]["title"] == "first reported"


def test_data_computed_in_the_chart_are_given_as_computed():
    fee = alt.param(name="fee", value=-2.5)
    chart = alt.Chart(pd.DataFrame({"bags": [1, 2]})).transform_calculate(
        total=alt.datum.bags * fee
    )
    chart = chart.mark_line().encode(
        x=alt.X("bags:Q", title="bags"), y=alt.Y("total:Q", title="yuan")
    )
    table = table_of(chart.add_params(fee))
    assert list(table["bags"]) == [1, 2]
    assert list(table["total (yuan)"]) == [-2.5, -5]


def test_layers_of_one_table_give_each_row_once_and_rules_are_no_rows():
    data = pd.DataFrame({"day": pd.to_datetime(["2020-01-31", "2020-02-29"]), "n": [1.0, None]})
    base = alt.Chart(data).encode(x="day:T", y=alt.Y("n:Q", title="people"))
    rule = alt.Chart(pd.DataFrame({"on": ["2020-02-01"]})).mark_rule().encode(x="on:T")
    dots = base.transform_filter("isValid(datum.n)").mark_point()
    parts = tables(
        spec_of(alt.layer(base.mark_line(invalid="break-paths-filter-domains"), dots, rule))
    )
    assert [part.name for part in parts] == ["people"]
    assert parts[0].rows == [["2020-01-31", "1"], ["2020-02-29", ""]]


def test_equal_rows_of_one_table_are_two_marks():
    data = pd.DataFrame({"x": [3, 3]})
    assert list(table_of(alt.Chart(data).mark_tick().encode(x="x:Q"))["x"]) == [3, 3]


def test_panels_are_named_in_a_column():
    panels = [
        alt.Chart(pd.DataFrame({"x": [n], "y": [n]})).mark_point().encode(
            x="x:Q", y=alt.Y("y:Q", title=title))
        for n, title in enumerate(("yuan", "dollars"))
    ]  # fmt: skip
    table = table_of(alt.vconcat(*panels))
    assert list(table.columns) == ["part", "x", "y"]
    assert list(table["part"]) == ["yuan", "dollars"]


def test_short_data_stand_in_a_table_and_long_ones_are_summed_up():
    def details(count):
        data = pd.DataFrame({"x": range(1, count + 1), "kind": "<a>"})
        chart = alt.Chart(data).mark_point().encode(x=alt.X("x:Q", title="bags"), color="kind:N")
        spec = spec_of(chart)
        details = data_details(tables(spec), "x.csv", origins_of(spec), "evidence.html")
        return BeautifulSoup(details, "html.parser")

    short, long = details(3), details(1200)
    assert [row.get_text(" ") for row in short.tbody.find_all("tr")] == ["1 <a>", "2 <a>", "3 <a>"]
    assert {head["scope"] for head in short.find_all("th")} == {"col", "row"}
    assert long.table is None and long.a["href"] == "x.csv"
    assert "1,200 rows" in long.text and "from 1 to 1,200" in long.text


def test_a_picture_to_post_has_its_finding_its_note_and_its_sources_in_it():
    chart = vl_convert.vegalite_to_svg(spec_of(alt.Chart(pd.DataFrame({"x": [1]})).mark_point()))
    svg = ET.fromstring(poster(chart, "A finding & more", ["Source: nobody.", "long " * 60]))
    words = [element.text for element in svg.iter() if element.tag.endswith("text")]
    assert words[:2] == ["A finding & more", "Source: nobody."]
    assert all(len(line or "") <= 118 for line in words)


def test_a_row_of_the_pages_table_ends_in_links_to_its_claims():
    spec = spec_of(range_rows(claim_rows({FEE: "suitcase"}), label="label", title="yuan"))
    details = data_details(tables(spec), "x.csv", origins_of(spec), "evidence.html", follows=True)
    page = BeautifulSoup(details, "html.parser")
    assert "outlet" not in [head.text for head in page.select("thead th")]
    link = page.select_one("tbody td:last-child a")
    assert (link.text, link["href"]) == (claim(FEE).outlet, f"evidence.html#claim-{FEE}")
    assert "published rows" in page.select_one(".yalu-published-rows").text


def test_pictures_are_light_as_wide_as_their_place_and_have_no_colour_that_the_dark_page_lacks(
    built_site,
):
    hues = {hue for hue, _ in COLOURS.values()} | {"none", "transparent", "currentColor"}
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        assert len(gzip.compress(text.encode())) < 115_000, path.stem
        assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', text)) <= hues, path.stem
        page = BeautifulSoup(text, "html.parser")
        for kind, width in WIDTHS.items():
            widths = [float(svg["width"]) for svg in page.select(f".yalu-chart-{kind} svg")]
            assert widths and all(width - 6 <= found <= width + 2 for found in widths), path.stem


def test_every_figure_has_all_its_files_and_there_are_no_others(built_site):
    expected = {f"{name}.{kind}" for name in FIGURES for kind in KINDS}
    assert {path.name for path in FILES.iterdir()} == expected


def test_the_files_of_a_figure_can_be_read_and_say_what_they_are(built_site):
    for name in FIGURES:
        file = {kind: FILES / f"{name}.{kind}" for kind in KINDS}
        spec = json.loads(file["json"].read_text(encoding="utf-8"))
        svg = ET.fromstring(file["svg"].read_text(encoding="utf-8"))
        words = " ".join(e.text or "" for e in svg.iter() if e.tag.endswith("text"))
        papers = spec["usermeta"]["yalu"]
        credit = ("CC BY 4.0", "evidence of", papers["figure address"])
        for told in (" ".join(spec["title"]), "Source", "Across the Yalu", *credit):
            assert told in words, name
        size = struct.unpack(">II", file["png"].read_bytes()[16:24])
        for pixels, side in zip(size, ("width", "height"), strict=True):
            assert abs(pixels - 1.7 * float(svg.get(side))) <= 2, name
        assert file["png"].stat().st_size < 150_000, name
        picture = Image.open(file["png"])
        assert picture.info["Title"] == papers["figure"], name
        assert picture.info["Copyright"] == papers["licence"] == "CC BY 4.0", name
        assert picture.info["Date"] == papers["evidence as of"], name
        assert len(spec["description"].split()) > 8, name
        assert chart_cache.svg(spec).count("<path") > 1, name
        script = file["js"].read_text(encoding="utf-8")
        assert script.startswith(f'window.yalu.chart("{name}", '), name


def test_every_row_of_every_figure_leads_to_documents_of_the_ledger(built_site):
    sources = set(evidence.load("sources")["source_id"])
    documents = dict(evidence.load("claims")[["claim_id", "source_id"]].itertuples(index=False))
    for name in FIGURES:
        with (FILES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert rows, name
        heads = [head for head in rows[0] if head not in ADDED]
        assert not {"y", "on", "now", "n"} & set(heads), name
        assert not any("_" in head for head in heads), name
        assert all(any(row[head] for row in rows) for head in heads), name
        for row in rows:
            claims, named = row["claim_id"].split(), set(row["source_id"].split())
            assert named and named <= sources, name
            assert {documents[one] for one in claims} <= named, name
            assert row["ids are those of"] in (ROW, FIGURE) and row["outlet"], name
            assert ".html#" in row["address in the register"], name
            told = ("CC BY 4.0", "as published", f"{evidence.last_recorded()}")
            papers = (row["licence"], row["assumptions"], row["evidence as of"])
            assert papers == told and row["edition"] and row["figure"], name


def test_the_map_lists_every_state_that_is_coloured(built_site):
    table = pd.read_csv(FILES / "repatriation-reports-map.csv")
    assert {"China", "Russia"} <= set(table["state"])
    assert table["state"].is_unique and table["kind"].notna().all()


def test_the_picture_beside_a_specification_is_for_other_readers_of_the_notebook():
    wanted = get_mime_priority("html", YaluOutput.mime_priority_overrides)
    for mime in ("image/png", "image/svg+xml", "text/plain"):
        data = SimpleNamespace(output_metadata={METADATA: {"figure": {}}}, mime_type=mime)
        assert YaluOutput.handle_mime(None, data, inline=False) == [], mime
        assert wanted.index(VEGALITE) < wanted.index(mime)


def parts_of(spec, data=None):
    """The parts of a chart that stand above each other: their layers, each with its data."""
    data = spec.get("data", data)
    if "vconcat" in spec:
        return [part for one in spec["vconcat"] for part in parts_of(one, data)]
    layers = spec.get("layer", [spec.get("spec", spec)])
    outer = {"encoding": spec.get("encoding", {}), "row": spec.get("facet", {}).get("row")}
    inner = [layer for one in layers for layer in one.get("layer", [one])]
    return [[{**outer, **one, "encoding": outer["encoding"] | one.get("encoding", {}),
              "data": one.get("data", data)} for one in inner]]  # fmt: skip


def rows_of(part, datasets):
    """The rows of a part: the values of its discrete y axis, for each panel of its own."""
    for layer in part:
        y = layer["encoding"].get("y", {})
        fields = [y["field"]] if y.get("type") in ("nominal", "ordinal") else []
        fields += [layer["row"]["field"]] if fields and layer.get("row") else []
        data = layer["data"] or {}
        rows = datasets.get(data.get("name"), data.get("values") or [])
        if fields:
            yield from (tuple(row.get(field) for field in fields) for row in rows)


@pytest.mark.parametrize("chapter", [path.stem for path in chapter_files(ROOT)])
def test_no_figure_has_many_rows_and_axes_on_a_log_scale_say_so(built_site, chapter):
    found = []
    for name in sidecar(chapter).figures:
        text = (built_site / f"_static/figures/{chapter}-{name}.json").read_text(encoding="utf-8")
        spec = json.loads(text)
        parts = parts_of(spec)
        rows = sum(len(set(rows_of(part, spec.get("datasets", {})))) for part in parts)
        if rows > 16:
            found.append(f"{name}: {rows} rows")
        for part in parts:
            for way in ("x", "y"):
                channels = [layer["encoding"].get(way, {}) for layer in part]
                scales = {(one.get("scale") or {}).get("type") for one in channels}
                titles = [one.get("title") or (one.get("axis") or {}).get("title") or ""
                          for one in channels]  # fmt: skip
                if "log" in scales and "log scale" not in " ".join(map(str, titles)):
                    found.append(f"{name}: a log scale whose axis says {titles}")
    assert not found
