"""The page of differences of a book on a part: what the present book says, and what this one."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import escape

from helpers import evidence
from helpers.chapter.running import Result, parameter_result
from helpers.chapter.sidecar import sidecar
from helpers.chapter.tables import markdown_table
from helpers.chapter.wording import listing
from helpers.config import base_address
from helpers.evidence.clean_tables import all_rows
from helpers.evidence.exclusion import Exclusion, exclusion_of
from helpers.paths import SITE

if TYPE_CHECKING:
    from helpers.book.part import Choice

# where the sections and sentences that pages leave out come, known when they are rendered
LEFT_OUT_HERE = "<!-- LEFT OUT -->"
_NO_TITLE = "what remains of this figure"
Runs = Mapping[str, Mapping[str, Any]]


def today_address(root: Path, choice: "Choice", depth: int) -> str:
    """Return the address of the present book from a page `depth` folders below the start."""
    if base := base_address(root):
        return base
    away = Path(os.path.relpath(root / SITE, choice.pages)).as_posix()
    return f"{'../' * depth}{away}/"


def differences(root: Path, choice: "Choice", today: Runs, here: Runs) -> str:
    """Return the page in MyST: headlines, parameters, figures and evidence, of today and here."""
    gone = exclusion_of(choice.subset)
    parts = [
        "# What differs from the present book",
        f"This is the book *{choice.words}*. {_evidence_words(root, gone)}",
        *_undated(root, choice, gone),
        "## Answers",
        _table(["Answer", "The present book", "This book"], _answers(today, here)),
        "## Parameters",
        _table(["Parameter", "The present book", "This book"], _parameters(today, here, choice)),
        "## Figures",
        _table(["Chapter", "Figure of the present book", "This book"], _figures(today, here)),
        "## Sections and sentences",
        "A sentence goes where it names a document, a claim or a result that is left out, or a "
        "date after the day of this book, even one that was awaited then. Sentences beside it "
        "that have neither number nor source go with it, since they may speak of it. All others of "
        "this kind stand as in the present book: nothing tells on what they rest. A row of a table "
        "counts as a sentence. Where a result came out otherwise and its sentence may no longer "
        "fit, its label and value stand instead. Of a figure with fewer rows, the title keeps what "
        "was worked out anew.",
        LEFT_OUT_HERE,
        "The panels in which assumptions can be moved, the list of what we changed, the log of the "
        "ledger and the list of editions are in the present book only.",
    ]
    return "\n\n".join(parts) + "\n"


def _table(header: list[str], rows: Iterable[list[str]]) -> str:
    found = list(rows)
    return markdown_table(header, found) if found else "None."


def _evidence_words(root: Path, gone: Exclusion) -> str:
    told = []
    for table, words, out in (
        ("sources", "documents", gone.sources), ("claims", "claims", gone.claims),
    ):  # fmt: skip
        every = len(all_rows(table, root).frame)
        told.append(f"{every - len(out):,} of {every:,} {words}")
    if every_said := evidence.statements(root):
        left = sum(said["source_id"] not in gone.sources for said in every_said.values())
        told.append(f"{left:,} of {len(every_said):,} statements without a number")
    return f"It rests on {listing(told)}. Rows of data sets count by their own dates."


def _undated(root: Path, choice: "Choice", gone: Exclusion) -> list[str]:
    """Return what is said of documents without a date of publication, which count as unknown."""
    if not choice.subset.known_by:
        return []
    frame = all_rows("sources", root).frame
    undated = frame[frame["published"].isna() & frame["source_id"].isin(gone.sources)]
    later = len(gone.sources) - len(undated)
    register = f"{today_address(root, choice, 1)}chapters/evidence.html"
    rows = undated.sort_values(["outlet", "source_id"]).to_dict("records")
    # HTML: to MyST an address beyond this book's pages is a page that is missing
    listed = "\n".join(
        f'<li><a href="{register}#source-{row["source_id"]}">{escape(row["outlet"])}: '
        f"{escape(row['title'])}</a></li>"
        for row in rows
    )
    said = [] if later else [
        "**No document is left out because it is later**: the day lies after all that are dated, "
        "and this book differs by undated documents only."
    ]  # fmt: skip
    if rows:
        said.append(f"Documents without a date of publication: {len(rows)}. They count as unknown "
                    "on any day, and are left out.")  # fmt: skip
        said.append(f"<details><summary>Documents without a date</summary>\n<ul>\n{listed}\n</ul>\n"
                    "</details>")  # fmt: skip
    return said


def _plain(text: Any) -> str:
    """Return a text without what Markdown would read as marks."""
    return "".join(f"\\{letter}" if letter in "[]*_`|<{" else letter for letter in str(text))


def _answers(today: Runs, here: Runs) -> Iterable[list[str]]:
    for chapter, run in today.items():
        for key, result in run["results"].items():
            if not result["headline"]:
                continue
            found = here[chapter]["results"].get(key)
            now = Result(**result)
            why = here[chapter].get("lost", {}).get(key, "it needs evidence that is left out")
            told = _plain(Result(**found).text()) if found else f"*no answer*: {_plain(why)}"
            label = f"{_plain(now.label)} ({_plain(sidecar(chapter).title)})"
            yield [label, _plain(now.text()), told]


def _parameters(today: Runs, here: Runs, choice: "Choice") -> Iterable[list[str]]:
    for chapter, run in today.items():
        lost = here[chapter].get("lost", {})
        for name, value in run["parameters"].items():
            new, parameter = here[chapter]["parameters"][name], sidecar(chapter).parameters[name]
            label = f"{_plain(parameter.label)} ({_plain(sidecar(chapter).title)})"
            before = _plain(parameter_result(name, chapter, value).text())
            if name in lost:
                yield [label, before, f"*none*: {_plain(lost[name])}"]
            elif new != value:
                is_set = name in choice.parameters.get(chapter, {})
                how = "set for this book" if is_set else "the nearest figure that remains"
                now = _plain(parameter_result(name, chapter, new).text())
                yield [label, before, f"{now} ({how})"]


def _figures(today: Runs, here: Runs) -> Iterable[list[str]]:
    for chapter, run in today.items():
        found = {figure["name"]: figure["title"] for figure in here[chapter]["figures"]}
        for figure in run["figures"]:
            name = figure["name"].removeprefix(f"{chapter}-").replace("-", " ")
            title = found.get(figure["name"])
            if title is None:
                yield [_plain(sidecar(chapter).title), _plain(name), "left out"]
            elif _NO_TITLE in title:
                yield [_plain(sidecar(chapter).title), _plain(name), "a part, without its finding"]


def left_out_html(left_out: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table of what pages leave out, as HTML, from what `sphinx/gaps` has noted."""
    from helpers.book.sphinx.html import rendered

    return rendered("part_left_out.html.j2", pages=left_out)
