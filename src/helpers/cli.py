"""The command `yalu`."""

import json
import os
import shutil
import sys
import webbrowser
from collections.abc import Callable
from typing import Any

import click

from helpers.errors import YaluError
from helpers.fork.commands import COMMANDS as FORK_COMMANDS
from helpers.paths import book_root
from helpers.rerun.commands import COMMANDS


class _Yalu(click.Group):
    """A group that shows a YaluError as its lines and ends with its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, turning a user's mistake into plain lines."""
        try:
            return super().invoke(ctx)
        except YaluError as error:
            for line in error.lines:
                click.echo(line, err=True)
            ctx.exit(error.exit_code)


@click.group(cls=_Yalu, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="across-the-yalu", prog_name="yalu")
def main() -> None:
    """Build, check, rerun and fork a book of parametrised chapters."""


@main.command()
@click.option(
    "--check",
    is_flag=True,
    help="Check and compare, write nothing; exit code 1 where a table would change.",
)
def data(check: bool) -> None:
    """Check the evidence and write the clean tables."""
    from helpers import evidence

    changed = evidence.rebuild(book_root(), write=not check)
    for path in changed:
        click.echo(f"{'would write' if check else 'wrote'} {path.as_posix()}")
    verb = "to change" if check else "changed"
    click.echo(f"data: every check passed, {len(changed)} files {verb}")
    if check and changed:
        raise YaluError("data/clean is not what the evidence gives: run yalu data and commit it")


_ENGINE = click.option(
    "--engine",
    type=click.Choice(["fork", "kernel"]),
    help="How chapters are executed: fork (fast, the default where it can be had) or kernel.",
)


def _choose(engine: str | None) -> None:
    """Have all that this command executes use an engine."""
    if engine:
        os.environ["YALU_ENGINE"] = engine


@main.command()
@click.option("--open", "open_", is_flag=True, help="Open the book in the browser.")
@click.option("--pdf", is_flag=True, help="Print the whole book too, with an installed Chromium.")
@click.option("--epub", is_flag=True, help="Make the whole book for e-readers too.")
@click.option("--edition", metavar="NAME", help="Keep this build as an edition at v/NAME.")
@click.option("--force", is_flag=True, help="Execute and render everything again.")
@_ENGINE
def build(
    open_: bool, pdf: bool, epub: bool, edition: str | None, force: bool, engine: str | None
) -> None:
    """Execute the chapters that changed and build the book at _build/html."""
    from helpers.book import warm

    # processes of its own import what they need while this one does
    warm.start()
    from helpers.book.build import build as build_book

    _choose(engine)
    site = build_book(book_root(), click.echo, pdf=pdf, epub=epub, edition=edition, force=force)
    if open_:
        webbrowser.open((site / "index.html").as_uri())


@main.command()
def check() -> None:
    """Check data, chapters, pages and the source of every number; publish nothing."""
    from helpers.book.build import check as check_book

    check_book(book_root(), click.echo)
    click.echo("book: every check passed")


@main.command()
@click.option("--port", default=8000, show_default=True, help="Port on 127.0.0.1.")
def serve(port: int) -> None:
    """Show the built book at http://127.0.0.1:PORT until Ctrl-C."""
    from helpers.book.serve import server

    with server(book_root(), port) as running:
        click.echo(f"http://127.0.0.1:{running.server_port}/  (Ctrl-C ends)")
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            click.echo("")


@main.command()
@click.argument("words", nargs=-1, metavar="ID | --search WORDS...")
@click.option("--search", is_flag=True, help="List the claims in which all the words occur.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def claim(words: tuple[str, ...], search: bool, as_json: bool) -> None:
    """Show one claim of the ledger, or find claims by words."""
    from helpers.analysis.wording import quantity_words
    from helpers.evidence import record

    if search:
        return _found(" ".join(words), as_json)
    if len(words) != 1:
        raise YaluError("give the id of one claim, or --search WORDS", exit_code=2)
    told = record.record(words[0], quantity_words)
    width = shutil.get_terminal_size().columns
    lines = [_json(told)] if as_json else record.record_lines(told, width)
    click.echo("\n".join(lines))
    return None


def _found(words: str, as_json: bool) -> None:
    """Print the claims that a search finds; exit code 1 where there are none."""
    from helpers.analysis.wording import quantity_words
    from helpers.evidence.record import brief_line, briefs
    from helpers.evidence.search import search

    found = briefs(search(words), quantity_words)
    number = f"{len(found)} claim{'' if len(found) == 1 else 's'} found"
    lines = [_json(found)] if as_json else [*map(brief_line, found), number]
    click.echo("\n".join(lines))
    if not found:
        sys.exit(1)


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)


@main.group()
def ledger() -> None:
    """See what changed in the ledger, add to it, mend it."""


@ledger.command()
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--save", is_flag=True, help="Add them to data/ledger_log.csv, for the book.")
def log(old: str | None, new: str | None, as_json: bool, save: bool) -> None:
    """Show which claims were added, withdrawn or changed from OLD to NEW.

    OLD and NEW are commits or tags; by default the last tag (or the first commit with the
    ledger) and the files as they are now. With --save by default where the saved log ends,
    and the last commit.
    """
    from helpers.evidence import changelog, history
    from helpers.evidence.usage import pages_of_claims

    if save:
        click.echo("\n".join(changelog.saved_lines(changelog.save(old, new))))
        return
    found, pages = history.log(old, new), pages_of_claims(book_root())
    lines = history.log_lines(found, pages)
    click.echo(_json(history.log_data(found, pages)) if as_json else "\n".join(lines))


# Every column of the tables that take new rows; the theme of a claim follows its indicator.
_COLUMNS = {
    "claims": (
        "claim_id", "indicator", "value", "low", "high", "qualifier", "unit", "per", "place",
        "population", "period_start", "period_end", "source_id", "attribution", "basis",
        "derived_from", "repeats", "status", "recorded_on", "note",
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


@ledger.command()
@_column_options("claims")
def add(**cells: str | None) -> None:
    """Check a new claim and write it in its place in data/ledger/claims.csv.

    At a terminal, what no option gives is asked for.
    """
    _add("claims", cells)


@ledger.command()
@_column_options("sources")
def source(**cells: str | None) -> None:
    """Check a new document and write it in its place in data/ledger/sources.csv.

    At a terminal, what no option gives is asked for.
    """
    _add("sources", cells)


@ledger.command()
@click.argument("claim_id")
@click.argument("entries", nargs=-1, required=True, metavar="COLUMN=ENTRY...")
def change(claim_id: str, entries: tuple[str, ...]) -> None:
    """Change entries of a claim in data/ledger/claims.csv; COLUMN= empties one.

    For an error of ours. What a source prints wrongly is left as it is, and gets an entry in
    data/corrections.yml.
    """
    from helpers.evidence import amendment

    done = amendment.change("claims", claim_id, _cells(entries))
    click.echo(f"changed {amendment.file_of('claims')}:{done.line}: {claim_id}")
    for column, (old, new) in done.cells.items():
        click.echo(f"  {column}: {old or 'nothing'} -> {new or 'nothing'}")
    click.echo(_NEXT)


_NEXT = "run yalu data to take it into the clean tables"


def _add(table: str, cells: dict[str, str | None]) -> None:
    """Add a row to a table of the ledger, asking for what is missing where somebody is there."""
    from helpers.evidence import amendment

    if _at_terminal():
        _ask(table, cells)
    line = amendment.add(table, {column: cell or "" for column, cell in cells.items()})
    click.echo(f"added {amendment.file_of(table)}:{line}: {cells[_COLUMNS[table][0]]}")
    click.echo(_NEXT)


def _cells(entries: tuple[str, ...]) -> dict[str, str]:
    """Return "column=entry" texts as a mapping."""
    from helpers.rerun.values import split

    cells: dict[str, str] = {}
    for column, entry in (split(text, "") for text in entries):
        if column in cells:
            raise YaluError(f"column {column}: given twice", exit_code=2)
        cells[column] = entry
    return cells


def _at_terminal() -> bool:
    return sys.stdin.isatty()


def _ask(table: str, cells: dict[str, str | None]) -> None:
    """Ask for every column without an entry, days excepted; enter leaves it empty."""
    from helpers.evidence.amendment import allowed

    may = allowed(table)
    for column in (one for one in _COLUMNS[table] if cells[one] is None and one not in _TODAY):
        words = f"{column} ({may[column]})" if may.get(column) else column
        cells[column] = click.prompt(words, default="", show_default=False).strip()


for command in (*COMMANDS, *FORK_COMMANDS):
    main.add_command(command)


if __name__ == "__main__":
    main()
