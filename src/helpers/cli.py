"""The command `yalu`."""

import os
import shutil
import sys
import webbrowser
from typing import Any

import click

from helpers.errors import YaluError
from helpers.fork.commands import COMMANDS as FORK_COMMANDS
from helpers.paths import book_root
from helpers.rerun.commands import COMMANDS

# in helpers.evidence.commands, imported when asked for: pandas takes longer than the rest
_LEDGER = ("data", "ledger")


class _Yalu(click.Group):
    """A group that shows a YaluError as its lines and ends with its exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted([*super().list_commands(ctx), *_LEDGER])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name, importing those of the ledger only when asked for."""
        if cmd_name in _LEDGER:
            from helpers.evidence import commands

            return {"data": commands.data, "ledger": commands.ledger}[cmd_name]
        return super().get_command(ctx, cmd_name)

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
    from helpers.chapter.wording import quantity_words
    from helpers.evidence.commands import json_text
    from helpers.evidence.lookup import claim_record, record_lines

    if search:
        return _found(" ".join(words), as_json)
    if len(words) != 1:
        raise YaluError("give the id of one claim, or --search WORDS", exit_code=2)
    told = claim_record(words[0], quantity_words)
    width = shutil.get_terminal_size().columns
    lines = [json_text(told)] if as_json else record_lines(told, width)
    click.echo("\n".join(lines))
    return None


def _found(words: str, as_json: bool) -> None:
    """Print the claims that a search finds; exit code 1 where there are none."""
    from helpers.chapter.wording import quantity_words
    from helpers.evidence.commands import json_text
    from helpers.evidence.lookup import brief_line, briefs, search

    found = briefs(search(words), quantity_words)
    number = f"{len(found)} claim{'' if len(found) == 1 else 's'} found"
    lines = [json_text(found)] if as_json else [*map(brief_line, found), number]
    click.echo("\n".join(lines))
    if not found:
        sys.exit(1)


for command in (*COMMANDS, *FORK_COMMANDS):
    main.add_command(command)


if __name__ == "__main__":
    main()
