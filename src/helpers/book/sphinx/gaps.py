"""Gaps: in a book on a part of the evidence, what stands in the place of sentences without answer.

A role whose claim, document or result is left out gives an inline of class `GONE`. A sentence with
one, or with a date after the day of the book, goes; so do sentences beside it without a source,
since they may speak of it. What an author
marks as `[words]{.yalu-present}` tells of the present book only, and goes without a word. Of a
sentence with a result that came out otherwise than in the present book, its label and value stay,
where no chapter wrote it to fit any value. `yalu_part` in the configuration says what book it is.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

from helpers.book.sphinx.html import number_of
from helpers.chapter.no_answer import is_later
from helpers.chapter.running import Result
from helpers.chapter.sensitivity.section import MARK as OF_MARKS

GONE, MARK, PRESENT = "yalu-gone", "yalu-no-answer", "yalu-present"
DIFFERENCES = "differences"
# beside the staged book: what each page leaves out
LEFT_OUT = "left_out.json"
# what a document says may name later dates: a deadline, a plan
_SAID = {"yalu-claim", "yalu-statement", "yalu-source"}
_EVIDENCE = {*_SAID, "yalu-result", "yalu-fact"}
_NO_TEXT = (nodes.literal_block, nodes.raw, nodes.comment, nodes.math, nodes.math_block)
_END = re.compile(r"(?<=[.?!])[”’)\]]*\s+(?=[“‘(\[]*[A-Z0-9])")
_LAST = re.compile(r"(?<!\b[A-Z])[.?!][”’)\]]*\s+$")
_SHORT = re.compile(r"(?:\b(?:No|Art|Mr|Mrs|Dr|St|vs|Fig|pp?|cf)|\b[A-Z]|\be\.g|\bi\.e)\.\s*$")
# lines that chapters show in the place of what has no answer
_LINES = ("No figure ", "No answer ")

Status = Literal["gone", "kept", "open", "changed", "mark"]


def part_of(env: BuildEnvironment) -> dict[str, Any]:
    """Return what `yalu_part` says of this book, nothing where it is on all of the evidence."""
    return dict(env.config.yalu_part)


def gone(text: str) -> nodes.inline:
    """Return what a role gives that has no answer."""
    return nodes.inline("", text, classes=[GONE])


def otherwise(env: BuildEnvironment, chapter: str, result: Result) -> dict[str, Any]:
    """Return what tells the gaps of a result of another page that came out otherwise here."""
    part = part_of(env)
    if not part or env.docname == f"chapters/{chapter}" or result.key.endswith(OF_MARKS):
        return {}
    about: dict[str, Any] = {"result_key": result.key, "label": result.label}
    if result.key in part["differs"].get(chapter, ()):
        about["rests"] = sorted(set(result.parameters) & set(part["changed"].get(chapter, ())))
    return about


def line(part: dict[str, Any], text: str) -> nodes.paragraph:
    """Return a paragraph that says in a line why something is not here."""
    return nodes.paragraph("", f"[{text} {part['words']}.]", classes=[MARK])


# Sentences ------------------------------------------------------------------------------------


def status_of(parts: Iterable[nodes.Node], book: dict[str, Any]) -> Status:
    """Return how some nodes stand.

    "gone": they name what the book leaves out or a later date; "changed": a result with another
    value; "kept": only what remains; "mark": how well an answer is supported; "open": nothing that
    could be checked. `book` is what `part_of` gives.
    """
    words, kept, rests, named, differs, mark = [], False, set[str](), set[str](), False, False
    for part in parts:
        for node in part.findall(include_self=True):
            if isinstance(node, nodes.Element):
                css = set(node["classes"])
                if GONE in css:
                    return "gone"
                mark |= "yalu-mark" in css
                kept |= bool(css & _EVIDENCE)
                differs |= "rests" in node
                words.append(str(node.get("reason", "")))
                rests |= set(node.get("rests", ()))
                named.add(node.get("result_key", ""))
            elif not _is_said(node, part):
                words.append(node.astext())
    text = " ".join(words)
    if is_later(text, book["after"]) or any(name in text for name in book["names"]):
        return "gone"
    # a condition holds for any value of the parameters that it names
    if differs and not (rests and rests <= named and re.search(r"\bif\b", text, re.I)):
        return "changed"
    if mark:
        return "mark"
    return "kept" if kept else "open"


def _is_said(node: nodes.Node, within: nodes.Node) -> bool:
    while node is not None:
        if isinstance(node, nodes.Element) and _SAID & set(node["classes"]):
            return True
        if node is within:
            return False
        node = node.parent
    return False


def sentences(block: nodes.TextElement) -> list[list[nodes.Node]]:
    """Return the nodes of a paragraph by sentences; emphasis, links and the like stay whole."""
    found: list[list[nodes.Node]] = [[]]
    for child in block.children:
        before = "".join(node.astext() for node in found[-1])
        if not isinstance(child, nodes.Text):
            # a line that is broken off ends a sentence, too
            if _LAST.search(before + "\n" * isinstance(child, nodes.raw)):
                found.append([])
            found[-1].append(child)
            continue
        text, start = child.astext(), 0
        for end in _END.finditer(before + text):
            cut = end.end() - len(before)
            if cut <= 0 or _SHORT.search((before + text)[: end.start()]):
                continue
            found[-1].append(nodes.Text(text[start:cut]))
            found.append([])
            start = cut
        if text[start:]:
            found[-1].append(nodes.Text(text[start:]))
    return [one for one in found if one]


@dataclass
class Block:
    """A paragraph, heading or the like: its sentences, and how each stands."""

    node: nodes.TextElement
    parts: list[list[nodes.Node]]
    status: list[Status] = field(default_factory=list)

    def leave_out(self, every: bool) -> None:
        """Leave out the open sentences beside one that is gone, or where `every` one is to go.

        A mark goes with all the other sentences.
        """
        told = set(self.status)
        out = {"open"} if every or told & {"gone", "changed"} else set()
        out |= {"mark"} if "gone" in told and not told & {"kept", "changed"} else set()
        self.status = ["gone" if one in out else one for one in self.status]


class Gaps(SphinxTransform):
    """Puts one short mark in the place of each run of sentences that have no answer."""

    # before Sphinx collects titles and contents
    default_priority = 870

    def apply(self, **_: Any) -> None:
        """Change a page, and note what it leaves out."""
        self.part, self.sections = part_of(self.env), list[str]()
        page = self.env.docname.rpartition("/")[2]
        if not self.part or page == DIFFERENCES:
            return
        self.count = self.open = 0
        for node in [n for n in self.document.findall(nodes.Element) if PRESENT in n["classes"]]:
            node.parent.remove(node)
        self._rows()
        blocks: dict[Any, list[Block]] = {}
        for node in list(_blocks(self.document)):
            block = Block(node, [list(node.children)] if _is_one(node) else sentences(node))
            block.status = [status_of(one, self.part) for one in block.parts]
            if _is_one(node):  # the title of a figure was worked out with it
                block.status = ["kept" if one == "changed" else one for one in block.status]
            blocks.setdefault(_section(node), []).append(block)
        mostly_gone = []
        for section, own in blocks.items():
            told = [status for block in own for status in block.status]
            gone_here = told.count("gone") + len(list(filter(_is_line, _direct(section))))
            kept = len(told) - told.count("gone") - told.count("open")
            kept += sum(isinstance(node, nodes.figure) or "yalu-figure" in node["classes"]
                        for node in _direct(section))  # fmt: skip
            mostly = gone_here > 0 and gone_here >= kept
            # headings of chapters tell a story, those of other pages say what stands below
            mostly_gone += [section] if mostly and self._is_chapter() else []
            for block in own:
                block.leave_out(mostly and isinstance(block.node, nodes.paragraph))
                self._replace(block)
        for section in mostly_gone:
            self._without_heading(section)
        for section in reversed(list(self.document.findall(nodes.section))):
            self._close(section)
        for paragraph in [m for m in self.document.findall(nodes.paragraph) if "gap" in m]:
            _join(paragraph)
        for mark in [m for m in self.document.findall(nodes.Element) if "gap" in m]:
            mark += nodes.Text(self._words(mark["gap"]))
        title = self.document.next_node(nodes.title)
        self.app.yalu_left_out[page] = {  # type: ignore[attr-defined]
            "title": title.astext() if title else page,
            "sentences": self.count, "open": self.open, "sections": self.sections[::-1],
        }  # fmt: skip

    def _is_chapter(self) -> bool:
        return str(self.env.doc2path(self.env.docname)).endswith(".ipynb")

    def _words(self, count: int) -> str:
        said = f"{number_of(count, 'sentence')} {'rests' if count == 1 else 'rest'}"
        return f"[No answer {self.part['words']}: {said} on {self.part['rest']}.]"

    def _rows(self) -> None:
        for table in list(self.document.findall(nodes.table)):
            lost, places = 0, list[str]()
            for body in list(table.findall(nodes.tbody)):
                for row in list(body.children):
                    if status_of([row], self.part) == "gone":
                        body.remove(row)
                        lost += 1
                        within = row.findall(nodes.Element)
                        places += [one for node in within for one in node["ids"]]
            if lost:
                self.count += lost
                at = table.parent.index(table)
                mark = nodes.paragraph(classes=[MARK], gap=lost, ids=places)
                empty = not any(body.children for body in table.findall(nodes.tbody))
                table.parent[at : at + 1] = [mark] if empty else [table, mark]

    def _replace(self, block: Block) -> None:
        gaps = block.status.count("gone") + block.status.count("changed")
        self.open += block.status.count("open")
        if not gaps:
            return
        self.count += gaps
        if not isinstance(block.node, nodes.paragraph):
            block.node.children = []
            block.node += nodes.Text(f"No answer {self.part['words']}")
        elif set(block.status) == {"gone"} and isinstance(block.node, nodes.paragraph):
            mark = nodes.paragraph(classes=[MARK], gap=gaps, ids=block.node["ids"])
            block.node.replace_self(mark)
        else:
            made: list[nodes.Node] = []
            for part, status in zip(block.parts, block.status, strict=True):
                last: Any = made[-1] if made else None
                if status == "changed":
                    made += [nodes.Text(" "), *_values(part), nodes.Text(" ")]
                elif status != "gone":
                    made += [*([nodes.Text(" ")] if _is_mark(last) else []), *part]
                elif _is_mark(last):
                    last["gap"] += 1
                else:
                    made.append(nodes.inline(classes=[MARK], gap=1))
            block.node.children = []
            block.node += made

    def _without_heading(self, section: Any) -> None:
        """Take away the heading of a section that is mostly gone: it tells what is not there."""
        if not isinstance(section, nodes.section) or isinstance(section.parent, nodes.document):
            return
        if section.parent.index(section) == 0 or not isinstance(section.children[0], nodes.title):
            return
        self.sections.append(section.children.pop(0).astext())
        section.replace_self([nodes.target("", "", ids=section["ids"]), *section.children])

    def _close(self, section: nodes.section) -> None:
        """Take away a section that has nothing left, its places and its gaps kept."""
        if isinstance(section.parent, nodes.document):
            return
        marks = [m for m in section.findall(nodes.paragraph) if _is_mark(m) or _is_line(m)]
        if not marks or any(_is_content(node) for node in section.children[1:]):
            return
        self.sections.append(section.children[0].astext())
        marks[0]["ids"] += [one for node in section.findall(nodes.section) for one in node["ids"]]
        section.replace_self(marks)


def _direct(section: Any) -> Iterator[nodes.Element]:
    """Yield what stands in a section and in none within it."""
    for node in section.findall(nodes.Element) if section is not None else ():
        if node is not section and _section(node) is section:
            yield node


def _values(part: list[nodes.Node]) -> Iterator[nodes.Node]:
    """Yield the results of a sentence, each with its label."""
    found = [node for one in part for node in one.findall(nodes.Element, include_self=True)
             if "label" in node]  # fmt: skip
    for number, node in enumerate(found):
        yield nodes.Text(f"{'; ' if number else '[In this book: '}{node['label']}: ")
        yield node
    yield nodes.Text("]")


def _is_mark(node: Any) -> bool:
    return isinstance(node, nodes.Element) and "gap" in node


def _is_line(node: nodes.Element) -> bool:
    return isinstance(node, nodes.paragraph) and node.astext().lstrip("[").startswith(_LINES)


def _is_content(node: nodes.Node) -> bool:
    """Return whether a node shows something that is neither a gap nor the code of a cell."""
    if isinstance(node, nodes.Invisible | nodes.target) or _is_mark(node):
        return False
    if isinstance(node, nodes.Element):
        if "cell_input" in node["classes"] or _is_line(node):
            return False
        if isinstance(node, nodes.container | nodes.list_item | nodes.Sequential | nodes.section):
            return any(map(_is_content, node.children))
    return True


def _join(mark: nodes.Element) -> None:
    """Join a gap to the one just before it, also over the items of a list of bullets."""
    node, within = mark, mark.parent
    if isinstance(within, nodes.list_item) and isinstance(within.parent, nodes.bullet_list):
        if len(within.children) > 1:
            return
        node, within = within, within.parent
    at = within.index(node)
    before: Any = within[at - 1] if at else None
    if isinstance(before, nodes.list_item) and len(before.children) == 1:
        before = before[0]
    if _is_mark(before):
        before["gap"] += mark["gap"]
        before["ids"] += mark["ids"]
        within.remove(node)


def _is_one(node: nodes.TextElement) -> bool:
    return not isinstance(node, nodes.paragraph)


def _blocks(document: nodes.document) -> Iterator[nodes.TextElement]:
    """Yield the outermost paragraphs, headings and captions, outside of tables."""
    for node in document.findall(nodes.TextElement):
        of_page = isinstance(node, nodes.title) and isinstance(node.parent.parent, nodes.document)
        if of_page or isinstance(node, (nodes.Inline, *_NO_TEXT)) or MARK in node["classes"]:
            continue
        inner, parent = False, node.parent
        while parent is not None and not inner:
            inner = isinstance(parent, nodes.TextElement | nodes.table)
            parent = parent.parent
        if not inner and not _is_line(node):
            yield node


def _section(node: nodes.Node) -> nodes.Node | None:
    parent = node.parent
    while parent is not None and not isinstance(parent, nodes.section):
        parent = parent.parent
    return parent


def _missing(app: Sphinx, env: BuildEnvironment, node: Any, content: Any) -> nodes.Node | None:
    """Give the words of a link to what such a book leaves out."""
    if not part_of(env):
        return None
    return nodes.Text("a figure that is left out") if node["reftype"] == "numref" else content


def _write(app: Sphinx, _error: Exception | None) -> None:
    path = Path(app.srcdir) / LEFT_OUT
    path.write_text(json.dumps(app.yalu_left_out, sort_keys=True))  # type: ignore[attr-defined]


def setup(app: Sphinx) -> None:
    """Register the transform, and write what pages leave out."""
    app.add_config_value("yalu_part", {}, "env", dict)
    app.yalu_left_out = {}  # type: ignore[attr-defined]
    app.add_transform(Gaps)
    app.connect("missing-reference", _missing, priority=900)
    app.connect("build-finished", _write)
