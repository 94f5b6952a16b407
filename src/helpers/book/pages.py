"""Make the pages: check the data, execute the chapters that are stale, stage and render."""

import json
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from helpers.book import chart_cache, number_lint, process_pool
from helpers.book.execute import Execution, execute_many
from helpers.book.kit import add_kits
from helpers.book.render import render
from helpers.book.stage import (
    RESULTS,
    USAGE,
    chapter_files,
    check_sources,
    first_heading,
    scenario_pages,
    stage,
)
from helpers.book.stale import (
    EXECUTED,
    OF_ONE_PAGE,
    WORK,
    Inputs,
    Manifest,
    changed,
    data_inputs,
    digest,
    digest_of,
    file_digest,
    in_a_line,
    record_chapter,
    tree,
    why_stale,
)
from helpers.chapter.sidecar import check_defaults
from helpers.errors import YaluError
from helpers.evidence.rebuild import rebuild
from helpers.evidence.trace import read_trace
from helpers.files import remove

# what chapters that failed had shown
FAILED = "_build/failed"
_DIRECTIVE = re.compile(r"(?:`{3,}|:{3,}|~{3,})\s*\{")
# a chapter of which a page shows a figure
_SHOWN = re.compile(r"\{figure-from\} (\S+)")


def make_pages(
    root: Path, report: Callable[[str], None], force: bool, manifest: Manifest, inputs: Inputs
) -> Path:
    """Make the pages of the book, as `build.check` says, and return their folder."""
    work = root / WORK
    if force:
        for folder in (work, root / chart_cache.FOLDER):
            remove(folder)
        manifest.data, manifest.pages = "", {}
    check_sources(root)
    chart_cache.drop_damaged(root, report)
    _drop_damaged(work, manifest, report)
    process_pool.start_preload()
    if manifest.data == data_inputs(inputs):
        report("data: unchanged")
    else:
        report("data: checking")
        inputs.update(rebuild(root))
        manifest.data = data_inputs(inputs)
    chapters = chapter_files(root)
    if faults := [line for path in chapters for line in check_defaults(root, path.stem)]:
        raise YaluError(*faults)
    executions = book_executions(root)
    stale = drop_stale(executions, manifest, inputs, report, force)
    _execute(stale, manifest, inputs)
    stage(root, root / EXECUTED, work / "stage")
    report("pages: rendering")
    before, now = manifest.pages, page_inputs(inputs, work / "stage")
    # a build never starts from what a failed or interrupted run of Sphinx left
    manifest.pages = {}
    manifest.save()
    build_on = _mark_stale_pages(before, now, work / "stage")
    pages = render(work / "stage", work / "rendered", build_on)
    add_kits(root, manifest, inputs, work, pages)
    manifest.pages = now | {"kept": _kept(work)}
    manifest.save()
    counts = json.loads((work / "stage" / number_lint.COVERAGE).read_text("utf-8"))
    for line in number_lint.coverage_lines(counts):
        report(line)
    return pages


def _kept(work: Path) -> dict[str, str]:
    """Return name to hash of what a build keeps for the next, besides executed notebooks."""
    skipped = (f"{EXECUTED.name}/", "rendered/_build/html/")
    return {n: found for n, found in tree(work).items() if not n.startswith(skipped)}


def _drop_damaged(work: Path, manifest: Manifest, report: Callable[[str], None]) -> None:
    """Drop what the last build kept unless it is as it was; executed notebooks have their own."""
    if work.exists() and not work.is_dir():
        remove(work)
    if wrong := changed(manifest.pages.get("kept", {}), _kept(work)):
        if manifest.pages:
            more = f" and {len(wrong) - 1} more" if wrong[1:] else ""
            report(f"{WORK.as_posix()}/{wrong[0]}{more}: damaged; all pages are made again")
        for path in work.glob("*"):
            if path != work.parent.parent / EXECUTED or not path.is_dir():
                remove(path)
        manifest.pages = {}


def book_executions(root: Path) -> list[Execution]:
    """Return what the book is made of: its chapters, then its published scenarios."""
    chapters = chapter_files(root)
    folder = root / EXECUTED
    return [Execution(path, folder / path.name) for path in chapters] + [
        Execution(
            root / "chapters" / f"{page.chapter}.ipynb", folder / f"{page.name}.ipynb",
            page.scenario.parameters,
        )
        for page in scenario_pages(chapters)
    ]  # fmt: skip


def drop_stale(
    executions: list[Execution], manifest: Manifest, inputs: Inputs,
    report: Callable[[str], None], force: bool,
) -> list[Execution]:  # fmt: skip
    """Return the executions that are stale, their notebooks and records removed.

    Reports for each why it runs or that it does not; with `force` all run. Notebooks and
    records that belong to none of `executions` are removed too.
    """
    stale = []
    for one in executions:
        reasons = why_stale(manifest, inputs, one.source, one.target, one.parameters)
        if force or reasons:
            stale.append(one)
        report(f"{one.target.stem}: {'forced' if force else in_a_line(reasons) or 'unchanged'}")
    fresh = {one.target for one in executions if one not in stale}
    for path in (inputs.root / EXECUTED).glob("*"):
        if path not in fresh:
            remove(path)
    names = {path.stem for path in fresh}
    manifest.chapters = {name: manifest.chapters[name] for name in sorted(names)}
    return stale


def _execute(stale: list[Execution], manifest: Manifest, inputs: Inputs) -> None:
    """Execute what is stale, as many side by side as there are cores, and record each.

    The longest notebooks come first, so that none runs alone at the end. Raises YaluError with
    a line for each that failed.
    """
    failures: dict[Path, list[str]] = {}
    remove(inputs.root / FAILED)
    with tempfile.TemporaryDirectory(prefix="yalu-") as notes:
        # pages show SVGs of the charts, not the pictures in the notebooks
        executions = [
            replace(
                one, reads=Path(notes) / one.target.stem, pictures=False,
                failed=inputs.root / FAILED / one.target.name,
            )
            for one in stale
        ]  # fmt: skip
        executions.sort(key=lambda one: -one.source.stat().st_size)
        for index, error in execute_many(executions, os.cpu_count() or 1):
            one = executions[index]
            if error:
                left = f"{FAILED}/{one.target.name}"
                is_left = (inputs.root / left).is_file()
                end = f"; what it had shown: {left}" if is_left else ""
                failures[one.target] = [line + end for line in error.lines]
            elif one.reads:
                read = vars(read_trace(one.reads))
                record_chapter(manifest, inputs, one.source, one.target, one.parameters, read)
    if failures:
        raise YaluError(*(line for one in stale for line in failures.get(one.target, [])))


def page_inputs(inputs: Inputs, staged: Path) -> dict[str, Any]:
    """Return the hash of what all pages depend on (`shared`), and of each page's own (`own`).

    Shared: data, configuration and the modules of the Sphinx extension. A page's own: its
    source; results and sidecars of the chapters that it names; the chapters of which it shows a
    figure; and, where it has a directive, what a directive may look at: which page uses which
    claim, titles, all sidecars.
    """
    files = {n: content for n, content in inputs.files.items() if not OF_ONE_PAGE.fullmatch(n)}
    code = inputs.imported("helpers.book.sphinx")
    sidecars = inputs.root / "chapters"
    runs = sorted((staged / RESULTS).glob("*.json"))
    named = {r.stem: file_digest(r) + file_digest(sidecars / f"{r.stem}.yml") for r in runs}
    paths = sorted([*(staged / "chapters").rglob("*.md"), *(staged / "chapters").rglob("*.ipynb")])
    pages = {path.relative_to(staged).with_suffix("").as_posix(): path for path in paths}
    around = digest_of([
        {name: first_heading(path) for name, path in pages.items()},
        [json.loads(run.read_text(encoding="utf-8"))["used"] for run in runs],
        [file_digest(path) for path in sorted(sidecars.glob("*.yml"))],
        file_digest(staged / USAGE),
    ])  # fmt: skip
    own = {}
    for name, path in pages.items():
        text = path.read_text(encoding="utf-8")
        chapters = [found for run, found in named.items() if run == path.stem or run in text]
        chapters += [file_digest(staged / "chapters" / f"{c}.ipynb") for c in _SHOWN.findall(text)]
        own[name] = digest("\n".join([text, *chapters, around * bool(_DIRECTIVE.search(text))]))
    shared = digest_of([files, inputs.editions, inputs.environment, code])
    return {"shared": shared, "own": own}


def _mark_stale_pages(before: dict[str, Any], now: dict[str, Any], staged: Path) -> bool:
    """Give the staged pages whose inputs changed a new time, so that Sphinx reads them again.

    `before` and `now` are as `page_inputs` returns them. Returns whether Sphinx can start from
    what it cached in the last build.
    """
    if before.get("shared") != now["shared"]:
        return False
    for name in changed(before["own"], now["own"]):
        for path in filter(Path.is_file, (staged / f"{name}.md", staged / f"{name}.ipynb")):
            os.utime(path)
    return True
