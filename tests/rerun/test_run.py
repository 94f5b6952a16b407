"""A run has its own folder, says what it changes, and is not made twice."""

import getpass
import json
import re
import socket
from pathlib import Path

import pytest

from helpers.book.execute import execute, read_results
from helpers.chapter.sidecar import sidecar
from helpers.files import write_json

from .conftest import ROOT, spoil_cell, yalu

pytestmark = pytest.mark.book

MORE = ["run", "luggage", "-p", "workers_per_week=200", "-p", "fee_low=700.0"]


@pytest.fixture(scope="module")
def first(module_book):
    """The first run of the shared book, without a page."""
    found = yalu(*MORE)
    assert found.exit_code == 0, found.output
    (folder,) = (path for path in (module_book / "runs").iterdir())
    return found.output, folder


def test_the_folder_holds_results_and_record(first):
    _, folder = first
    assert re.fullmatch(r"luggage-[0-9a-f]{10}", folder.name)
    assert sorted(path.name for path in folder.rglob("*")) == ["results.json", "run.json"]
    results = json.loads((folder / "results.json").read_text())
    assert results["results"]["fee_income_year"]["low"] == 200 * 52 * 700


def test_the_record_says_what_it_was_run_with(first):
    about = json.loads((first[1] / "run.json").read_text())
    assert about["parameters"]["workers_per_week"] == 200
    assert about["changed"] == {"workers_per_week": 200}, "700.0 is the default"
    assert set(about["fingerprint"]) == {"data", "chapter", "helpers", "packages", "settings"}
    assert about["versions"]["pandas"]
    assert about["commit"] is None, "the small book is no repository"


def test_what_changed_against_the_book_is_printed(first):
    said = " ".join(first[0].split())
    assert "workers_per_week 700 200" in said
    assert re.search(r"Fee income of the managing .* low [-−]18\.2 million \([-−]71\.4 %\)", said)
    assert first[0].splitlines()[-1].endswith(f"{first[1].name}: written")


def test_no_path_user_or_host_is_in_it(first, module_book):
    names = {getpass.getuser(), socket.gethostname()}
    places = [str(module_book), str(Path.home()), str(Path(__file__).parents[2]), "/tmp/"]
    for path in first[1].rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not [place for place in places if place in text], path.name
            if path.suffix == ".json":
                assert not [name for name in names if re.search(rf"\b{name}\b", text)], path.name


def test_the_same_parameters_again_are_found(first):
    record = first[1] / "run.json"
    before = record.stat().st_mtime_ns
    found = yalu(*MORE, "-p", "weeks=52")
    assert "found, not run again" in found.output
    assert record.stat().st_mtime_ns == before
    assert [p.name for p in first[1].parent.iterdir()] == [first[1].name], "nothing left behind"


def test_force_runs_it_again(first):
    before = (first[1] / "run.json").stat().st_mtime_ns
    assert ": written" in yalu(*MORE, "--force").output
    assert (first[1] / "run.json").stat().st_mtime_ns > before


def test_a_folder_that_holds_something_else_is_left_alone(first, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    found = yalu(*MORE, "--out", str(tmp_path), "--force")
    assert found.exit_code == 2 and "exists and holds no run" in found.output
    assert (tmp_path / "mine.txt").read_text() == "mine"
    other = yalu("run", "luggage", "--out", str(first[1]))
    assert other.exit_code == 2 and "--force replaces it" in other.output


def test_a_chapter_that_fails_leaves_nothing(small_book):
    spoil_cell(small_book, 3, "1 / (workers_per_week - 300)")
    for page in ([], ["--page"]):
        found = yalu("run", "luggage", "-p", "workers_per_week=300", *page)
        assert found.exit_code == 1
        assert "ZeroDivisionError" in found.output and len(found.output.splitlines()) == 1
        assert not list(small_book.glob("runs/*"))


def test_the_page_is_one_file_that_says_what_differs(first, module_book):
    found = yalu(*MORE, "--page")
    assert found.exit_code == 0 and ": written" in found.output, found.output
    names = {path.relative_to(first[1]).as_posix() for path in first[1].rglob("*.*")}
    figure = {f"figures/luggage-fee-income.{kind}" for kind in ("csv", "svg", "json")}
    assert names == {"notebook.ipynb", "results.json", "run.json", "index.html", *figure}
    rows = (first[1] / "figures" / "luggage-fee-income.csv").read_text().splitlines()
    assert [row.partition(",")[0] for row in rows] == ["x", "1", "2"]
    assert all(row.endswith("workers_per_week=200") for row in rows[1:]), "whose it is"
    assert "found, not run again" in yalu(*MORE).output, "results alone replace no page"
    picture = (first[1] / "figures" / "luggage-fee-income.svg").read_text(encoding="utf-8")
    assert picture.startswith("<svg") and "Sources: " in picture
    page = (first[1] / "index.html").read_text(encoding="utf-8")
    assert "not the published book" in page and "<strong>200</strong>, in the book 700" in page
    markup = re.sub(r"(<script\b[^>]*>).*?</script>", r"\1", page, flags=re.DOTALL)
    assert not re.search(r'<(?:script|link|img|iframe)[^>]*\b(?:src|href)="(?!data:)', markup)
    assert "@import" not in page.partition("</style>")[0]
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    article = page[page.index("<article") : page.index("</article>")]
    assert set(re.findall(r'href="#([^"]+)"', article)) <= ids
    outside = re.findall(r'href="([^"#]+)"', article)
    assert outside and all(re.match("https?://", address) for address in outside)
    assert 'id="source-' in article and 'id="claim-lug-2023-5yuan"' in article
    assert str(module_book) not in page


def test_the_files_of_figures_are_those_of_the_site(tmp_path, monkeypatch):
    monkeypatch.setenv("YALU_BOOK", str(ROOT))
    site = ROOT / "_build" / "html" / "_static" / "figures"
    found = yalu("run", "luggage", "--page", "--out", str(tmp_path / "run"))
    assert found.exit_code == 0, found.output
    files = {path.name: path for path in (tmp_path / "run" / "figures").iterdir()}
    published = {
        p.name: p for kind in ("csv", "svg", "json") for p in site.glob(f"luggage-*.{kind}")
    }
    assert files.keys() == published.keys() and len(files) >= 3 * len(sidecar("luggage").figures)
    unlike = [name for name in files if files[name].read_bytes() != published[name].read_bytes()]
    assert unlike == []
    head = files["luggage-fee-income.csv"].read_text(encoding="utf-8-sig").splitlines()[0]
    columns = [column.split(" (")[0] for column in head.split(",")]
    assert {"low", "high", "claim_id"} <= set(columns)


def test_a_run_is_held_against_the_published_book_where_there_is_one(small_book):
    """The published notebook counts, not what the defaults would give by now."""
    page = small_book / "_build" / "html"
    page.mkdir(parents=True)
    published = small_book / "_build" / "published" / "luggage.ipynb"
    execute(small_book / "chapters" / "luggage.ipynb", published, {"workers_per_week": 150})
    write_json(published.with_suffix(".json"), read_results(published))
    found = yalu("run", "luggage", "-p", "workers_per_week=200")
    assert "luggage: from book to this run" in found.output
    assert "workers_per_week 150 200" in " ".join(found.output.split())
