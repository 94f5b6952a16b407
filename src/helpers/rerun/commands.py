"""Commands of `yalu` that rerun chapters."""

import json
from pathlib import Path
from typing import Any

import click

from helpers.paths import book_root

_parameters = click.option(
    "-p", "--parameter", "assignments", multiple=True, metavar="NAME=VALUE",
    help="Set a parameter; may be given often.",
)  # fmt: skip


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)


@click.command()
@click.argument("chapter")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON Schema.")
def params(chapter: str, as_json: bool) -> None:
    """Show the parameters of CHAPTER: meaning, unit, default, what is allowed, where from."""
    from helpers.rerun.declared import parameter_schema, parameter_table
    from helpers.rerun.values import known_chapter

    known_chapter(book_root(), chapter)
    click.echo(_json(parameter_schema(chapter)) if as_json else parameter_table(chapter))


@click.command()
@click.argument("chapter")
@_parameters
@click.option("--scenario", help="Name of a scenario in the sidecar, or a YAML file.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write, not runs/...")
@click.option("--force", is_flag=True, help="Run even if the same run is there.")
@click.option("--no-page", is_flag=True, help="Leave out index.html.")
def run(chapter: str, assignments: tuple[str, ...], scenario: str | None, out: Path | None,
        force: bool, no_page: bool) -> None:  # fmt: skip
    """Run CHAPTER with other parameters and show what that changes against the book."""
    from helpers.rerun import run as runs

    wanted = runs.planned(book_root(), chapter, assignments, scenario, out)
    made = runs.carry_out(wanted, not no_page, force)
    click.echo("\n".join(_against_book(wanted)))
    click.echo(f"{_shown(wanted.target)}: {'written' if made else 'found, not run again'}")


def _against_book(wanted: Any) -> list[str]:
    from helpers.rerun.changes import change_lines, changes
    from helpers.rerun.published import read_published
    from helpers.rerun.reading import read_run

    book = read_published(wanted.root, wanted.chapter)
    return change_lines(changes(book, read_run("this run", wanted.notebook)))


def _shown(path: Path) -> str:
    """Return a path from here, where it lies below."""
    whole, here = path.resolve(), Path.cwd()
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(path)


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--chapter", help="Only this chapter, where two books are held against each other.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff(old: str, new: str, chapter: str | None, as_json: bool) -> None:
    """Show what differs from OLD to NEW: runs, commits, or the word book for the published book."""
    from helpers.rerun.changes import change_lines
    from helpers.rerun.diff import diff as differences
    from helpers.rerun.values import known_chapter

    if chapter:
        known_chapter(book_root(), chapter)
    found = differences(book_root(), old, new, chapter)
    click.echo(_json(found) if as_json else "\n\n".join("\n".join(change_lines(f)) for f in found))


COMMANDS = (params, run, diff)
