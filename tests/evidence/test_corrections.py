"""Declared corrections: applied, visible beside what was printed, and guarded."""

from pathlib import Path

import pytest

from helpers.evidence import claim, load

FILE = "data/corrections.yml"
CLAIMS = "data/ledger/claims.csv"


def test_the_first_won_figure_of_2017_is_read_as_south_korean_won() -> None:
    won = claim("party-payment-2017-kpw")
    assert (won.value, won.unit, won.printed_unit) == (7_800_000, "KRW", "KPW")
    assert won.usable and won.correction_id == "party-payment-2017-won"


def test_the_second_won_figure_of_2017_stays_as_printed_and_out_of_use() -> None:
    won = claim("annual-earnings-2017-kpw")
    assert (won.value, won.unit) == (1_000_000, "KPW")
    assert not won.usable and won.correction_id == "annual-earnings-2017-won"


def test_the_square_metre_of_luggage_becomes_the_cubic_metre_of_the_original() -> None:
    area = claim("luggage-area-2024-daily-nk")
    assert (area.high, area.unit, area.printed_unit) == (1, "m3", "m2")
    assert area.unit == claim("luggage-volume-2024-daily-nk-ko").unit


def test_the_won_of_the_miners_is_flagged_and_usable() -> None:
    miners = claim("wage-2016-mines-krw")
    assert (miners.value, miners.unit, miners.usable) == (41_000, "KRW", True)
    assert miners.correction_id == "miners-2016-won"


def test_every_mislabelled_claim_is_declared_and_only_mended_ones_are_usable() -> None:
    claims = load("claims")
    mislabelled = claims[claims["status"] == "mislabelled"]
    assert mislabelled["correction_id"].notna().all()
    mended = load("corrections").set_index("correction_id")["action"].isin(["set", "relabel"])
    assert (mislabelled["correction_id"].map(mended) == mislabelled["usable"]).all()
    assert not claims.loc[claims["status"] == "superseded", "usable"].any()


def test_a_lost_nought_in_a_month_of_trade_is_put_back() -> None:
    counts = load("trade_month_counts").set_index("correction_id")
    row = counts.loc["imports-jan-2020-digit"]
    assert (row["usd_million"], row["printed_usd_million"]) == (10.306, 1.306)


def test_corrections_fail_once_the_source_has_mended_itself(edit, lines) -> None:
    edit(CLAIMS, "party-payment-2017-kpw", unit="KRW")
    edit(CLAIMS, "luggage-area-2024-daily-nk", unit="m3")
    edit(CLAIMS, "annual-earnings-2017-kpw", value="14400000")
    guards = [
        'expect.value of annual-earnings-2017-won: found "14400000"',
        'expect.unit of luggage-cubic-metre: found "m3"',
        'expect.unit of party-payment-2017-won: found "KRW"',
    ]
    told = lines()
    assert len(told) == len(guards)
    for line, guard in zip(told, guards, strict=True):
        assert line.startswith(f"{FILE}:") and guard in line
        assert "remove the entry if the source is mended" in line


def test_a_correction_fails_once_its_row_is_gone(edit, lines) -> None:
    edit(CLAIMS, "error-voa-h1-2020", claim_id="renamed")
    assert any("match of h1-2020-lost-digit: found 0 rows" in line for line in lines())


def test_a_declared_difference_fails_once_it_is_gone_or_has_changed(book: Path, lines) -> None:
    path = book / "data/series/trade_annual.csv"
    text = path.read_text("utf-8")
    path.write_text(text.replace("2011,total,5620,", "2011,total,5629,"), "utf-8")
    (line,) = lines()
    assert line.startswith(f"{FILE}:") and "total-2011-rounded-flows: found none any more" in line
    assert line.endswith("remove the entry")
    path.write_text(text.replace("2011,total,5620,", "2011,total,5600,"), "utf-8")
    (line,) = lines()
    assert 'total-2011-rounded-flows: found "29"; allowed: "9"' in line


# faults of different entries, that one check tells together
FAULTY = [
    {
        "id: apr-2021-sign\n    table: ledger/claims": (
            "id: apr-2021-sign\n    table: ledger/clams", 'found "ledger/clams"'),
        "new: {value: -8.8}": ("new: {value: minus}", 'found "minus"; allowed: a number'),
        "new: {unit: m3}": (
            "new: {colour: red}", 'found "colour"; allowed: value, low, high, unit'),
        "source_id: kita-2019-08-h1": ("source_id: kita", "a key of data/ledger/sources.csv"),
        "match: {claim_id: trade-q1": (
            "match: {claim: trade-q1", "allowed: a column of ledger/claims"),
    },
    {
        "id: miners-2016-won": ("id: jan-2019-fall", "allowed: each id once"),
        "action: relabel": ("action: rename", 'found "rename"; allowed: set, relabel, exclude'),
        "    reason: >-\n": ("    raeson: >-\n", "found no such field"),
    },
    {"match: {claim_id: trade": ("match: [claim_id, trade", "data/corrections.yml:")},
    {"  - id: apr-2021-sign\n": ("  - id: apr-2021-sign\n    id: other\n", "each key once")},
]  # fmt: skip


@pytest.mark.parametrize("faulty", FAULTY)
def test_faulty_entries_are_told_with_their_line(book: Path, lines, faulty) -> None:
    path = book / FILE
    text = path.read_text("utf-8")
    for old, (new, _) in faulty.items():
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    told = [line for line in lines() if line.startswith(f"{FILE}:")]
    for _, words in faulty.values():
        assert any(words in line for line in told), words
