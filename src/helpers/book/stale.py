"""Find chapters, pages and the site whose inputs changed since they were last made."""

import json
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from helpers.book.execute import Run, execute_many
from helpers.book.fingerprints import (
    Inputs,
    changed,
    digest,
    digest_of,
    file_digest,
    hidden_in,
    notebook_modules,
    tree_digest,
)
from helpers.book.scenarios import scenario_pages
from helpers.book.stage import chapter_files, first_heading
from helpers.errors import YaluError
from helpers.evidence.trace import Trace, read_trace
from helpers.files import write_json
from helpers.paths import SITE

FILE = "_build/manifest.json"
_OF_ONE_PAGE = re.compile(r"chapters/[^/]*\.(md|ipynb|yml)")
_DIRECTIVE = re.compile(r"(?:`{3,}|:{3,}|~{3,})\s*\{")
_SHOWN = 4


@dataclass
class Manifest:
    """What the last builds made and the hashes of its inputs; one file for all of it.

    `data`: hash of the evidence that passed every check. `chapters`: by name, the trace of the
    run, its inputs and the hash of its executed notebook. `pages`: the hash that all pages share
    and one for each page. `site`: its inputs and the hash of its files.
    """

    root: Path
    data: str = ""
    chapters: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: dict[str, Any] = field(default_factory=dict)
    site: dict[str, Any] = field(default_factory=dict)

    def save(self) -> None:
        """Write the manifest."""
        content = {name: value for name, value in vars(self).items() if name != "root"}
        write_json(self.root / FILE, content | {"digest": digest_of(content)})


def read_manifest(root: Path) -> Manifest:
    """Return the manifest of the book at `root`, an empty one where it is missing or damaged."""
    try:
        told = json.loads((root / FILE).read_text(encoding="utf-8"))
        return Manifest(root, **told) if told.pop("digest") == digest_of(told) else Manifest(root)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Manifest(root)


def data_inputs(inputs: Inputs) -> str:
    """Return the hash of what checking the evidence and making the clean tables depends on."""
    data = {name: content for name, content in inputs.files.items() if name.startswith("data/")}
    return digest_of(data | inputs.environment | inputs.imported("helpers.evidence"))


def why_stale(run: Run, manifest: Manifest, inputs: Inputs) -> list[str]:
    """Return why a chapter must run again, an empty list where nothing that it read changed."""
    record = manifest.chapters.get(run.target.stem)
    if record is None or not run.target.is_file():
        return ["not run yet"]
    if record["output"] != file_digest(run.target):
        return ["its executed notebook changed"]
    read = Trace(**{kind: set(names) for kind, names in record["read"].items()})
    if hidden := read.hidden | hidden_in(run.source):
        return [f"reads what cannot be traced ({', '.join(sorted(hidden))})"]
    now = inputs.of_run(run.source, run.parameters, read)
    return [f"{name.removesuffix('.csv')} changed" for name in changed(record["inputs"], now)]


def record_run(run: Run, manifest: Manifest, inputs: Inputs) -> None:
    """Enter a chapter that has just been executed in the manifest."""
    read = read_trace(run.reads) if run.reads else Trace()
    manifest.chapters[run.target.stem] = {
        "read": {kind: sorted(names) for kind, names in asdict(read).items() if names},
        "inputs": inputs.of_run(run.source, run.parameters, read),
        "output": file_digest(run.target),
    }
    manifest.save()


@dataclass(frozen=True)
class Executions:
    """The runs that a book is made of, those of them that are stale, and where that is recorded."""

    runs: list[Run]
    stale: list[Run]
    manifest: Manifest
    inputs: Inputs


def book_runs(root: Path, folder: Path) -> list[Run]:
    """Return what the book is made of, executed into `folder`: chapters, published scenarios."""
    chapters = chapter_files(root)
    scenarios = [
        Run(root / "chapters" / f"{page.chapter}.ipynb", folder / f"{page.name}.ipynb",
            page.scenario.parameters)
        for page in scenario_pages(chapters)
    ]  # fmt: skip
    return [*(Run(path, folder / path.name) for path in chapters), *scenarios]


def find_stale(
    folder: Path, manifest: Manifest, inputs: Inputs, report: Callable[[str], None] = print,
    force: bool = False,
) -> Executions:  # fmt: skip
    """Find and remove the stale ones of the chapters and scenarios executed into `folder`.

    Reports for each why it runs or that it does not; with `force` all run.
    """
    runs = book_runs(inputs.root, folder)
    stale = []
    for run in runs:
        reasons = why_stale(run, manifest, inputs)
        if force or reasons:
            stale.append(run)
            run.target.unlink(missing_ok=True)
        report(f"{run.target.stem}: {'forced' if force else in_a_line(reasons) or 'unchanged'}")
    wanted = {run.target for run in runs}
    for path in folder.iterdir() if folder.is_dir() else ():
        if path not in wanted:
            path.unlink()
    manifest.chapters = {
        run.target.stem: manifest.chapters[run.target.stem] for run in runs if run not in stale
    }
    return Executions(runs, stale, manifest, inputs)


def execute_stale(found: Executions) -> None:
    """Execute what is stale, as many side by side as there are cores, and record each run.

    The longest notebooks come first, so that none is left to run alone at the end. Raises
    YaluError with a line for each that failed.
    """
    failures: dict[Path, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="yalu-") as notes:
        # the pages have pictures of their own
        runs = [
            replace(run, reads=Path(notes) / run.target.stem, pictures=False) for run in found.stale
        ]
        runs.sort(key=lambda run: -run.source.stat().st_size)
        for index, error in execute_many(runs, os.cpu_count() or 1):
            if error:
                failures[runs[index].target] = error.lines
            else:
                record_run(runs[index], found.manifest, found.inputs)
    lines = [line for run in found.stale for line in failures.get(run.target, [])]
    if lines:
        raise YaluError(*lines)


def in_a_line(reasons: list[str]) -> str:
    """Return reasons in one line: the first few, and how many more there are."""
    names = [reason.removesuffix(" changed") for reason in reasons]
    if names == reasons:
        return ", ".join(reasons)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more} changed"


def page_inputs(inputs: Inputs, staged: Path) -> dict[str, Any]:
    """Return the hash of what all pages depend on (`shared`), and of each page's own (`own`).

    Shared: data, configuration and the modules of the Sphinx extension. A page's own: its
    source; results and sidecars of the chapters that it names; and, where it has a directive,
    what a directive may look at: which page uses which claim, titles, all sidecars.
    """
    files = {n: content for n, content in inputs.files.items() if not _OF_ONE_PAGE.fullmatch(n)}
    code = inputs.imported("helpers.book.sphinx")
    sidecars = inputs.root / "chapters"
    runs = sorted((staged / "results").glob("*.json"))
    named = {r.stem: file_digest(r) + file_digest(sidecars / f"{r.stem}.yml") for r in runs}
    paths = sorted([*(staged / "chapters").rglob("*.md"), *(staged / "chapters").rglob("*.ipynb")])
    pages = {path.relative_to(staged).with_suffix("").as_posix(): path for path in paths}
    around = digest_of([
        {name: first_heading(path) for name, path in pages.items()},
        [json.loads(run.read_text(encoding="utf-8"))["used"] for run in runs],
        [file_digest(path) for path in sorted(sidecars.glob("*.yml"))],
        file_digest(staged / "usage.json"),
    ])  # fmt: skip
    own = {}
    for name, path in pages.items():
        text = path.read_text(encoding="utf-8")
        chapters = [found for run, found in named.items() if run == path.stem or run in text]
        own[name] = digest("\n".join([text, *chapters, around * bool(_DIRECTIVE.search(text))]))
    shared = digest_of([files, inputs.editions, inputs.environment, code])
    return {"shared": shared, "own": own}


def mark_stale_pages(before: dict[str, Any], now: dict[str, Any], staged: Path) -> bool:
    """Give the staged pages whose inputs changed a new time, so that Sphinx reads them again.

    `before` and `now` are as `page_inputs` returns them. Returns whether Sphinx can build on
    what it kept of the last build.
    """
    if before.get("shared") != now["shared"]:
        return False
    for name in changed(before["own"], now["own"]):
        for path in (staged / f"{name}.md", staged / f"{name}.ipynb"):
            if path.is_file():
                os.utime(path)
    return True


def site_inputs(inputs: Inputs) -> dict[str, str]:
    """Return name to hash of everything that the site is made of."""
    code = inputs.imported("helpers.book.build", "helpers.book.sphinx")
    modules = {n for path in chapter_files(inputs.root) for n in notebook_modules(path)}
    own = {name: inputs.code.get(name, "") for name in modules}
    return inputs.files | inputs.editions | inputs.environment | code | own


def site_is_fresh(manifest: Manifest, inputs: Inputs, suffixes: list[str] | None = None) -> bool:
    """Return whether the site is what its build made of the inputs as they are.

    `suffixes` are those of the files of the whole book that it must have: ".pdf", ".epub".
    """
    site = inputs.root / SITE
    if not manifest.site or not all(any(site.glob(f"*{suffix}")) for suffix in suffixes or []):
        return False
    same = manifest.site["inputs"] == site_inputs(inputs)
    return same and manifest.site["files"] == tree_digest(site)


def record_site(manifest: Manifest, inputs: Inputs) -> None:
    """Enter the site that was just published in the manifest."""
    manifest.site = {"inputs": site_inputs(inputs), "files": tree_digest(inputs.root / SITE)}
    manifest.save()
