"""The clean tables: what they hold, and that every run writes the same bytes or nothing."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from frictionless import validate
from hypothesis import given
from hypothesis import strategies as st

from helpers.errors import YaluError
from helpers.evidence import claim, claims, load
from helpers.evidence.check import check
from helpers.evidence.clean import families
from helpers.evidence.csv_tables import first_day, last_day, text
from helpers.evidence.rebuild import made, rebuild

BOOK = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def fresh() -> dict[str, bytes]:
    """What a rebuild of the book's own evidence writes."""
    return made(BOOK)


@pytest.fixture
def quick(fresh: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebuild without checking again, for tests of how files are written."""
    monkeypatch.setattr("helpers.evidence.rebuild.made", lambda root: fresh)


def test_the_evidence_passes_every_check() -> None:
    assert [str(failure) for failure in check(BOOK)] == []


def test_the_committed_tables_are_those_of_a_fresh_rebuild(fresh, quick) -> None:
    stale = [name for name, data in fresh.items() if (BOOK / name).read_bytes() != data]
    assert not stale, "run yalu data"
    assert rebuild(BOOK, write=False) == []


def test_two_rebuilds_from_nothing_give_the_same_bytes(book: Path) -> None:
    shutil.rmtree(book / "data/clean")
    (book / "data/datapackage.json").unlink()
    written = rebuild(book)
    assert Path("data/clean/claims.csv") in written and Path("data/datapackage.json") in written
    for name in written:
        assert (book / name).read_bytes() == (BOOK / name).read_bytes()


def test_a_changed_row_changes_its_table_alone_and_the_order_of_rows_none(book: Path) -> None:
    path = book / "data/series/fx_cny_usd_monthly.csv"
    header, *rows = path.read_text().replace("2012-01,6.3172", "2012-01,6.31").splitlines(True)
    path.write_text(header + "".join(reversed(rows)))
    assert rebuild(book) == [Path("data/clean/fx_months.csv")]
    assert load("fx_months", book).set_index("month").at["2012-01", "cny_per_usd"] == 6.31


def test_a_file_that_no_rebuild_makes_is_removed(book: Path, quick) -> None:
    (book / "data/clean/old.csv").write_text("a\n")
    assert rebuild(book) == [Path("data/clean/old.csv")]
    assert not (book / "data/clean/old.csv").exists()


def test_a_partly_written_folder_is_made_whole(book: Path, quick) -> None:
    (book / "data/clean/claims.csv").write_bytes(b"half a f")
    (book / "data/clean/events.csv").unlink()
    assert rebuild(book) == [Path("data/clean/claims.csv"), Path("data/clean/events.csv")]
    assert (book / "data/clean/claims.csv").read_bytes() == (
        BOOK / "data/clean/claims.csv"
    ).read_bytes()


def test_a_disk_that_fails_leaves_the_old_tables(book: Path, quick, monkeypatch) -> None:
    for name in ("claims", "fx_months"):
        (book / f"data/clean/{name}.csv").write_bytes(b"old")
    before = {path: path.read_bytes() for path in (book / "data").rglob("*") if path.is_file()}
    real, calls = os.replace, []

    def fail(*names: object) -> None:
        calls.append(names)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(*names)

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(YaluError, match="No space left on device"):
        rebuild(book)
    after = {path: path.read_bytes() for path in (book / "data").rglob("*") if path.is_file()}
    assert len(calls) == 2 and after == before


def test_the_data_package_is_valid() -> None:
    report = validate(str(BOOK / "data/datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])
    assert len(report.tasks) == len(list((BOOK / "data/clean").glob("*.csv")))


def test_the_data_package_finds_a_broken_key(book: Path) -> None:
    path = book / "data/clean/fx_months.csv"
    path.write_text(path.read_text().replace("fred-2026-07-exchange-rates", "nobody", 1))
    assert not validate(str(book / "data/datapackage.json")).valid


def test_every_claim_has_days_bounds_house_and_origin() -> None:
    frame = load("claims")
    assert len(frame) == 991
    assert (frame["period_from"].isna() == frame["period_start"].isna()).all()
    assert not (frame["period_from"] > frame["period_to"]).any()
    assert not (frame["lower"] > frame["upper"]).any()
    assert frame[["lower", "upper"]].notna().any(axis=1).all()
    assert set(frame["origin_id"]) <= set(frame["claim_id"])
    assert frame.set_index("claim_id").loc[frame["origin_id"], "repeats"].isna().all()


def test_open_figures_stay_open_on_one_side() -> None:
    frame = load("claims").set_index("qualifier")
    assert frame.loc[["more_than", "at_least"], "upper"].isna().all()
    assert frame.loc[["up_to", "less_than"], "lower"].isna().all()
    exact = frame.loc[["exact"]]
    assert exact["lower"].notna().all() and exact["upper"].notna().all()


def test_a_house_is_one_in_all_its_languages() -> None:
    sources = load("sources").groupby("outlet_family")["outlet"].agg(set)
    assert {"Daily NK", "Daily NK (Korean)", "Daily NK Japan"} == sources["daily-nk"]
    assert {"Radio Free Asia", "Radio Free Asia (Korean)"} == sources["radio-free-asia"]
    assert "KBS World (German)" in sources["kbs"]


def test_an_outlet_without_a_house_is_its_own() -> None:
    none = pd.DataFrame({"outlet": [], "family": [], "family_label": []}, dtype="str")
    outlets = pd.Series(["The Harbin Post (Russian)", "unnamed outlet (mirror)"])
    made_up = families(outlets, none, ["Korean", "Russian"])
    assert list(made_up["outlet_family"]) == ["the-harbin-post", "unnamed-outlet-mirror"]


def test_every_month_and_flow_stands_once_with_gaps_as_gaps() -> None:
    frame = load("trade_months")
    assert len(frame) == 360 and not frame.duplicated(["month", "flow"]).any()
    assert (frame["month"].min(), frame["month"].max()) == ("2016-01", "2025-12")
    assert (frame["usd_million"].isna() == frame["source_id"].isna()).all()
    assert frame["usd_million"].isna().any()
    march = frame.set_index(["month", "flow"]).loc[("2017-03", "export")]
    assert march["usd_million"] == 328 and march["basis"] == "reported"


def test_months_are_added_up_again() -> None:
    frame = load("trade_consistency").set_index(["year", "flow"])
    assert frame.at[(2020, "import"), "sum_usd_million"] == 47.98
    assert frame.at[(2018, "import"), "difference_percent"] == 3.75


def test_freight_is_told_by_the_kilogram_where_it_is_for_a_weight() -> None:
    frame = load("transport_costs").set_index(["mode", "date"])
    out = frame.loc[("rail freight out of North Korea", "2023-02")]
    assert out["cny_per_kg_low"].item() == pytest.approx(3500 / 150)
    tonne = frame[frame["per"] == "t"]
    assert (tonne["cny_per_kg_low"] == tonne["cost_low"] / 1000).all()
    assert frame.loc[frame["unit"] == "KPW", "cny_per_kg_low"].isna().all()
    assert frame.loc[frame["per"] == "bag", "cny_per_kg_low"].isna().all()


def test_worker_counts_carry_who_says_them() -> None:
    frame = load("workers_by_country")
    linked = frame[frame["claim_id"].notna()]
    assert linked["attribution"].notna().all() and linked["basis"].notna().all()
    assert frame.loc[frame["claim_id"].isna(), "attribution"].isna().all()


def test_each_table_is_described_and_typed() -> None:
    assert load("events")["date_from"].dtype == "datetime64[ns]"
    assert load("claims")["usable"].dtype == bool
    assert load("trade_years")["year"].dtype == "int64"
    assert load("places")["lat"].dtype == "float64"


def test_what_a_reader_changes_does_not_reach_the_next_one() -> None:
    first = load("places")
    first["lat"] = 0.0
    assert load("places")["lat"].max() > 40


def test_claims_are_filtered_by_all_that_is_given() -> None:
    volume = claims(indicator="luggage_allowance_volume")
    frame = claims(indicator="luggage_allowance_volume", usable=True, repeats=False)
    assert list(frame["claim_id"]) == ["luggage-volume-2024-daily-nk-ko"] and len(volume) == 2
    assert set(claims(place=["Dandong", "Donggang"])["place"]) == {"Dandong", "Donggang"}


def test_an_unknown_claim_table_or_filter_is_told_with_near_ones() -> None:
    with pytest.raises(YaluError, match=r"did you mean .*party-payment-2017-kpw"):
        claim("party-payment-2017-kp")
    with pytest.raises(YaluError, match='no clean table "claim"; there are claims'):
        load("claim")
    with pytest.raises(YaluError, match='no claim has the place "Dandng"; did you mean Dandong'):
        claims(place="Dandng")


STARTING_FIGURES = {
    "dailynk-2017-09-dandong-repatriated": [
        300,
        170,
        130,
        20,
        5000,
        7000,
        45000,
        7.8e6,
        12000,
        1e6,
    ],
    "dailynk-2019-buying-spree": [3, 70, 1],
    "dailynk-2019-visa-fraud": [38.1, 16.56, 33.7, 197.95, 38.5, 2000, 4000, 5000],
    "dailynk-2024-luggage-smuggling": [100, 700, 1000, 96, 138, 10000, 1400, 1],
    "nikkei-2019-11-interns": [1, 5, 500, 1000, 2000, 100000],
}


def test_each_starting_article_has_its_claims() -> None:
    sources = load("sources")
    starting = sources.loc[sources["note"].str.contains("starting article", na=False), "source_id"]
    assert set(starting) == set(STARTING_FIGURES)
    assert set(starting) <= set(load("claims")["source_id"])


@pytest.mark.parametrize("source", STARTING_FIGURES)
def test_the_figures_of_the_starting_articles_stand_in_the_ledger(source: str) -> None:
    frame = load("claims").set_index("source_id").loc[[source]]
    printed = {n for name in ("value", "low", "high") for n in frame[f"printed_{name}"].dropna()}
    assert set(STARTING_FIGURES[source]) <= printed


@given(
    st.dates(pd.Timestamp("1900-01-01").date(), pd.Timestamp("2199-12-31").date()),
    st.sampled_from([4, 7, 10]),
)
def test_a_partial_date_covers_the_days_that_begin_with_it(day, length: int) -> None:
    partial = day.isoformat()[:length]
    first, last = first_day(pd.Series([partial]))[0], last_day(pd.Series([partial]))[0]
    assert first <= pd.Timestamp(day) <= last
    one = pd.Timedelta(days=1)
    assert first.strftime("%Y-%m-%d")[:length] == last.strftime("%Y-%m-%d")[:length] == partial
    assert (first - one).strftime("%Y-%m-%d")[:length] != partial
    assert (last + one).strftime("%Y-%m-%d")[:length] != partial


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_reads_back_as_the_same_number(value: float) -> None:
    assert float(text(value)) == value
    assert not text(value).endswith(".0")
