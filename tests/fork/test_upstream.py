"""`yalu upstream` tells a fork what was corrected or withdrawn where it came from, and takes it."""

import csv
import io
import json
import shutil

import pytest

from helpers.evidence.published import ledger_of_book

from .conftest import yalu

pytestmark = pytest.mark.book

CLAIMS = "data/ledger/claims.csv"


@pytest.fixture
def fork(grown, tmp_path, monkeypatch):
    """The fork of the small book, which commands find."""
    monkeypatch.setenv("YALU_BOOK", str(tmp_path / "fork"))
    leave = shutil.ignore_patterns("html", "work", "published", "src")
    return shutil.copytree(grown / "pans", tmp_path / "fork", ignore=leave)


@pytest.fixture
def origin(grown, tmp_path):
    """A checkout of the book that it was made from."""
    shutil.copytree(grown / "salt" / "data", tmp_path / "origin" / "data")
    return tmp_path / "origin"


def edit(book, change):
    path = book / CLAIMS
    header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    rows = change([dict(zip(header, row, strict=True)) for row in rows])
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def put(book, claim_id, **cells):
    edit(book, lambda rows: [row | cells if row["claim_id"] == claim_id else row for row in rows])


def withdraw(book, claim_id):
    edit(book, lambda rows: [row for row in rows if row["claim_id"] != claim_id])


def test_nothing_is_told_where_nothing_changed(fork, origin):
    run = yalu("upstream", origin)
    assert run.exit_code == 0 and run.output == "claims: 0 corrected, 0 withdrawn, 9 as they were\n"


def test_a_corrected_claim_is_named_with_its_cells_and_pages(fork, origin):
    put(origin, "harvest-2023-herald", value="4300", note="misread")
    put(origin, "price-2023", value="9")  # not a claim of the fork
    assert yalu("upstream", origin).output.splitlines() == [
        "harvest-2023-herald: corrected upstream; used on: pans",
        "  value: 4100 -> 4300",
        "  note: empty -> misread",
        "claims: 1 corrected, 0 withdrawn, 8 as they were",
    ]


def test_a_correction_of_the_document_or_a_declared_one_counts_too(fork, origin):
    path = origin / "data/ledger/sources.csv"
    path.write_text(path.read_text().replace("Salt: less than thought", "Salt: much less"))
    (origin / "data/corrections.yml").write_text(
        "corrections:\n- {id: slip, table: ledger/claims, match: {claim_id: harvest-2021}, action: "
        "set, expect: {value: 9050}, new: {value: 9500}, reason: turned round}\n"
    )
    lines = yalu("upstream", origin).output.splitlines()
    assert "  source.title: Salt: less than thought -> Salt: much less" in lines
    assert "  correction.new: empty -> value=9500" in lines
    assert "harvest-2021: corrected upstream; used on: pans" in lines


def test_a_withdrawn_claim_is_named(fork, origin):
    withdraw(origin, "harvest-2021-gazette")
    lines = yalu("upstream", origin).output.splitlines()
    assert lines[0] == "harvest-2021-gazette: withdrawn upstream; used on: pans"


def test_published_pages_tell_the_same_as_a_checkout(fork, grown):
    site = grown / "salt/_build/html"
    assert yalu("upstream", site).output.startswith("claims: 0 corrected")
    told = json.loads((site / "data/ledger.json").read_text())
    assert len(told["claims"]) == 20
    assert {claim["sha256"] for claim in told["claims"].values()} == {
        claim.sha256 for claim in ledger_of_book(grown / "salt").claims.values()
    }


def test_a_changed_ledger_file_tells_as_json(fork, grown, tmp_path):
    told = json.loads((grown / "salt/_build/html/data/ledger.json").read_text())
    told["claims"]["harvest-2023"]["claim"]["value"] = "5000"
    (tmp_path / "ledger.json").write_text(json.dumps(told))
    run = yalu("upstream", tmp_path / "ledger.json", "--json")
    (one,) = json.loads(run.output)
    assert one["claim_id"] == "harvest-2023" and one["pages"] == ["index", "pans"]
    assert one["cells"] == {"value": {"here": "5200", "upstream": "5000"}}


def test_a_taken_claim_stands_as_upstream_and_is_told_no_more(fork, origin):
    put(origin, "harvest-2023", value="5000")
    put(origin, "harvest-2022", value="6500")
    run = yalu("upstream", origin, "--take", "harvest-2023")
    assert run.exit_code == 0, run.output
    assert "the parameter harvest is from harvest-2023" in run.output
    assert ",5000," in next(
        line
        for line in (fork / CLAIMS).read_text().splitlines()
        if line.startswith("harvest-2023,")
    )
    assert yalu("upstream", origin).output.splitlines()[-1] == (
        "claims: 1 corrected, 0 withdrawn, 8 as they were"
    )
    assert yalu("data").exit_code == 0


def test_what_a_taken_claim_now_rests_on_comes_with_it(fork, origin):
    put(origin, "harvest-2023-herald", repeats="price-2023")
    run = yalu("upstream", origin, "--take", "harvest-2023-herald")
    # the price is of an indicator and a place that the fork did not have
    assert run.exit_code == 0 and "taken: price-2023" in run.output
    assert "price-2023" in (fork / CLAIMS).read_text() and yalu("data").exit_code == 0


def test_what_cannot_be_taken_is_refused_and_nothing_is_written(fork, origin):
    withdraw(origin, "harvest-2021-gazette")
    put(origin, "harvest-2023", value="5000")
    before = (fork / CLAIMS).read_bytes(), (fork / "LINEAGE.json").read_bytes()
    for claim_id, reason in {
        "harvest-2021-gazette": "withdrawn upstream, so there is nothing to take",
        "harvest-2020": "nothing to take",
        "price-2023": "nothing to take",
        "../x": "nothing to take",
    }.items():
        run = yalu("upstream", origin, "--take", "harvest-2023", "--take", claim_id)
        assert run.exit_code == 2 and reason in run.output, claim_id
        assert len(run.output.splitlines()) == 1
        assert before == ((fork / CLAIMS).read_bytes(), (fork / "LINEAGE.json").read_bytes())


def test_evidence_that_would_fail_its_checks_is_not_taken(fork, origin):
    put(origin, "harvest-2023", place="Nowhere")
    before = (fork / CLAIMS).read_bytes()
    run = yalu("upstream", origin, "--take", "harvest-2023")
    assert run.exit_code == 1 and 'column place: found "Nowhere"' in run.output
    assert (fork / CLAIMS).read_bytes() == before


def test_another_book_no_book_and_no_fork_are_refused(fork, origin, salt, tmp_path, monkeypatch):
    assert "no LINEAGE.json here" in yalu("upstream", origin).output  # salt is the book now
    monkeypatch.setenv("YALU_BOOK", str(fork))
    plan = origin / "data/tables.yml"
    plan.write_text(plan.read_text().replace("salt-of-lagonia", "another-book"))
    assert "made from salt-of-lagonia, not from another-book" in yalu("upstream", origin).output
    (tmp_path / "empty").mkdir()
    assert "no book there" in yalu("upstream", tmp_path / "empty").output
    (tmp_path / "bad.json").write_text('{"claims": 3}')
    assert "no ledger that a book has published" in yalu("upstream", tmp_path / "bad.json").output


def test_a_spoiled_lineage_is_refused_in_a_line(fork, origin):
    (fork / "LINEAGE.json").write_text('{"format": 1}')
    run = yalu("upstream", origin)
    assert run.exit_code == 2 and run.output == (
        "LINEAGE.json: not as yalu fork writes it; put it back\n"
    )


def test_new_claims_and_changed_series_are_told(fork, origin):
    new = {"claim_id": "harvest-later", "recorded_on": "2099-01-01"}
    edit(
        origin, lambda rows: [*rows, next(r for r in rows if r["claim_id"] == "harvest-2021") | new]
    )
    path = origin / "data/series/rainfall.csv"
    path.write_text(path.read_text() + "\n")
    run = yalu("upstream", origin)
    assert "harvest-later: new upstream, recorded 2099-01-01" in run.output
    assert "data/series/rainfall.csv: changed upstream since the fork" in run.output


def test_an_edit_made_here_is_not_lost_without_a_word(fork, origin):
    put(origin, "harvest-2023-herald", value="4300")
    put(fork, "harvest-2023-herald", note="ours")
    before = (fork / CLAIMS).read_bytes()
    run = yalu("upstream", origin, "--take", "harvest-2023-herald")
    assert run.exit_code == 2 and "edited here since the fork" in run.output
    assert (fork / CLAIMS).read_bytes() == before
    run = yalu("upstream", origin, "--take", "harvest-2023-herald", "--force")
    assert run.exit_code == 0, run.output


def test_a_place_that_the_fork_lacks_comes_along(fork, origin):
    places = origin / "data/ledger/places.csv"
    _, row = places.read_text().splitlines()[:2]
    place = next(iter(csv.reader([row])))[0]
    places.write_text(places.read_text() + row.replace(place, "Upper Lagonia", 1) + "\n")
    put(origin, "harvest-2023-herald", place="Upper Lagonia", value="4300")
    run = yalu("upstream", origin, "--take", "harvest-2023-herald")
    assert run.exit_code == 0, run.output
    assert "Upper Lagonia" in (fork / "data/ledger/places.csv").read_text()
