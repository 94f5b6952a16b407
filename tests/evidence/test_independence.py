"""Independence: echoes add nothing, computed figures rest on their operands."""

import time
from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.errors import YaluError
from helpers.evidence import independent_origins, load, origins, repeats_of, support

CLAIMS = "data/ledger/claims.csv"
COLUMNS = (
    "claim_id",
    "repeats",
    "derived_from",
    "source_id",
    "outlet_family",
    "attribution",
    "basis",
)
Row = tuple[str | None, ...]


def table(rows: list[Row]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS), dtype="str")


def said(claim: str, house: str, who: str = "a source", basis: str = "anonymous-source") -> Row:
    return (claim, None, None, f"doc-{claim}", house, who, basis)


def echo(claim: str, target: str, house: str) -> Row:
    return (claim, target, None, f"doc-{claim}", house, "a source", "anonymous-source")


def derived(claim: str, *operands: str) -> Row:
    return (claim, None, ";".join(operands), f"doc-{claim}", "us", "own calculation", "derived")


@st.composite
def ledgers(draw: st.DrawFn, most: int = 14) -> pd.DataFrame:
    """Small ledgers: each row stands for itself, repeats an earlier one or is computed."""
    rows: list[Row] = []
    for number in range(draw(st.integers(1, most))):
        claim, earlier = f"c{number:02}", [str(row[0]) for row in rows]
        kind = draw(st.sampled_from(["said", "said", "echo", "derived"])) if rows else "said"
        house = draw(st.sampled_from("ABCD"))
        if kind == "echo":
            rows.append(echo(claim, draw(st.sampled_from(earlier)), house))
        elif kind == "derived":
            operands = draw(st.lists(st.sampled_from(earlier), min_size=1, max_size=3))
            rows.append(derived(claim, *operands))
        else:
            who = draw(st.sampled_from(["customs", "customs via A", "ministry", "NIS"]))
            basis = draw(st.sampled_from(["official-statistic", "anonymous-source"]))
            rows.append(said(claim, house, who, basis))
    return table(rows)


def test_repeats_of_one_report_are_four_outlets_and_one_origin() -> None:
    ids = ["dandong-2017-yonhap", "ch-dandong-20000b", "dandong-2017-yonhap-sputnik",
           "dandong-2017-yonhaptv"]  # fmt: skip
    assert str(support(ids)) == "4 outlets, one origin"
    assert support(ids).origin_ids == {"dandong-2017-yonhap"}
    assert repeats_of("dandong-2017-yonhap") == sorted(ids[1:])


def test_two_houses_with_their_own_sources_are_two_origins() -> None:
    ids = ["dandong-2017-yonhap", "workers-dandong-2017-09-daily-nk"]
    assert independent_origins(ids) == 2


def test_one_house_is_one_origin_in_all_its_languages() -> None:
    families = load("claims").set_index("claim_id")["outlet_family"]
    ids = ["dandong-2022-11-pcr", "workers-dandong-2017-09-daily-nk"]
    assert set(families[ids]) == {"daily-nk"} and independent_origins(ids) == 1


def test_one_institution_is_one_origin_whoever_prints_it() -> None:
    rows = [
        said("a", "A", "Chinese customs", "official-statistic"),
        said("b", "B", "Chinese customs via VOA", "official-statistic"),
        said("c", "C", "KITA", "official-statistic"),
    ]
    frame = table(rows)
    assert independent_origins(["a", "b"], frame) == 1
    assert independent_origins(frame, frame) == 2


def test_the_same_words_for_a_nameless_source_are_two_people() -> None:
    frame = table([said("a", "A"), said("b", "B")])
    assert independent_origins(frame, frame) == 2


def test_houses_and_institutions_are_matched_as_well_as_can_be() -> None:
    pairs = [("A", "x"), ("A", "y"), ("B", "x"), ("C", "y"), ("C", "z")]
    rows = [said(f"{h}{w}", h, w, "official-statement") for h, w in pairs]
    frame = table(rows)
    assert independent_origins(frame, frame) == 3


def test_a_computed_claim_rests_on_its_operands_through_echoes() -> None:
    frame = table(
        [
            said("a", "A"),
            echo("e", "a", "B"),
            said("b", "B"),
            derived("d", "e", "b"),
            derived("dd", "d"),
            said("c", "C"),
        ]
    )
    assert origins("dd", frame) == {"a", "b"}
    assert independent_origins(["dd"], frame) == 1
    assert independent_origins(["dd", "a", "b"], frame) == 2
    assert independent_origins(["dd", "c"], frame) == 2


def test_a_relay_does_not_make_its_house_a_second_origin() -> None:
    frame = table([said("a", "A"), echo("e", "a", "B"), said("b", "B"), said("b2", "A")])
    assert independent_origins(["e", "b"], frame) == 2
    assert independent_origins(["e", "b2"], frame) == 1


def test_an_echo_of_an_echo_is_an_echo() -> None:
    assert "new-workers-jilin-2019-nikkei" in repeats_of("new-workers-china-2019-10-daily-nk")
    frame = table([said("a", "A"), echo("e", "a", "B"), echo("f", "e", "C")])
    assert repeats_of("a", frame) == ["e", "f"] and repeats_of("f", frame) == []


def test_no_claims_have_no_origin_and_an_unknown_one_is_told() -> None:
    assert independent_origins([]) == 0
    with pytest.raises(YaluError, match='no claim "nobody"'):
        independent_origins(["nobody"])
    with pytest.raises(YaluError, match="no claim"):
        origins("nobody\nat all")
    with pytest.raises(YaluError, match="no claim"):
        repeats_of("nobody")


def test_a_circle_across_repeats_and_derived_from_is_told() -> None:
    row = ("a", "b", None, "s", "A", "x", "derived")
    other = ("b", None, "a", "s", "A", "x", "derived")
    with pytest.raises(YaluError, match="in a circle: a, b"):
        origins("a", table([row, other]))


def test_very_long_chains_are_followed() -> None:
    chain = [said("c0", "A"), *(echo(f"c{n}", f"c{n - 1}", "B") for n in range(1, 20_000))]
    frame = table(chain)
    start = time.process_time()
    assert origins("c19999", frame) == {"c0"}
    assert len(repeats_of("c0", frame)) == 19_999
    assert time.process_time() - start < 5


@given(ledgers(), st.data())
def test_more_echoes_never_raise_the_number_of_origins(frame: pd.DataFrame, data) -> None:
    ids = list(frame["claim_id"])
    chosen = data.draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
    target = data.draw(st.sampled_from(chosen))
    house = data.draw(st.sampled_from("ABCDE"))
    longer = pd.concat([frame, table([echo("e1", target, house), echo("e2", "e1", "Z")])])
    assert independent_origins([*chosen, "e1", "e2"], longer) == independent_origins(chosen, frame)
    assert origins("e2", longer) == origins(target, frame)


@given(ledgers(), st.randoms())
def test_order_does_not_matter(frame: pd.DataFrame, random) -> None:
    ids = list(frame["claim_id"])
    random.shuffle(ids)
    shuffled = frame.set_index("claim_id", drop=False).loc[ids]
    assert support(ids, shuffled) == support(frame, frame)


@given(ledgers(), st.data())
def test_a_union_is_no_more_than_the_sum_and_no_less_than_its_parts(frame, data) -> None:
    some = st.lists(st.sampled_from(list(frame["claim_id"])), unique=True)
    one, other = data.draw(some), data.draw(some)
    both = independent_origins([*one, *other], frame)
    parts = independent_origins(one, frame), independent_origins(other, frame)
    assert max(parts) <= both <= sum(parts)


@given(ledgers(most=9))
def test_the_count_is_the_largest_choice_of_which_no_two_depend(frame: pd.DataFrame) -> None:
    row = frame.set_index("claim_id")

    def voices(claim: str) -> set[tuple[str, str]]:
        told = set()
        for origin in origins(claim, frame):
            house, who, basis = row.loc[origin, ["outlet_family", "attribution", "basis"]]
            told |= {("origin", origin), ("house", house)}
            told |= (
                {("voice", who.removesuffix(" via A"))} if basis != "anonymous-source" else set()
            )
        return told

    said_by = {claim: voices(claim) for claim in row.index}
    choices = (c for size in range(len(row), 0, -1) for c in combinations(row.index, size))
    apart = (
        len(choice)
        for choice in choices
        if all(said_by[a].isdisjoint(said_by[b]) for a, b in combinations(choice, 2))
    )
    assert independent_origins(frame, frame) == next(apart)


@given(ledgers())
def test_origins_stand_for_themselves_and_bound_the_count(frame: pd.DataFrame) -> None:
    own = frame.set_index("claim_id")
    for claim in frame["claim_id"]:
        for origin in origins(claim, frame):
            assert own.loc[origin, ["repeats", "derived_from"]].isna().all()
    told = support(frame, frame)
    assert 1 <= told.origins <= min(told.claims, len(told.origin_ids))


def test_the_whole_ledger_is_counted_in_well_under_a_second() -> None:
    start = time.process_time()
    frame = load("claims")
    told = support(frame, frame)
    assert told.claims == len(frame) == 991 and told.origins < told.outlets < told.documents
    assert time.process_time() - start < 0.8


def test_twenty_five_thousand_claims_are_counted_without_a_quadratic_wait() -> None:
    frame, copies = load("claims"), 29
    parts = [
        frame.assign(
            claim_id=frame["claim_id"] + f"-{n}",
            repeats=frame["repeats"] + f"-{n}",
            derived_from=None,
        )
        for n in range(copies)
    ]
    big = pd.concat(parts, ignore_index=True)
    start = time.process_time()
    assert support(big, big).claims == 991 * copies
    assert time.process_time() - start < 4


def test_a_change_of_the_clean_table_is_seen(book, monkeypatch) -> None:
    monkeypatch.setenv("YALU_BOOK", str(book))
    assert origins("ch-dandong-20000b") == {"dandong-2017-yonhap"}
    path = book / "data/clean/claims.csv"
    text = path.read_text(encoding="utf-8")
    line = next(row for row in text.splitlines() if row.startswith("ch-dandong-20000b,"))
    path.write_text(text.replace(line, line.replace(",dandong-2017-yonhap,", ",,", 1)), "utf-8")
    assert origins("ch-dandong-20000b") == {"ch-dandong-20000b"}


def test_links_to_no_claim_are_errors_of_the_ledger(edit, lines) -> None:
    first = edit(CLAIMS, "vis-q1-2010", repeats="nobody")
    other = edit(CLAIMS, "vis-total-2011", basis="derived", derived_from="vis-total-2010;nobody")
    told = lines()
    for line, column in ((first, "repeats"), (other, "derived_from")):
        assert any(text.startswith(f"{CLAIMS}:{line}: column {column}: found") for text in told)


def test_a_circle_of_derived_claims_is_an_error_of_the_ledger(edit, lines) -> None:
    edit(CLAIMS, "vis-q1-2010", basis="derived", derived_from="vis-total-2010")
    edit(CLAIMS, "vis-total-2010", basis="derived", derived_from="vis-total-2011;vis-q1-2010")
    told = [text for text in lines() if "column derived_from" in text and "no circle" in text]
    assert len(told) == 2
