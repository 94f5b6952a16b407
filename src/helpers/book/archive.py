"""The archive: one file from which the book can be built again on a machine without a network.

It is an RO-Crate: sources, packages as wheels, the built site, what each claim comes from in the
terms of PROV, and the hash of each file. The same book gives the same bytes.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from helpers import evidence
from helpers.book.editions import FOLDER as EDITIONS
from helpers.book.kit import DAY
from helpers.book.stale import faults_of_site
from helpers.chapter.wording import quantity_words
from helpers.config import read_config
from helpers.errors import YaluError
from helpers.evidence.data_config import read_data_config
from helpers.evidence.load import all_claims
from helpers.files import aside, json_text, put_in_place
from helpers.git import git
from helpers.paths import SITE

FOLDER, WHEELS = Path("_build/archive"), Path("_build/wheels")
CRATE, SUMS = "ro-crate-metadata.json", "SHA256SUMS"
_PRESSED = (".whl", ".zip", ".png", ".woff2")
_PARTS = {
    "chapters/": "Pages, notebooks and their sidecars",
    "data/": "The ledger, the series, the clean tables and their codebook",
    "src/": "The code that builds the book, with the fonts of its pages",
    "tests/": "The tests",
    "site/": "The built book, as `make book` makes it again at _build/html",
    "wheels/": "The packages of requirements.txt, for the Python and system that made this file",
}


def make_archive(root: Path) -> Path:
    """Write the archive of the built book at `root` and return its path.

    Raises YaluError where the site is not as it was built, has a PDF or e-book, which cannot be
    made again byte for byte, where no wheels are there, or the book is no checkout.
    """
    if faults := faults_of_site(root):
        raise YaluError(*faults)
    if any(path.suffix in (".pdf", ".epub") for path in (root / SITE).glob("*")):
        raise YaluError("archive: found a PDF or EPUB in the site; allowed: pages alone, which "
                        "come out the same again; run make clean archive")  # fmt: skip
    if not any((root / WHEELS).glob("*.whl")):
        raise YaluError(f"archive: no packages in {WHEELS.as_posix()}; run make archive")
    package = read_data_config(root).package
    name = f"{package.name}-{package.version}"
    files, hashes = dict(_files(root)), dict[str, str]()
    with aside(root / FOLDER) as folder:
        with ZipFile(folder / f"{name}.zip", "w") as archive:

            def add(file: str, data: bytes, mode: int = 0o644) -> None:
                entry = ZipInfo(f"{name}/{file}", DAY)
                entry.external_attr = mode << 16
                kind = ZIP_STORED if file.endswith(_PRESSED) else ZIP_DEFLATED
                archive.writestr(entry, data, kind)
                hashes[file] = hashlib.sha256(data).hexdigest()

            for file, path in sorted(files.items()):
                add(file, path.read_bytes(), 0o755 if path.stat().st_mode & 0o100 else 0o644)
            add(CRATE, json_text(crate(root, list(files))).encode())
            add(SUMS, "".join(f"{found}  {file}\n" for file, found in hashes.items()).encode())
        put_in_place(folder, root / FOLDER)
    return root / FOLDER / f"{name}.zip"


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the names in the archive of all files that are copied into it."""
    tracked = git(root, "ls-files", "-z")
    if tracked is None:
        raise YaluError("archive: the book is no git checkout, which tells what its sources are")
    for file in filter(None, tracked.decode().split("\0")):
        if (root / file).is_file():
            yield file, root / file
    for place, inside in ((SITE, "site"), (WHEELS, "wheels"), (EDITIONS, EDITIONS.as_posix())):
        for path in (root / place).rglob("*"):
            if path.is_file() and ".git" not in path.parts:
                yield f"{inside}/{path.relative_to(root / place).as_posix()}", path


def crate(root: Path, files: list[str]) -> dict[str, Any]:
    """Return the metadata of the archive: RO-Crate 1.1, JSON-LD, with PROV of each claim."""
    config, package = read_config(root), read_data_config(root).package
    tops = sorted({file.partition("/")[0] + "/" * ("/" in file) for file in files})
    parts = [
        {"@id": top, "@type": "Dataset" if top.endswith("/") else "File",
         "name": _PARTS.get(top, top.rstrip("/"))}
        for top in [*tops, SUMS]
    ]  # fmt: skip
    licences = [
        {"@id": one.get("path", one["name"]), "@type": "CreativeWork", "name": one["name"]}
        for one in package.licenses
    ]
    editors = {"@id": "#editors", "@type": "Organization", "name": config["author"]}
    book = {
        "@id": "./", "@type": "Dataset", "name": package.title, "description": package.description,
        "version": package.version, "author": {"@id": editors["@id"]},
        "datePublished": str(package.published or evidence.last_recorded()),
        "dateModified": str(evidence.last_recorded()), "license": _ids(licences),
        "hasPart": _ids(parts),
    }  # fmt: skip
    about = {
        "@id": CRATE, "@type": "CreativeWork", "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }  # fmt: skip
    claims = [_claim(claim) for claim in all_claims().values()]
    book["mentions"] = _ids(claims)
    return {
        "@context": ["https://w3id.org/ro/crate/1.1/context", {"prov": "http://www.w3.org/ns/prov#"}],
        "@graph": [about, book, editors, *licences, *parts, *claims, *_documents()],
    }  # fmt: skip


def _ids(entities: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"@id": one["@id"]} for one in entities]


def _claim(claim: evidence.Claim) -> dict[str, Any]:
    """Return a claim as an entity of PROV: what it was read in, derived from, repeated from."""
    derived = filter(None, map(str.strip, (claim.derived_from or "").split(";")))
    told = {
        "@id": f"#claim-{claim.claim_id}", "@type": ["Claim", "prov:Entity"],
        "name": f"{claim.population}, {claim.place}: {quantity_words(claim)}",
        "prov:hadPrimarySource": {"@id": f"#source-{claim.source_id}"},
        "prov:wasDerivedFrom": [{"@id": f"#claim-{one}"} for one in derived],
        "prov:wasQuotedFrom": {"@id": f"#claim-{claim.repeats}"} if claim.repeats else None,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}


def _documents() -> list[dict[str, Any]]:
    rows = evidence.load("sources")
    return [
        {"@id": f"#source-{key}", "@type": ["CreativeWork", "prov:Entity"], "name": title,
         "url": url, "publisher": outlet}
        for key, title, url, outlet in zip(
            rows["source_id"], rows["title"], rows["url"], rows["outlet"], strict=True
        )
    ]  # fmt: skip
