"""The archive: sources, packages, site, hashes and metadata in one file, the same each time."""

import hashlib
import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from pyld import jsonld

from helpers.book.archive import CRATE, FOLDER, SUMS, WHEELS, crate, make_archive
from helpers.errors import YaluError
from helpers.evidence.load import all_claims
from helpers.paths import SITE, in_book

from ..conftest import ROOT
from ..fork.conftest import git

BASE = "https://crate.invalid/"
PROV = "http://www.w3.org/ns/prov#"


@pytest.fixture
def checkout(built_book: Path) -> Path:
    """The built small book as a checkout, with one package beside it."""
    (built_book / ".gitignore").write_text("_build/\n")
    git(built_book, "init", "-q")
    git(built_book, "add", "-A")
    (built_book / WHEELS).mkdir()
    (built_book / WHEELS / "a-1-py3-none-any.whl").write_bytes(b"wheel")
    return built_book


def test_the_archive_holds_all_files_with_their_hashes_and_is_the_same_again(checkout):
    path = make_archive(checkout)
    first = path.read_bytes()
    with ZipFile(path) as archive:
        top = f"{path.stem}/"
        files = {n.removeprefix(top): archive.read(n) for n in archive.namelist()}
    site = {f"site/{p.relative_to(checkout / SITE).as_posix()}": p.read_bytes()
            for p in (checkout / SITE).rglob("*") if p.is_file()}  # fmt: skip
    assert site.items() <= files.items() and files["wheels/a-1-py3-none-any.whl"] == b"wheel"
    sources = set(git(checkout, "ls-files").splitlines())
    assert files.keys() == {*sources, *site, "wheels/a-1-py3-none-any.whl", CRATE, SUMS}
    hashes = dict(line.split("  ")[::-1] for line in files[SUMS].decode().splitlines())
    assert hashes == {n: hashlib.sha256(d).hexdigest() for n, d in files.items() if n != SUMS}
    assert str(checkout).encode() not in b"".join(files.values())
    assert make_archive(checkout).read_bytes() == first
    assert [p.name for p in (checkout / FOLDER).iterdir()] == [path.name]


def test_the_metadata_are_an_ro_crate_whose_claims_say_what_they_come_from():
    with in_book(ROOT):
        told = crate(ROOT, ["data/map.yml", "site/index.html", "README.md"])
    names = [one["@id"] for one in told["@graph"]]
    assert len(names) == len(set(names))
    known = json.loads(json.dumps(told))
    known["@context"][0] = {"@vocab": "https://schema.org/", "conformsTo": {"@type": "@id"}}
    graph = {one["@id"]: one for one in jsonld.flatten(known, options={"base": BASE})}
    assert {name for name in graph if name.startswith(BASE)} == {
        f"{BASE}{name.removeprefix('./')}" for name in names if not name.startswith("http")
    }
    parts = {one["@id"] for one in graph[BASE]["https://schema.org/hasPart"]}
    assert parts == {f"{BASE}{name}" for name in ("data/", "site/", "README.md", SUMS)}
    for name, claim in all_claims(ROOT).items():
        node = graph[f"{BASE}#claim-{name}"]

        def linked(term, node=node):
            return {one["@id"].removeprefix(BASE) for one in node.get(f"{PROV}{term}", ())}

        derived = (claim.derived_from or "").replace(" ", "").split(";")
        assert linked("wasDerivedFrom") == {f"#claim-{one}" for one in derived if one}
        assert linked("wasQuotedFrom") == ({f"#claim-{claim.repeats}"} if claim.repeats else set())
        assert linked("hadPrimarySource") == {f"#source-{claim.source_id}"}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda book: (book / SITE / "book.pdf").write_bytes(b""), "book.pdf: not of the book"),
        (lambda book: (book / SITE / "404.html").unlink(), "404.html: missing"),
        (lambda book: next((book / WHEELS).glob("*")).unlink(), "no packages in _build/wheels"),
        (lambda book: (book / ".git").rename(book / "git"), "is no git checkout"),
    ],
)
def test_what_could_not_be_built_again_is_not_archived(checkout, spoil, told):
    spoil(checkout)
    with pytest.raises(YaluError, match=told):
        make_archive(checkout)
