"""yalu claim: one claim read at a terminal, and claims found by their words."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from helpers.cli import main
from helpers.errors import YaluError
from helpers.evidence import load
from helpers.evidence.lookup import folded, search
from helpers.evidence.rebuild import rebuild

CLAIMS = "data/ledger/claims.csv"


def yalu(*words: str) -> Result:
    return CliRunner().invoke(main, ["claim", *words])


@pytest.fixture
def here(book: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YALU_BOOK", str(book))
    return book


def test_a_claim_is_told_with_all_that_is_known_of_it(here: Path) -> None:
    run = yalu("dandong-2017-yonhap")
    assert run.exit_code == 0
    text = " ".join(run.output.split())
    for part in (
        "figure more than 20,000 people",
        "place Dandong",
        "period 2017",
        "population DPRK workers",
        "said by anonymous source, via Yonhap",
        "status disputed",
        "document UAWire 2017: Media: Most North Korean workers",
        "address http://uawire.azurewebsites.net/media",
        "goes back to itself",
        "repeated by ch-dandong-20000b: more than 20,000 people, Dandong, 2017, Seoul Shinmun",
        "4 outlets, one origin",
        "agrees with no other claim",
        "differs from workers-dandong-2017-09-daily-nk: about 5,000–7,000 people",
        "used in not known: build the book first",
    ):
        assert part in text
    lines = [line for line in run.output.splitlines() if "http" not in line]
    assert max(map(len, lines)) < 120


def test_a_corrected_claim_tells_its_correction(here: Path) -> None:
    text = " ".join(yalu("party-payment-2017-kpw").output.split())
    assert "correction relabel: printed value=7800000|unit=KPW" in text
    assert "now unit=KRW" in text
    assert "left out of every computation" in yalu("annual-earnings-2017-kpw").output


def test_pages_come_from_the_last_build(here: Path) -> None:
    note = here / "_build" / "usage.json"
    note.parent.mkdir()
    note.write_text(json.dumps({"kuwait-2017-08": ["repatriation", "evidence"]}))
    assert "used in       repatriation, evidence" in yalu("kuwait-2017-08").output
    assert "used in       no page" in yalu("dandong-2017-yonhap").output
    for spoiled in ("{", "[]", '{"a": 1}', "\udcff"):
        note.write_bytes(spoiled.encode("utf-8", "surrogateescape"))
        assert "not known: build the book first" in yalu("kuwait-2017-08").output


def test_json_holds_the_same(here: Path) -> None:
    told = json.loads(yalu("--json", "ch-dandong-20000b").output)
    assert told["figure"] == "more than 20,000 people"
    assert (told["value"], told["low"], told["usable"]) == (None, 20000, True)
    assert [one["claim_id"] for one in told["origins"]] == ["dandong-2017-yonhap"]
    assert told["document"]["outlet"] == "Seoul Shinmun"
    assert told["correction"] is None and told["pages"] is None
    assert "workers-dandong-2017-09-daily-nk" in {one["claim_id"] for one in told["disagrees"]}


def test_every_kind_of_claim_can_be_told(here: Path) -> None:
    frame = load("claims")
    kinds = frame.drop_duplicates(["basis", "qualifier", "unit", "status"])
    for claim in kinds["claim_id"].iloc[::20]:
        run = yalu(claim)
        assert run.exit_code == 0, run.output
        assert run.output.startswith(f"{claim}\n  figure ")


@pytest.mark.parametrize("words", [["dandong-2017-yonhp"], ["x" * 5000]])
def test_an_unknown_claim_is_told_on_one_line(words: list[str]) -> None:
    run = yalu(*words)
    assert run.exit_code == 2
    assert len(run.output.splitlines()) == 1 and len(run.output) < 400
    assert run.output.startswith("no claim ")


def test_near_ids_are_offered() -> None:
    assert "did you mean dandong-2017-yonhap" in yalu("dandong-2017-yonhp").output


@pytest.mark.parametrize("words", [[], ["one", "two"], ["--search"], ["--search", " "]])
def test_too_little_or_too_much_is_a_wrong_call(words: list[str]) -> None:
    run = yalu(*words)
    assert run.exit_code == 2 and len(run.output.splitlines()) == 1


def test_a_search_prints_a_line_a_claim_and_the_number() -> None:
    run = yalu("--search", "KUWAIT reuters")
    assert run.exit_code == 0
    *lines, number = run.output.splitlines()
    assert "kuwait-2017-09-reuters: 3,000 people, Kuwait, 2017-09, Reuters, disputed" in lines
    assert number == f"{len(lines)} claim{'s' if len(lines) > 1 else ''} found"


def test_all_words_must_occur_in_any_order_quoted_or_not() -> None:
    assert yalu("--search", "kuwait", "reuters").output == yalu("--search", "reuters kuwait").output
    assert yalu("--search", "kuwait nowhere-else").exit_code == 1


def test_a_statement_is_told_whole(here: Path) -> None:
    run = yalu("bag-gifts-cut-2024")
    assert run.exit_code == 0 and run.output.startswith("bag-gifts-cut-2024\n  statement ")
    text = " ".join(run.output.split())
    for part in (
        "Workers have to cut back on presents", "about baggage transport", "place China",
        "period 2024-03", "population returning DPRK workers", "said by anonymous source in China",
        "basis anonymous source", "document Daily NK 2024", "address https://www.dailynk.com/",
        "used in not known: build the book first",
    ):  # fmt: skip
        assert part in text
    note = here / "_build" / "usage.json"
    note.parent.mkdir()
    note.write_text(json.dumps({"bag-gifts-cut-2024": ["luggage"]}))
    assert "used in       luggage" in yalu("bag-gifts-cut-2024").output
    told = json.loads(yalu("--json", "bag-gifts-cut-2024").output)
    assert told["statement_id"] == "bag-gifts-cut-2024" and told["pages"] == ["luggage"]
    assert told["document"]["outlet"] == "Daily NK" and told["theme"] == "luggage"
    assert json.loads(yalu("--json", "bag-gifts-cut-2024").output)["period_from"] == "2024-03-01"


def test_a_near_statement_is_offered() -> None:
    assert "did you mean bag-gifts-cut-2024" in yalu("bag-gifts-cut-224").output


def test_statements_are_found_beside_claims() -> None:
    lines = yalu("--search", "PRESENTS").output.splitlines()
    assert lines[-1] == "1 claim and 1 statement found"
    assert lines[-2].startswith("bag-gifts-cut-2024: Workers have to cut back on presents")
    assert lines[-2].endswith("(China, 2024-03, Daily NK)")
    found = json.loads(yalu("--search", "presents", "--json").output)
    assert [one.get("statement_id") for one in found] == [None, "bag-gifts-cut-2024"]


def test_help_names_statements() -> None:
    assert "Show one claim or statement of the ledger" in yalu("--help").output


def test_nothing_found_ends_with_one() -> None:
    run = yalu("--search", "xylophone")
    assert (run.exit_code, run.output) == (1, "0 claims found\n")
    run = yalu("--search", "xylophone", "--json")
    assert run.exit_code == 1 and json.loads(run.output) == []


def test_json_of_a_search_names_the_claims() -> None:
    found = json.loads(yalu("--search", "--json", "kuwait").output)
    assert {"claim_id", "figure", "place", "period", "outlet"} <= set(found[0])
    assert [one["claim_id"] for one in found] == search("kuwait")


@pytest.mark.parametrize(
    ("words", "claim"),
    [
        ("dprk_entries_to_china yonhap", "vis-total-2012-yonhap"),
        ("kept by the worker asahi", "keep-2024-asahi"),
        ("manager of DPRK workers", "workers-dandong-2017-09-daily-nk"),
        ("most north korean workers are returning", "dandong-2017-yonhap"),
        ("people's daily group", "share-2012-ceweekly"),
        ("[", None),
        (".*", None),
    ],
)
def test_all_the_words_of_a_claim_are_searched(words: str, claim: str | None) -> None:
    found = search(words)
    assert (claim in found) == (claim is not None) and len(found) < 100


@pytest.mark.parametrize(
    ("one", "other"),
    [("Kołobrzeg", "KOŁOBRZEG"), ("São Tomé", "sao tome"), ("People’s", "people's"), ("é", "É")],
)
def test_case_accents_and_quotes_do_not_matter(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_korean_syllables_stay_whole() -> None:
    assert folded("노동자") == "노동자" and folded("가") not in folded("각")


def test_control_characters_do_not_reach_the_ledger(here: Path, edit) -> None:
    edit(CLAIMS, "kuwait-2017-08", note="red \x1b[31m and \x07")
    with pytest.raises(YaluError, match="text without invisible characters") as caught:
        rebuild(here)
    assert "\x1b" not in str(caught.value)


def test_a_search_without_words_raises() -> None:
    with pytest.raises(YaluError, match="give a word"):
        search("  ")
