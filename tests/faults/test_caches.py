"""Whatever is damaged under _build: it is dropped, told in a line and made again."""

import os
import random
import shutil

import pytest

from helpers.book import editions
from helpers.book.build import build
from helpers.paths import SITE

from .conftest import SEED, differing, halves, said, site_of

pytestmark = pytest.mark.book

LARGE = 200_000


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def random_bytes(path):
    path.write_bytes(random.Random(SEED).randbytes(min(path.stat().st_size, LARGE) or 9))


def one_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 1] = b"\x00" if data[len(data) // 2] else b"\x01"
    path.write_bytes(data)


def empty(path):
    path.write_bytes(b"")


def a_folder(path):
    path.unlink()
    path.mkdir()
    (path / "x").write_text("x")


def gone(path):
    path.unlink()


def no_permission(path):
    path.chmod(0)


WAYS = (truncated, random_bytes, one_bit, empty, a_folder, gone, no_permission)
# of each place how many files are damaged
PLACES = {
    "charts/*": 35, "work/executed/*": 6, "work/figure-files/figures/*": 16,
    "work/figure-cuts/*": 3, "work/kits/*": 4, "work/assets/*": 8, "work/stage/**/*": 8,
    "work/rendered/_build/.doctrees/**/*": 7, "manifest.json": 6, "usage.json": 3,
    "published/*": 6, "html/_static/figures/*": 8,
}  # fmt: skip


def cases():
    """Return rounds of four: place, number of the file in it, way; the same each time."""
    chance = random.Random(SEED)
    every = [(place, chance.randrange(1000), n) for place, many in PLACES.items()
             for n in range(many)]  # fmt: skip
    chance.shuffle(every)
    return [every[n : n + 4] for n in range(0, len(every), 4)]


def spoilt(book, place, number, way):
    files = sorted(path for path in (book / "_build").glob(place) if path.is_file())
    path = files[number % len(files)]
    way(path)
    return f"{path.relative_to(book)} {way.__name__}"


@halves(cases(), 2)
def test_what_is_damaged_is_made_again(cases, built, tmp_path, tally, monkeypatch):
    """Files are spoilt, and every other time a page is changed too."""
    book = shutil.copytree(built, tmp_path / "salt")
    monkeypatch.setenv("YALU_BOOK", str(book))
    index, good = book / "chapters/index.md", {}
    text = index.read_text()
    for more in ("\nAgain.\n", ""):
        index.write_text(text + more)
        build(book, lambda _: None)
        good[more] = site_of(book)
    for number, spoils in enumerate(cases):
        names = [spoilt(book, place, at, WAYS[way % len(WAYS)]) for place, at, way in spoils]
        more, told = "\nAgain.\n" if number % 2 else "", []
        index.write_text(text + more)
        try:
            build(book, told.append)
            differ = differing(site_of(book), good[more])
            wrong = f"published {differ}" if differ else ""
        except Exception as error:
            wrong = f"{type(error).__name__}: {error}"
        # what is only gone, and what a build replaces, is made again without a word
        silent = ("gone", "no_permission", "html/", "published/", "usage.json")
        if not wrong and any(not any(word in name for word in silent) for name in names):
            told_of = ("damaged", "changed", "not run yet")
            wrong = "" if any(word in " ".join(told) for word in told_of) else f"untold: {told}"
        for name in names:
            tally[f"{number} {name}"] = wrong


def test_verify_names_what_is_not_as_built(built, tmp_path):
    book = shutil.copytree(built, tmp_path / "salt")
    assert said(book, "build", "--verify") == (0, f"{SITE}: every file is as it was built\n")
    page = book / SITE / "chapters/pans.html"
    kept = page.stat()
    page.write_bytes(page.read_bytes().replace(b"Salt", b"Silt", 1))
    os.utime(page, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    (book / SITE / "chapters/quay.html").unlink()
    (book / SITE / "more.txt").write_text("")
    lines = [f"{SITE}/chapters/pans.html: differs", f"{SITE}/chapters/quay.html: missing",
             f"{SITE}/more.txt: not of the book"]  # fmt: skip
    assert said(book, "build", "--verify") == (1, "\n".join([*lines, ""]))
    assert said(book, "build")[0] == 0
    assert said(book, "build", "--verify")[0] == 0


def test_a_kept_edition_that_was_altered_is_told_and_not_published(built, tmp_path):
    book = shutil.copytree(built, tmp_path / "salt")
    assert said(book, "build", "--edition", "2026.1")[0] == 0
    kept = book / editions.FOLDER / "2026.1"
    page = kept / "chapters/pans.html"
    whole = page.read_bytes()
    page.write_bytes(whole.replace(b"Salt", b"Silt", 1))
    (kept / "more.txt").write_text("")
    place = f"{editions.FOLDER}/2026.1"
    lines = [f"{place}/chapters/pans.html: differs", f"{place}/more.txt: not of the book"]
    assert said(book, "build", "--verify") == (1, "\n".join([*lines, ""]))
    before = site_of(book)
    (book / "chapters/index.md").write_text((book / "chapters/index.md").read_text() + "\nMore.\n")
    code, text = said(book, "build")
    assert code == 1 and [line.partition("; ")[0] for line in text.splitlines()] == lines
    assert site_of(book) == before
    page.write_bytes(whole)
    (kept / "more.txt").unlink()
    assert said(book, "build")[0] == 0
    assert said(book, "build", "--verify")[0] == 0
    shutil.rmtree(kept)  # an edition may be taken back
    assert said(book, "build")[0] == 0 and not (book / SITE / "v").exists()
