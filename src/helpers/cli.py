"""The command `yalu`."""

import codecs
import io
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from helpers import package_version
from helpers.book.commands import COMMANDS as BOOK_COMMANDS
from helpers.errors import YaluError
from helpers.fork.commands import COMMANDS as FORK_COMMANDS
from helpers.rerun.commands import COMMANDS as RERUN_COMMANDS

# in helpers.evidence.commands, imported when asked for: pandas takes longer than the rest
_LEDGER = ("data", "ledger")


# for a terminal or a pipe whose code page lacks these: a minus must not be lost
_PLAIN = str.maketrans("−–—‘’“”…×", "---''\"\".x")


def _in_plain_signs(error: UnicodeError) -> tuple[str, int]:
    """Return what is printed in place of signs that the output cannot hold, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end].translate(_PLAIN)
    return "".join(sign if sign.isascii() else "?" for sign in signs), error.end


codecs.register_error("yalu", _in_plain_signs)


class _Yalu(click.Group):
    """A group that shows a YaluError as its lines and ends with its exit code."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run a command line, whatever signs the output can hold."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="yalu")
        return super().main(*args, **options)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted([*super().list_commands(ctx), *_LEDGER])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name, importing those of the ledger only when asked for."""
        if cmd_name in _LEDGER:
            from helpers.evidence import commands

            return {"data": commands.data, "ledger": commands.ledger}[cmd_name]
        return super().get_command(ctx, cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what comes before the command, turning a mistake into one line."""
        with _in_plain_lines(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, turning a user's mistake into plain lines."""
        with _in_plain_lines(ctx):
            return super().invoke(ctx)


@contextmanager
def _in_plain_lines(ctx: click.Context) -> Iterator[None]:
    """Print what a user did wrong, a line each, and end with the exit code."""
    try:
        yield
    except YaluError as error:
        click.echo("\n".join(error.lines), err=True)
        ctx.exit(error.exit_code)
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        place = error.ctx.command_path if error.ctx else ctx.command_path
        said = " ".join(error.format_message().split()).rstrip(".")
        click.echo(f"{place}: {said[:1].lower()}{said[1:]}; see {place} --help", err=True)
        ctx.exit(error.exit_code)
    except ModuleNotFoundError as error:
        package = next(iter(package_version()), "")
        if not package or str(error.name).split(".")[0] == "helpers":
            raise
        said = f"this needs {error.name}, which is not installed: pip install '{package}[book]'"
        click.echo(said, err=True)
        ctx.exit(2)


def _print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(f"yalu, version {' '.join(package_version().values()) or 'unknown'}")
        ctx.exit()


@click.group(cls=_Yalu, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version,
              help="Show the version and exit.")  # fmt: skip
def main() -> None:
    """Build, check, rerun and fork a book of parametrised chapters."""


@main.command("claim", epilog="\b\nExample: yalu claim --search fee bag")
@click.argument("words", nargs=-1, metavar="ID | --search WORDS...")
@click.option("--search", "is_search", is_flag=True,
              help="List the claims and statements in which all the words occur.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def claim_command(words: tuple[str, ...], is_search: bool, as_json: bool) -> None:
    """Show one claim or statement of the ledger, or find them by words.

    A statement is a finding without a number. Exit code 1 where none is found.
    """
    from helpers.chapter.wording import quantity_words
    from helpers.evidence.commands import printed_json
    from helpers.evidence.lookup import brief_line, claim_record, record_lines, search_briefs

    if is_search:
        found = search_briefs(" ".join(words), quantity_words)
        told = sum("statement_id" in brief for brief in found)
        number = _number_of(len(found) - told, "claim")
        number += f" and {_number_of(told, 'statement')}" if told else ""
        lines = [*map(brief_line, found), f"{number} found"]
        click.echo(printed_json(found) if as_json else "\n".join(lines))
        sys.exit(0 if found else 1)
    if len(words) != 1:
        raise YaluError("give the id of one claim or statement, or --search WORDS", exit_code=2)
    record = claim_record(words[0], quantity_words)
    width = shutil.get_terminal_size().columns
    click.echo(printed_json(record) if as_json else "\n".join(record_lines(record, width)))


def _number_of(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


for command in (*BOOK_COMMANDS, *RERUN_COMMANDS, *FORK_COMMANDS):
    main.add_command(command)


if __name__ == "__main__":
    main()
