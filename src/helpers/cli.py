"""The command `yalu`."""

import codecs
import io
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click

from helpers import package_version
from helpers.book.commands import COMMANDS as BOOK_COMMANDS
from helpers.errors import YaluError, hidden
from helpers.files import drop_leftovers, own_temporary_folder
from helpers.fork.commands import COMMANDS as FORK_COMMANDS
from helpers.paths import book_root
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is asked for, its words checked. Raises UsageError."""
        name, command, rest = super().resolve_command(ctx, args)
        if command:
            _check_words(click.Context(command, ctx, name), rest)
        return name, command, rest

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what comes before the command, turning a mistake into one line."""
        with _in_plain_lines(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, turning a user's mistake into plain lines."""
        with _in_plain_lines(ctx):
            with suppress(OSError, YaluError):
                own_temporary_folder()
                drop_leftovers(book_root())
            return super().invoke(ctx)


# their words are cells of the ledger, which its own rules check
_CELLS = ("add", "source", "change")


def _check_words(ctx: click.Context, args: list[str]) -> None:
    """Refuse an option given twice, and a word that is empty or that nobody can read."""
    command = ctx.command
    if isinstance(command, click.Group):
        # of a group within: its own words are those of its command
        name = args[0] if args else ""
        if within := command.get_command(ctx, name):
            _check_words(click.Context(within, ctx, name), args[1:])
        return
    given, _, order = command.make_parser(ctx).parse_args(list(args))
    for parameter in () if "help" in given else command.params:
        once = isinstance(parameter, click.Option) and not (parameter.multiple or parameter.is_flag)
        if once and order.count(parameter) > 1:
            raise _misused(ctx, parameter, "is given twice")
        if ctx.info_name in _CELLS and parameter.name != "claim_id":
            continue
        for word in _texts(given.get(parameter.name or "")):
            if not word.strip():
                raise _misused(ctx, parameter, "is empty; give a value or leave it out")
            if said := hidden(word):
                raise _misused(ctx, parameter, f"holds {said}")


def _texts(value: Any) -> Iterator[str]:
    """Yield the words given for a parameter: none, one, or several, alone or in groups."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def _misused(ctx: click.Context, parameter: click.Parameter, said: str) -> click.UsageError:
    return click.UsageError(f"{parameter.get_error_hint(ctx)} {said}", ctx)


@contextmanager
def _in_plain_lines(ctx: click.Context) -> Iterator[None]:
    """Print what a user did wrong, a line each, and end with the exit code."""
    try:
        yield
    except YaluError as error:
        click.echo("\n".join(map(_shortened, error.lines)), err=True)
        ctx.exit(error.exit_code)
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        place = error.ctx.command_path if error.ctx else ctx.command_path
        said = " ".join(error.format_message().split()).rstrip(".")
        said = _shortened(f"{said[:1].lower()}{said[1:]}")
        click.echo(f"{place}: {said}; see {place} --help", err=True)
        ctx.exit(error.exit_code)
    except BrokenPipeError:
        raise
    except OSError as error:  # a full disk, no permission, too many open files ...
        where = f"{error.filename}: " if error.filename else "could not go on: "
        said = error.strerror or str(error)
        if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
            said = str(error.args[0][0][-1])  # the first of the files that could not be copied
        click.echo(f"{where}{said}; what was there is left", err=True)
        ctx.exit(1)
    except ModuleNotFoundError as error:
        package = next(iter(package_version()), "")
        if not package or str(error.name).split(".")[0] == "helpers":
            raise
        said = f"this needs {error.name}, which is not installed: pip install '{package}[book]'"
        click.echo(said, err=True)
        ctx.exit(2)


def _shortened(line: str) -> str:
    """Return a line without the most of a word that no terminal has room for."""
    return re.sub(r"(\S{80})\S{320,}", r"\1…", line)


def _print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(f"yalu, version {' '.join(package_version().values()) or 'unknown'}")
        ctx.exit()


@click.group(
    "yalu",
    cls=_Yalu,
    epilog="\b\nExample: yalu run luggage -p workers_per_week=200",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version,
              help="Show the version and exit.")  # fmt: skip
def main() -> None:
    """Build, check, rerun and fork a book of parametrised chapters."""
    if os.environ.get("YALU_ENGINE"):
        from helpers.book.execute import checked_engine

        checked_engine()


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
