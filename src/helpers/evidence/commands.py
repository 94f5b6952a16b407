"""Commands of the ledger: yalu data and yalu ledger, and which pages show a claim."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from helpers.errors import YaluError
from helpers.paths import book_root

FILE = "_build/usage.json"
UNKNOWN = "not known: build the book first"


def pages_of_claims(root: Path) -> dict[str, list[str]] | None:
    """Return claim id to pages from the last build, None where no build has left a readable note.

    A claim that no page shows has no entry.
    """
    try:
        noted = json.loads((root / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(noted, dict) or not all(isinstance(pages, list) for pages in noted.values()):
        return None
    return {claim_id: [str(page) for page in pages] for claim_id, pages in noted.items()}


@click.command(epilog="\b\nExample: yalu data --check")
@click.option(
    "--check",
    is_flag=True,
    help="Check and compare, write nothing; exit code 1 where a table would change.",
)
def data(check: bool) -> None:
    """Check the evidence and write the clean tables."""
    from helpers.evidence.rebuild import rebuild

    changed = rebuild(book_root(), write=not check)
    for path in changed:
        click.echo(f"{'would write' if check else 'wrote'} {path.as_posix()}")
    verb = "to change" if check else "changed"
    click.echo(f"data: every check passed, {len(changed)} files {verb}")
    if check and changed:
        raise YaluError("data/clean is not what the evidence gives: run yalu data and commit it")


def printed_json(data: Any) -> str:
    """Return plain values as JSON for a terminal."""
    return json.dumps(data, ensure_ascii=False, indent=2)


@click.group(epilog="\b\nExample: yalu ledger log HEAD~1 HEAD")
def ledger() -> None:
    """See what changed in the ledger, add to it, mend it."""


@ledger.command("log", epilog="\b\nExample: yalu ledger log HEAD~1 HEAD")
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--save", is_flag=True, help="Add them to data/ledger_log.csv, for the book.")
def _log(old: str | None, new: str | None, as_json: bool, save: bool) -> None:
    """Show which claims were added, withdrawn or changed from OLD to NEW.

    OLD and NEW are commits or tags; by default the last tag (or the first commit with the
    ledger) and the files as they are now. With --save by default where the saved log ends,
    and the last commit.
    """
    from helpers.evidence import history

    if save:
        click.echo("\n".join(history.saved_lines(history.save(old, new))))
        return
    found, pages = history.ledger_log(old, new), pages_of_claims(book_root())
    lines = history.log_lines(found, pages)
    click.echo(printed_json(history.log_data(found, pages)) if as_json else "\n".join(lines))


# Every column of the tables that take new rows; the theme of a claim follows its indicator.
_COLUMNS = {
    "claims": (
        "claim_id", "indicator", "value", "low", "high", "qualifier", "unit", "per", "place",
        "population", "period_start", "period_end", "source_id", "attribution", "basis",
        "derived_from", "repeats", "status", "recorded_on", "locator", "note",
    ),
    "sources": (
        "source_id", "outlet", "title", "title_status", "url", "published", "published_status",
        "author", "kind", "language", "accessed", "access", "note",
    ),
}  # fmt: skip
_TODAY = ("recorded_on", "accessed")


def _column_options(table: str) -> Callable[[Any], Any]:
    """Give a command one option for each column of a table."""

    def with_options(command: Any) -> Any:
        for column in reversed(_COLUMNS[table]):
            words = "Default: today." if column in _TODAY else None
            command = click.option(f"--{column.replace('_', '-')}", column, help=words)(command)
        return command

    return with_options


_ADD = """\b
Example: yalu ledger add --claim-id kuwait-2017-08-half --value 3032 \\
  --indicator workers_present --qualifier exact --unit persons \\
  --place Kuwait --population "half of the workers" \\
  --period-start 2017-08 --period-end 2017-08 --status current \\
  --source-id ap-2017-10-uae --attribution "own calculation" \\
  --basis derived --derived-from kuwait-2017-08 --note "6,064 halved"
"""
_SOURCE = """\b
Example: yalu ledger source --source-id example-2026-11-report \\
  --outlet "United Nations" --title "Title as the page has it" \\
  --title-status descriptive --url https://example.org/report \\
  --published 2026-11-30 --published-status seen --kind official \\
  --language en --access full-page
"""


@ledger.command("add", epilog=_ADD)
@_column_options("claims")
def _add_claim(**cells: str | None) -> None:
    """Check a new claim and write it in its place in data/ledger/claims.csv.

    At a terminal, what no option gives is asked for.
    """
    _add("claims", cells)


@ledger.command("source", epilog=_SOURCE)
@_column_options("sources")
def _add_source(**cells: str | None) -> None:
    """Check a new document and write it in its place in data/ledger/sources.csv.

    At a terminal, what no option gives is asked for.
    """
    _add("sources", cells)


@ledger.command(
    "change", epilog='\b\nExample: yalu ledger change lug-2023-5yuan note="Charge above 50 kg"'
)
@click.argument("claim_id")
@click.argument("entries", nargs=-1, required=True, metavar="COLUMN=ENTRY...")
def _change(claim_id: str, entries: tuple[str, ...]) -> None:
    """Change entries of a claim in data/ledger/claims.csv; COLUMN= empties one.

    For an error of ours. What a source prints wrongly is left as it is, and gets an entry in
    data/corrections.yml.
    """
    from helpers.evidence import edit

    done = edit.change("claims", claim_id, _cells(entries))
    click.echo(f"changed {edit.file_of('claims')}:{done.line}: {claim_id}")
    for column, (old, new) in done.cells.items():
        click.echo(f"  {column}: {old or 'nothing'} -> {new or 'nothing'}")
    click.echo(_NEXT)


class _Seconds(click.FloatRange):
    """A number of seconds, up to a day."""

    def __init__(self, min_open: bool) -> None:
        """Take nought too, or not."""
        super().__init__(0, 86_400, min_open=min_open)

    def convert(self, value: Any, *about: Any) -> Any:
        """Return the number; what is none, such as nan, is not in the range."""
        number = super().convert(value, *about)
        return number if number == number else self.fail(f"{value} is no number", *about)


@ledger.command("links", epilog="\b\nExample: yalu ledger links --limit 10")
@click.option("--limit", type=click.IntRange(1), help="Check at most so many. Default: all.")
@click.option(
    "--delay",
    type=_Seconds(min_open=False),
    default=5,
    show_default=True,
    help="Seconds between one document and the next.",
)
@click.option("--timeout", type=_Seconds(min_open=True), default=20, show_default=True,
              help="Seconds to wait for an answer.")  # fmt: skip
def _links(limit: int | None, delay: float, timeout: float) -> None:
    """Ask whether documents and their archived copies still answer.

    Writes data/ledger/links.csv: of each document that was checked, the HTTP codes and the day.
    Those never checked come first. No build needs it or waits for it.
    """
    from helpers.evidence import links

    count = links.check_links(book_root(), limit, delay, timeout, click.echo)
    click.echo(f"checked {count}, written to {links.FILE}")
    click.echo(_NEXT)


_NEXT = "run yalu data to take it into the clean tables"


def _add(table: str, cells: dict[str, str | None]) -> None:
    from helpers.evidence import edit

    may = edit.allowed(table) if _at_terminal() else {}
    for column in may:
        if column in cells and cells[column] is None and column not in _TODAY:
            words = f"{column} ({may[column]})" if may[column] else column
            cells[column] = click.prompt(words, default="", show_default=False).strip()
    line = edit.add(table, {column: cell or "" for column, cell in cells.items()})
    click.echo(f"added {edit.file_of(table)}:{line}: {cells[_COLUMNS[table][0]]}")
    click.echo(_NEXT)


def _cells(entries: tuple[str, ...]) -> dict[str, str]:
    cells: dict[str, str] = {}
    for text in entries:
        column, sign, entry = (part.strip() for part in text.partition("="))
        if not sign or not column:
            raise YaluError(f"{text[:40]!r}: write COLUMN=ENTRY", exit_code=2)
        if column in cells:
            raise YaluError(f"column {column}: given twice", exit_code=2)
        cells[column] = entry
    return cells


def _at_terminal() -> bool:
    return sys.stdin.isatty()
