"""Commands of `yalu` that rerun chapters."""

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from helpers.errors import YaluError
from helpers.paths import book_root

_parameters = click.option(
    "-p", "--parameter", "assignments", multiple=True, metavar="NAME=VALUE",
    help="Set a parameter; may be given often.",
)  # fmt: skip

_without = click.option(
    "--without", multiple=True, metavar="SOURCE|OUTLET|BASIS",
    help="Leave out a document, an outlet family or a basis such as derived; may be given often.",
)  # fmt: skip
_known_by = click.option(
    "--known-by", default="", metavar="DATE", help="Only what was published by that day.",
)  # fmt: skip


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)


@click.command("params", epilog="\b\nExample: yalu params luggage")
@click.argument("chapter")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON Schema.")
def params_command(chapter: str, as_json: bool) -> None:
    """Show the parameters of CHAPTER: meaning, unit, default, what is allowed, where from."""
    from helpers.rerun.parameters import known_chapter, parameter_schema, parameter_table

    known_chapter(book_root(), chapter)
    click.echo(_json(parameter_schema(chapter)) if as_json else parameter_table(chapter))


@click.command("run", epilog="\b\nExample: yalu run luggage -p workers_per_week=200")
@click.argument("chapter")
@_parameters
@click.option("--scenario", help="Name of a scenario in the sidecar, or a YAML file.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write, not runs/...")
@click.option("--force", is_flag=True, help="Run even if the same run is there.")
@click.option("--page/--no-page", help="Execute the notebook too, with its page and figures.")
@_without
@_known_by
def run_command(chapter: str, assignments: tuple[str, ...], scenario: str | None, out: Path | None,
        force: bool, page: bool, without: tuple[str, ...], known_by: str) -> None:  # fmt: skip
    """Run CHAPTER with other parameters and show what that changes against the book.

    Its results are computed and written to a folder; the page, the executed notebook and the
    figures only with --page. With --without or --known-by it runs on the evidence that remains:
    claims that repeat one left out leave with it, and a parameter whose claim is left out takes the
    nearest remaining figure.
    """
    if page:
        from helpers.book.process_pool import start_preload

        start_preload()
    from helpers.evidence.exclusion import checked_subset
    from helpers.rerun import api, parameters, run
    from helpers.rerun.compare import change_lines, changes
    from helpers.rerun.folders import made_with
    from helpers.rerun.readings import read_folder, read_published

    root, evidence = book_root(), checked_subset(without, known_by=known_by)
    given = parameters.typed(parameters.known_chapter(root, chapter), assignments)
    made = made_with(root, chapter)
    plan = run.planned(root, chapter, given, scenario, out, evidence, made)
    is_new = run.carry_out(plan, force=force) if page else api.write_run(plan, force)
    lines = change_lines(
        changes(read_published(root, chapter, made), read_folder("this run", plan.target))
    )
    said = f"{_shown(plan.target)}: {'written' if is_new else 'found, not run again'}"
    click.echo("\n".join([*lines, said]))


def _shown(path: Path) -> str:
    """Return a path from here, where it lies below."""
    full, here = path.resolve(), Path.cwd()
    return str(full.relative_to(here)) if full.is_relative_to(here) else str(path)


@click.command("diff", epilog="\b\nExample: yalu diff book HEAD --chapter luggage")
@click.argument("old")
@click.argument("new")
@click.option("--chapter", help="Only this chapter, where two books are held against each other.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff_command(old: str, new: str, chapter: str | None, as_json: bool) -> None:
    """Show what differs from OLD to NEW: numbers, sentences, and what they were made with.

    Each is a run by its name in runs/ or by its path, an executed notebook, a file of results, a
    commit, or the word book for the published book.
    """
    from helpers.rerun.compare import change_lines
    from helpers.rerun.compare import diff as differences
    from helpers.rerun.parameters import known_chapter

    if chapter:
        known_chapter(book_root(), chapter)
    found = differences(book_root(), old, new, chapter)
    click.echo(_json(found) if as_json else "\n\n".join("\n".join(change_lines(f)) for f in found))


@click.command("sweep", epilog="\b\nExample: yalu sweep luggage -p workers_per_week=100:1400:100")
@click.argument("chapter")
@click.option("-p", "--parameter", "assignments", multiple=True, metavar="NAME=VALUES",
              help="start:stop:step, a list a,b,c, or low..high to draw from.")  # fmt: skip
@click.option("--draws", type=click.IntRange(1), help="How many times to draw from low..high.")
@click.option("--method", type=click.Choice(["latin", "sobol"]), default="latin",
              show_default=True, help="How draws are spread.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=20_260, show_default=True)
@click.option(
    "--full", is_flag=True, help="Run the notebook at each point, in a folder with its own page."
)
@click.option("--jobs", type=click.IntRange(1, 256),
              help="With --full: runs at a time.  [default: cores]")  # fmt: skip
@click.option("--cluster", metavar="ADDRESS",
              help="With --full: the scheduler of a Dask cluster, tcp://HOST:PORT.")  # fmt: skip
@click.option("--no-page", is_flag=True, help="Leave out index.html and the pictures.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write, not runs/...")
def sweep_command(
    chapter: str, assignments: tuple[str, ...], draws: int | None, method: str, seed: int,
    full: bool, jobs: int | None, cluster: str | None, no_page: bool, out: Path | None,
) -> None:  # fmt: skip
    """Compute the results of CHAPTER at many points and gather them in one table.

    The notebook runs once; its answers are then computed at all points together. With --full
    it runs at each point; such a sweep goes on where it was cut short. Exit code 1 where a
    point failed; the others are done all the same.
    """
    from helpers.rerun.evaluate import registers
    from helpers.rerun.parameters import known_chapter
    from helpers.rerun.sweep import evaluated, planned_sweep, points, write

    root = book_root()
    if not full and (jobs or cluster):
        option = "--jobs" if jobs else "--cluster"
        raise YaluError(f"{option}: only with --full; else nothing is run apart", exit_code=2)
    if jobs and cluster:
        said = "workers run as many points at a time as they have threads"
        raise YaluError(f"--jobs: not with --cluster, whose {said}", exit_code=2)
    found = points(known_chapter(root, chapter), assignments, draws, method, seed)
    if not full and not registers(root, chapter):
        said = "registers no function with @ch.results; --full runs its notebook at each point"
        raise YaluError(f"chapter {chapter} {said}", exit_code=2)
    wanted = planned_sweep(root, chapter, found, out)
    if full:
        from helpers.rerun.full import run_full

        bar = partial(click.progressbar, length=len(wanted.points), label=f"{chapter}: runs",
                      file=sys.stderr)  # fmt: skip
        frame = run_full(wanted, jobs or os.cpu_count() or 1, cluster, not no_page, bar)
    else:
        frame = evaluated(wanted)
    write(wanted, frame, not no_page)
    failures = frame[frame["error"].notna()]
    for row in failures.head(5).to_dict("records"):
        said = ", ".join(f"{name}={row[name]}" for name in wanted.swept)
        click.echo(f"failed: {said}: {row['error']}", err=True)
    done = len(wanted.points) - len(failures)
    click.echo(f"{_shown(wanted.target)}: {done:,} points, {len(failures):,} failed")
    if len(failures):
        click.get_current_context().exit(1)


@click.command(
    "sensitivity", epilog="\b\nExample: yalu sensitivity luggage --result fee_income_year"
)
@click.argument("chapter")
@_parameters
@click.option("--result", metavar="KEY", help="Only this headline result.")
@click.option("--sobol", is_flag=True, help="Add shares of variance (needs SALib).")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write, not runs/...")
def sensitivity_command(chapter: str, assignments: tuple[str, ...], result: str | None, sobol: bool,
                out: Path | None) -> None:  # fmt: skip
    """Show what moves the headline answers of CHAPTER, where findings turn, what is left of them.

    Prints the tables and writes them.
    """
    from helpers.rerun.parameters import known_chapter, run_values, typed
    from helpers.rerun.sensitivity import (
        check_report_folder,
        report,
        report_lines,
        write_report,
    )

    root = book_root()
    values = run_values(chapter, typed(known_chapter(root, chapter), assignments))
    target = out or root / "runs" / "-".join(filter(None, (chapter, "sensitivity", result)))
    check_report_folder(root, target)
    found = report(root, chapter, values, result, sobol)
    write_report(found, target)
    click.echo("\n".join(report_lines(found)))
    click.echo(f"{_shown(target)}: written")


COMMANDS = (
    params_command, run_command, diff_command, sweep_command, sensitivity_command,
)  # fmt: skip
