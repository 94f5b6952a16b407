"""What is stale: chapters and the site whose inputs differ from those in the manifest."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.book.fingerprints import (
    Inputs,
    changed,
    digest_of,
    file_digest,
    hidden_in,
    notebook_modules,
    tree_digest,
)
from helpers.files import write_json
from helpers.paths import SITE

FILE = "_build/manifest.json"
WORK = Path("_build/work")
EXECUTED = WORK / "executed"
_MOST_REASONS = 4


@dataclass
class Manifest:
    """What the last builds made and the hashes of its inputs; one file for all of it.

    `data`: hash of the evidence that passed every check. `chapters`: by name, source and
    parameters, the trace of the run, the hashes of its inputs and of its executed notebook.
    `pages`: the hash that all pages share and one for each page. `site`: its chapters, the
    hashes of its inputs and of its files.
    """

    root: Path
    data: str = ""
    chapters: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: dict[str, Any] = field(default_factory=dict)
    site: dict[str, Any] = field(default_factory=dict)

    def save(self) -> None:
        """Write the manifest."""
        content = {name: value for name, value in vars(self).items() if name != "root"}
        write_json(self.root / FILE, content | {"hash": digest_of(content)})


def read_manifest(root: Path) -> Manifest:
    """Return the manifest of the book at `root`, an empty one where it is missing or damaged."""
    try:
        told = json.loads((root / FILE).read_text(encoding="utf-8"))
        return Manifest(root, **told) if told.pop("hash") == digest_of(told) else Manifest(root)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Manifest(root)


def data_inputs(inputs: Inputs) -> str:
    """Return the hash of what checking the evidence and making the clean tables depends on."""
    data = {name: content for name, content in inputs.files.items() if name.startswith("data/")}
    return digest_of(data | inputs.environment | inputs.imported("helpers.evidence.rebuild"))


def why_stale(
    manifest: Manifest, inputs: Inputs, source: Path, target: Path,
    parameters: Mapping[str, Any] | None = None,
) -> list[str]:  # fmt: skip
    """Return why the notebook `source` must be executed into `target` again, or an empty list."""
    record = manifest.chapters.get(target.stem)
    if record is None or not target.is_file():
        return ["not run yet"]
    if record["output"] != file_digest(target):
        return ["its executed notebook changed"]
    if hidden := {*record["read"].get("hidden", ()), *hidden_in(source)}:
        return [f"reads what cannot be traced ({', '.join(sorted(hidden))})"]
    now = inputs.of_run(source, parameters, record["read"])
    return [f"{name.removesuffix('.csv')} changed" for name in changed(record["inputs"], now)]


def in_a_line(reasons: list[str]) -> str:
    """Return reasons in one line: the first few, and how many more there are."""
    names = [reason.removesuffix(" changed") for reason in reasons]
    if names == reasons:
        return ", ".join(reasons)
    more = f" and {len(names) - _MOST_REASONS} more" if len(names) > _MOST_REASONS else ""
    return f"{', '.join(names[:_MOST_REASONS])}{more} changed"


def record_chapter(
    manifest: Manifest, inputs: Inputs, source: Path, target: Path,
    parameters: Mapping[str, Any] | None, read: Mapping[str, Iterable[str]],
) -> None:  # fmt: skip
    """Enter a notebook that has just been executed in the manifest.

    `read` is what it read: names by field of `evidence.trace.Trace`.
    """
    manifest.chapters[target.stem] = {
        "source": source.relative_to(inputs.root).as_posix(),
        "parameters": dict(parameters or {}),
        "read": {kind: sorted(names) for kind, names in read.items() if names},
        "inputs": inputs.of_run(source, parameters, read),
        "output": file_digest(target),
    }
    manifest.save()


def _site_inputs(manifest: Manifest, inputs: Inputs) -> dict[str, str]:
    """Return name to hash of what the site is made of, save what chapters read elsewhere."""
    code = inputs.imported("helpers.book.build", "helpers.book.sphinx")
    notebooks = {record["source"] for record in manifest.chapters.values()} & inputs.files.keys()
    modules = (module for name in notebooks for module in notebook_modules(inputs.root / name))
    own = {name: inputs.code.get(name, "") for name in modules}
    return inputs.files | inputs.editions | inputs.environment | code | own


def record_site(manifest: Manifest, inputs: Inputs) -> None:
    """Enter the site that was just published in the manifest."""
    manifest.site = {
        "chapters": sorted(manifest.chapters),
        "inputs": _site_inputs(manifest, inputs),
        "files": tree_digest(inputs.root / SITE),
    }
    manifest.save()


def site_is_fresh(manifest: Manifest, inputs: Inputs, suffixes: Iterable[str] = ()) -> bool:
    """Return whether the site is what a build would make now.

    `suffixes` are those of the PDF and the EPUB where it must have them: ".pdf", ".epub".
    """
    root, site = inputs.root, manifest.site
    if (
        not site
        or not all(any((root / SITE).glob(f"*{suffix}")) for suffix in suffixes)
        or site["chapters"] != sorted(manifest.chapters)
        or site["inputs"] != _site_inputs(manifest, inputs)
        or site["files"] != tree_digest(root / SITE)
    ):
        return False
    return not any(
        why_stale(manifest, inputs, root / one["source"], root / EXECUTED / f"{name}.ipynb",
                  one["parameters"])
        for name, one in manifest.chapters.items()
    )  # fmt: skip
