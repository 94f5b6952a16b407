"""Files at addresses that stay: each claim and its citation, an index of the data."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from helpers import evidence
from helpers.book.sphinx.citations import FORMS, Citation, claim_items, exports
from helpers.book.sphinx.html import REGISTER
from helpers.book.sphinx.listings import records_json
from helpers.errors import YaluError
from helpers.evidence.contested import ledger_claims
from helpers.evidence.data_config import read_data_config
from helpers.evidence.history import read_log
from helpers.evidence.published import ledger_of_book, renamed
from helpers.files import json_text

INDEX, OF_CLAIMS, OF_PAGES = "data/index.json", "data/claims", "data/pages"


def claim_files(
    root: Path, book: Citation, used: Mapping[str, list[str]], base: str
) -> dict[str, str]:
    """Return for each claim its citation in each form and one JSON of all that is known of it.

    `used` names the addresses of the pages that show a claim; names begin with `OF_CLAIMS`. A
    claim that was renamed is under its old name too.
    """
    tables = {table: {next(iter(row.values())): row for row in json.loads(records_json(table))}
              for table in ("claims", "sources", "corrections")}  # fmt: skip
    labels = evidence.load("indicators").set_index("indicator")["label"]
    ledger, shown = ledger_of_book(root), {claim.claim_id: claim for claim in ledger_claims()}
    about = {"name": ledger.name, "title": book.book, "version": ledger.version}
    files = dict[str, str]()
    for name, claim in shown.items():
        address = f"{base}{REGISTER}.html#claim-{name}"
        source = tables["sources"][claim.source_id]
        named = book._replace(address=address if base else "")
        items = claim_items(claim, labels[claim.indicator], source, named)
        told = {
            "book": about, "address": address, "sha256": ledger.claims[name].sha256,
            "claim": tables["claims"][name], "source": source,
            "correction": tables["corrections"].get(claim.correction_id),
            "repeated_by": sorted(c.claim_id for c in shown.values() if c.repeats == name),
            "pages": used.get(name, []), "citation": items,
        }  # fmt: skip
        files |= {f"{name}.{end}": text for end, text in exports(items).items()}
        files[f"{name}.json"] = json_text(told)
    for old, new in renamed(root, "claim").items():
        files |= {f"{old}.{end}": files[f"{new}.{end}"] for end in (*FORMS, "json")}
    return {f"{OF_CLAIMS}/{name}": text for name, text in files.items()}


def about_data(root: Path) -> dict[str, Any]:
    """Return the name, title and version of the data and the last day on which they changed."""
    package, days = read_data_config(root).package, [str(evidence.last_recorded())]
    with suppress(YaluError):  # of a spoiled log, which the check of the data and its page tell
        days += [entry.date for entry in read_log(root) or ()]
    return {
        "name": package.name, "title": package.title, "version": package.version,
        "last_change": max(days),
    }  # fmt: skip


def index_text(site: Path, about: Mapping[str, Any]) -> str:
    """Return the index of a site's data: `about`, each table with its hash, and each claim's."""

    def told(path: Path) -> dict[str, Any]:
        data = path.read_bytes()
        name = path.relative_to(site).as_posix()
        return {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    tables = [*(site / "data").glob("*"), *(site / "_static" / "data").rglob("*")]
    files = [told(path) for path in sorted(tables) if path.is_file() and path != site / INDEX]
    claims = (p for p in sorted((site / OF_CLAIMS).glob("*.json")) if ".csl" not in p.suffixes)
    return json_text({**about, "files": files, "claims": {p.stem: told(p) for p in claims}})
