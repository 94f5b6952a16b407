"""`yalu fork` writes a whole book of one chapter, with the evidence that it uses and no other."""

import json
import shutil
import tomllib

import pandas as pd
import pytest
import yaml

from helpers.evidence.published import ledger_of_book
from helpers.fork.cut_data import BEHIND, RELATED, SHOWN

from .conftest import NOTEBOOKS, git, in_a_process, yalu

pytestmark = pytest.mark.book


@pytest.fixture(scope="module")
def fork(grown):
    return grown / "pans"


def table(book, name):
    return pd.read_csv(book / f"data/{name}.csv", dtype="str", keep_default_na=False)


def test_it_is_a_whole_book(fork):
    for name in (
        "_config.yml", "_toc.yml", "Makefile", "README.md", "LICENSE", "LICENSE-DATA",
        "LINEAGE.json", "pyproject.toml", "requirements.txt", ".github/workflows/book.yml",
        ".github/workflows/publish.yml", "CITATION.cff", "CONTRIBUTING.md",
        "chapters/index.md", "chapters/pans.ipynb", "chapters/pans.yml", "data/codebook.csv",
        "src/helpers/cli.py", "tests/test_book.py",
    ):  # fmt: skip
        assert (fork / name).is_file(), name
    assert not (fork / "chapters/quay.ipynb").exists()


def test_it_holds_the_claims_that_the_chapter_uses_and_no_other(fork):
    lineage = json.loads((fork / "LINEAGE.json").read_text())
    reasons = {claim_id: about["why"] for claim_id, about in lineage["claims"].items()}
    assert list(table(fork, "ledger/claims")["claim_id"].sort_values()) == sorted(reasons)
    shown = {claim_id for claim_id, why in reasons.items() if why == SHOWN}
    usage = json.loads((fork / "_build/usage.json").read_text())
    assert {claim_id for claim_id, pages in usage.items() if "pans" in pages} == shown
    # an echo of a claim that is shown, which the page counts
    assert {i for i, why in reasons.items() if why == RELATED} == {"harvest-2023-herald-echo"}
    assert BEHIND not in reasons.values()


def test_it_holds_only_the_rows_that_these_name(fork):
    claims, sources = table(fork, "ledger/claims"), table(fork, "ledger/sources")
    assert set(table(fork, "ledger/places")["place"]) == {"Lagonia"}
    assert set(table(fork, "ledger/indicators")["indicator"]) == set(claims["indicator"])
    assert set(table(fork, "ledger/themes")["theme"]) == {"pans"}
    assert set(sources["source_id"]) == {*claims["source_id"], "weather-2024-rain"}
    assert "LGC" not in set(table(fork, "ledger/units")["unit"])
    assert len(table(fork, "series/rainfall")) == 5


def test_only_the_models_that_it_imports_come_along(fork):
    names = {path.name for path in (fork / "src/helpers/models").glob("*.py")}
    assert names == {"__init__.py", "ops.py"}


def test_its_own_tests_pass_and_it_names_no_place_of_this_machine(fork, grown):
    run = in_a_process(fork, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert run.returncode == 0, run.stdout
    files = [p for p in fork.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    for path in (p for p in files if "work" not in p.relative_to(fork).parts):
        assert str(grown).encode() not in path.read_bytes(), path


def test_its_pages_say_where_it_is_from(fork):
    text = (fork / "_build/html/chapters/index.html").read_text(encoding="utf-8")
    assert "Salt of Lagonia" in text and "CC BY 4.0" in text and "Salt from the pans" in text


def test_the_lineage_holds_book_commit_and_hashes(fork, grown):
    lineage = json.loads((fork / "LINEAGE.json").read_text())
    ours = ledger_of_book(grown / "salt").claims
    assert lineage["book"]["name"] == "salt-of-lagonia" and lineage["book"]["version"] == "2026.1"
    assert lineage["book"]["commit"]["id"] == git(grown / "salt", "rev-parse", "HEAD").strip()
    for claim_id, about in lineage["claims"].items():
        assert about["sha256"] == ours[claim_id].sha256


def test_the_workflow_runs_make_targets_only(fork):
    makefile = (fork / "Makefile").read_text()
    runs = {}
    for name in ("book", "publish"):
        workflow = yaml.safe_load((fork / f".github/workflows/{name}.yml").read_text())
        [job] = workflow["jobs"].values()
        runs[name] = [step["run"] for step in job["steps"] if "run" in step]
        assert all(f"\n{run.removeprefix('make ')}:" in makefile for run in runs[name])
    assert runs == {"book": ["make test"], "publish": ["make test", "make site"]}
    assert "\nlint:" in makefile


def test_it_has_its_own_name_and_names_all_books_before_it(grown, tmp_path, monkeypatch):
    book = shutil.copytree(grown / "pans", tmp_path / "book")
    lineage = json.loads((book / "LINEAGE.json").read_text())
    lineage["book"]["made_from"] = [
        {
            "title": "The first book",
            "name": "first",
            "version": "3.1",
            "address": "",
            "commit": None,
        }
    ]
    (book / "LINEAGE.json").write_text(json.dumps(lineage))
    monkeypatch.setenv("YALU_BOOK", str(book))
    run = yalu("fork", "pans", tmp_path / "second")
    assert run.exit_code == 0, run.output
    second = tmp_path / "second"
    project = tomllib.loads((second / "pyproject.toml").read_text())["project"]
    assert (project["name"], project["version"]) == ("pans", "1.0")
    assert not [one for extra in project["optional-dependencies"].values() for one in extra
                if one.startswith("across-the-yalu")]  # fmt: skip
    for name in ("README.md", "CITATION.cff", "chapters/index.md", "LINEAGE.json"):
        text = (second / name).read_text()
        assert "The first book" in text and "3.1" in text and "Salt of Lagonia" in text, name
    words = " ".join((second / "chapters/data.md").read_text().split())
    assert "name this book, “Salt from the pans”, “Salt of Lagonia” and “The first book”" in words
    assert "```{wholebook}\n```" in (second / "chapters/index.md").read_text()
    cited = yaml.safe_load((second / "CITATION.cff").read_text())
    assert "date-released" not in cited  # nobody has released it yet
    assert [one["title"] for one in cited["references"]][1:] == [
        "Salt of Lagonia",
        "The first book",
    ]


class TestRefusals:
    def refused(self, salt, *words):
        run = yalu("fork", *words)
        assert run.exit_code == 2 and len(run.output.splitlines()) == 1
        assert git(salt, "status", "--porcelain") == ""
        return run.output

    def test_an_unknown_chapter(self, salt, tmp_path):
        said = self.refused(salt, "pan", tmp_path / "dest")
        assert said == "no chapter 'pan': did you mean pans?\n"
        assert not (tmp_path / "dest").exists()

    def test_a_folder_with_something_in_it(self, salt, tmp_path):
        (tmp_path / "dest").mkdir()
        (tmp_path / "dest" / "mine.txt").write_text("mine")
        assert "is not empty; allowed: a new or an empty folder" in self.refused(
            salt, "pans", tmp_path / "dest"
        )
        assert [p.name for p in (tmp_path / "dest").iterdir()] == ["mine.txt"]

    def test_a_file(self, salt, tmp_path):
        (tmp_path / "dest").write_text("mine")
        assert "is a file" in self.refused(salt, "pans", tmp_path / "dest")

    def test_a_folder_in_the_book_itself(self, salt):
        assert "lies in the book" in self.refused(salt, "pans", salt / "chapters" / "pans")

    def test_a_folder_in_no_folder(self, salt, tmp_path):
        said = self.refused(salt, "pans", tmp_path / "no" / "dest")
        assert "lies in a folder that does not exist" in said

    def test_a_folder_that_cannot_be_written(self, salt):
        run = yalu("fork", "pans", "/proc/pans")
        assert run.exit_code == 2 and len(run.output.splitlines()) == 1
        assert run.output.startswith("/proc/pans: cannot be written (")

    def test_a_chapter_that_fails_leaves_nothing(self, salt, tmp_path):
        path = salt / "chapters" / "pans.ipynb"
        path.write_text(path.read_text().replace("p.harvest * p.share_lost", "1 / 0"))
        before = sorted(tmp_path.iterdir())
        run = yalu("fork", "pans", tmp_path / "dest")
        assert run.exit_code == 1 and "ZeroDivisionError" in run.output
        assert sorted(tmp_path.iterdir()) == before


def test_a_chapter_that_counts_the_whole_ledger_is_not_cut_down_in_silence(salt, tmp_path):
    path = salt / "chapters" / "pans.ipynb"
    text = path.read_text()
    text = text.replace("from helpers.models import ops", "from helpers.models import ops\\nimport "
                        "helpers.evidence as e").replace(
        "p.harvest * p.share_lost", "p.harvest * p.share_lost + len(e.load('claims'))"
    )  # fmt: skip
    path.write_text(text)
    run = yalu("fork", "pans", tmp_path / "dest")
    assert run.exit_code == 1 and "does not say the same" in run.output
    assert not (tmp_path / "dest").exists()


def test_a_chapter_without_a_claim_is_no_book(salt, tmp_path):
    notebook = NOTEBOOKS / "rakers.ipynb"
    assert yalu("adopt", notebook, "--yes").exit_code == 0
    run = yalu("fork", "rakers", tmp_path / "dest")
    assert run.exit_code == 1 and "uses no claim of the ledger" in run.output
    assert not (tmp_path / "dest").exists()


def test_files_that_came_with_a_notebook_go_with_its_chapter(salt, tmp_path):
    assert yalu("adopt", NOTEBOOKS / "rakers.ipynb", "--yes").exit_code == 0
    path = salt / "chapters/rakers.ipynb"
    path.write_text(path.read_text().replace("A table, and a sum.", "See {claim}`pay-2024`."))
    book = path.read_text().replace("df['sum'] = ", "ch.appendix('sources')\\ndf['sum'] = ")
    path.write_text(book)
    run = yalu("fork", "rakers", tmp_path / "dest")
    assert run.exit_code == 0, run.output
    assert (tmp_path / "dest/data/outside/rakers/data/rakers.csv").is_file()


def edited(salt, old, new):
    path = salt / "chapters" / "pans.ipynb"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_links_to_pages_that_the_fork_lacks_become_words(salt, tmp_path):
    edited(salt, "an overseer spoke of", "an [overseer](quay.ipynb#who) [spoke](evidence.md) of")
    edited(salt, "The yearbook has", "The [yearbook](methods.md) has")
    run = yalu("fork", "pans", tmp_path / "dest")
    assert run.exit_code == 0, run.output
    text = (tmp_path / "dest/chapters/pans.ipynb").read_text(encoding="utf-8")
    assert "an overseer [spoke](evidence.md) of" in text and "The yearbook has" in text


def test_a_result_of_another_chapter_cannot_come_along(salt, tmp_path):
    edited(salt, "an overseer spoke of", "for {result}`quay:income` an overseer spoke of")
    run = yalu("fork", "pans", tmp_path / "dest")
    assert run.exit_code == 1 and "{result}`quay:income` of another chapter" in run.output
    assert not (tmp_path / "dest").exists()


def test_a_title_that_holds_a_number_is_declared_as_a_name(salt, tmp_path):
    path = salt / "chapters" / "pans.yml"
    path.write_text(path.read_text().replace("title: Salt from the pans", "title: Thirty pans"))
    assert yalu("fork", "pans", tmp_path / "dest").exit_code == 0
    config = yaml.safe_load((tmp_path / "dest/_config.yml").read_text())
    assert config["sphinx"]["config"]["yalu_names"] == ["Thirty pans"]
