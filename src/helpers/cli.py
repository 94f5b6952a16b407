"""The command `yalu`."""

import shutil
import sys
from typing import Any

import click

from helpers.book.commands import COMMANDS as BOOK_COMMANDS
from helpers.errors import YaluError
from helpers.fork.commands import COMMANDS as FORK_COMMANDS
from helpers.rerun.commands import COMMANDS as RERUN_COMMANDS

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


for command in (*BOOK_COMMANDS, *RERUN_COMMANDS, *FORK_COMMANDS):
    main.add_command(command)


if __name__ == "__main__":
    main()
