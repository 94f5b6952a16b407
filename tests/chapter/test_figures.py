"""Figures carry a finding, a description and their evidence, and fit a phone."""

import re

import altair as alt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.book.sphinx.figures.svg import WIDTHS, picture
from helpers.chapter import event_rules, range_rows
from helpers.chapter.charts import BASES, COLOURS, claim_rows, log_ticks, spans, theme
from helpers.chapter.figure import VEGALITE, with_width
from helpers.errors import YaluError
from helpers.evidence import load

CLAIMS = ["lug-2023-5yuan"]


def chart():
    return alt.Chart(pd.DataFrame({"x": [1, 2]})).mark_point().encode(x="x:Q")


def test_a_figure_shows_title_description_and_sources(ch, shown):
    ch.figure("plain", chart(), claims=CLAIMS)
    bundle, about = shown[-1]
    assert " ".join(bundle[VEGALITE]["title"]) == "A plain title"
    assert about["figure"]["name"] == "luggage-plain"
    assert len(about["figure"]["description"].split()) > 8
    assert about["figure"]["sources"] == ["rfa-ko-2023-12-return-costs"]


def test_a_figure_without_its_papers_is_refused(ch):
    for name, cited, said in (
        ("no-such", {}, 'no figure "no-such"; declare it under figures'),
        ("plain", {}, "name the claims or sources"),
        ("plain", {"sources": ["nowhere"]}, 'unknown source "nowhere"'),
        ("plain", {"claims": ["nothing"]}, 'no claim "nothing"'),
    ):
        with pytest.raises(YaluError, match=said):
            ch.figure(name, chart(), **cited)


def test_a_formula_that_writes_the_field_it_reads_is_refused(ch):
    for formula in (alt.datum.x / 7, "sqrt(datum['x'])"):
        again = chart().transform_calculate(x=formula)
        for one in (again, alt.layer(chart(), again), alt.vconcat(chart(), again)):
            with pytest.raises(YaluError, match=r"figure plain: .* the field x that") as told:
                ch.figure("plain", one, claims=CLAIMS)
            assert "write to another field" in str(told.value) and "\n" not in str(told.value)


def test_a_formula_that_writes_a_new_field_is_drawn(ch, shown):
    made = chart().transform_calculate(weeks=alt.datum.x / 7, x_=alt.datum.x, late="datum.xs")
    ch.figure("plain", made, claims=CLAIMS)
    assert shown


def test_charts_side_by_side_are_refused():
    with pytest.raises(YaluError, match="stack them"):
        with_width(alt.hconcat(chart(), chart()).to_dict(), 340)


def test_width_reaches_stacked_charts():
    spec = with_width(alt.vconcat(chart(), alt.layer(chart(), chart())).to_dict(), 340)
    assert [part["width"] for part in spec["vconcat"]] == [340, 340]


def test_every_basis_has_its_own_colour_and_shape():
    assert set(BASES) == set(load("claims")["basis"])
    assert len({hue for _, hue, _ in BASES.values()}) == len(BASES)
    assert len({shape for _, _, shape in BASES.values()}) == len(BASES)


def test_the_theme_uses_only_colours_that_the_dark_page_replaces():
    light = {pair[0] for pair in COLOURS.values()}

    def colours(node):
        if isinstance(node, dict):
            return [c for value in node.values() for c in colours(value)]
        if isinstance(node, list):
            return [c for value in node for c in colours(value)]
        return [node] if isinstance(node, str) and node.startswith("#") else []

    assert set(colours(theme())) <= light


ends = st.one_of(st.none(), st.floats(1, 1e6))


@given(st.lists(st.tuples(ends, ends, ends), min_size=1, max_size=8))
def test_spans_draw_what_is_known_and_no_more(rows):
    rows = [r for r in rows if any(x is not None for x in r)]
    if not rows:
        return
    data = spans(pd.DataFrame(rows, columns=["value", "low", "high"]))
    for (value, low, high), row in zip(rows, data.to_dict("records"), strict=True):
        assert row["from_"] in (low, value, high)
        assert row["to_"] in (low, value, high)
        known = (value is not None, low is not None, high is not None)
        assert row["open_"] == {(False, True, False): "high", (False, False, True): "low"}.get(
            known, ""
        )
        if value is not None:
            assert row["dot_"] == value


def test_rows_of_claims_keep_order_and_evidence():
    rows = claim_rows({"lug-2023-5yuan": "bus", "lug-2014-18yuan": "train"})
    assert list(rows["label"]) == ["bus", "train"]
    assert list(rows["value"]) == [5, 18]
    spec = range_rows(rows, label="label", title="yuan").to_dict()
    assert spec["height"] == {"step": 40}


def test_a_figure_carries_the_columns_that_its_chart_names_and_no_others(ch, shown):
    data = pd.DataFrame({"x": [1], "note": ["a private remark"]})
    ch.figure("plain", alt.Chart(data).mark_point().encode(x="x:Q"), claims=CLAIMS)
    spec = shown[-1][0][VEGALITE]
    assert list(spec["datasets"].values()) == [[{"x": 1}]]


def test_days_begin_where_the_reader_is(ch, shown):
    data = pd.DataFrame({"day": ["2020-01-31"], "text": ["2020-01-31"]})
    words = alt.Chart(data).mark_text().encode(x="day:T", text="text:N")
    ch.figure("plain", words, claims=CLAIMS)
    (row,) = next(iter(shown[-1][0][VEGALITE]["datasets"].values()))
    assert row == {"day": "2020-01-31T00:00:00", "text": "2020-01-31"}


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(3, 40, [1, 2, 5, 10, 20, 50, 100, 200, 500]), (40_000, 2e8, [1e4, 1e5, 1e6, 1e7, 1e8, 1e9])],
)
def test_log_axes_have_round_ticks(low, high, ticks):
    assert log_ticks(low, high) == ticks


def test_a_log_axis_refuses_zero():
    with pytest.raises(YaluError, match="above zero, found 0"):
        log_ticks(0, 10)


@pytest.mark.parametrize("kind", ("narrow", "wide"))
def test_facets_and_stacks_fill_their_width_and_no_more(ch, shown, kind):
    data = pd.DataFrame({"x": [1, 2], "s": ["a", "b"]})
    plain = alt.Chart(data).mark_point().encode(x="x:Q").properties(height=60)
    for stacked, marks in ((plain.facet(row="s:N"), 2), (alt.vconcat(plain, plain), 4)):
        ch.figure("plain", stacked, claims=CLAIMS)
        svg = picture(shown[-1][0][VEGALITE], kind, "t")
        drawn = float(re.search(r'width="([\d.]+)"', svg)[1])
        assert drawn == pytest.approx(WIDTHS[kind], abs=8)
        assert svg.count("<path") == marks


@pytest.mark.parametrize(
    ("dates", "sides"),
    [
        (
            ["2017-08-14", "2018-01-06", "2020-01-31", "2022-09-26"],
            ["left", "right", "left", "left"],
        ),
        (["2019-03-22"], ["left"]),
        ([], []),
    ],
)
def test_labels_of_close_events_stand_on_either_side(dates, sides):
    events = pd.DataFrame({"date_from": pd.to_datetime(dates), "label": list("abcd")[: len(dates)]})
    spec = event_rules(events).to_dict()
    (rows,) = spec["datasets"].values()
    assert [row["side_"] for row in rows] == sides


def test_one_of_several_charts_has_the_legend_of_all():
    rows = claim_rows({"lug-2023-5yuan": "bus"})
    bases = ["anonymous-source", "derived"]
    spec = range_rows(rows, label="label", title="yuan", bases=bases).to_dict()
    domain = spec["layer"][0]["encoding"]["color"]["scale"]["domain"]
    assert domain == ["anonymous source", "derived by us"]


def test_the_house_theme_survives_what_altair_sets(ch, shown):
    ch.figure("plain", chart().configure_view(continuousWidth=200), claims=CLAIMS)
    view = shown[-1][0][VEGALITE]["config"]["view"]
    assert (view["stroke"], view["continuousWidth"]) == (None, 200)
