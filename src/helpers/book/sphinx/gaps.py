"""Gaps: in a book on a part of the evidence, what stands in the place of sentences without answer.

A role whose claim, document or result is left out gives an inline of class `GONE`. A sentence with
one, or with a date after the day of the book, goes; so do sentences beside it that have neither
number nor source, since they may speak of it. `yalu_part` in the configuration says what book it is.
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
from helpers.chapter.no_answer import days_named, is_later

GONE, MARK = "yalu-gone", "yalu-no-answer"
DIFFERENCES = "differences"
# beside the staged book: what each page leaves out
LEFT_OUT = "left_out.json"
_EVIDENCE = {"yalu-claim", "yalu-statement", "yalu-source", "yalu-result"}
_NO_TEXT = (nodes.literal_block, nodes.raw, nodes.comment, nodes.math, nodes.math_block)
_END = re.compile(r"(?<=[.?!])[”’)\]]*\s+(?=[“‘(\[]*[A-Z0-9])")
_SHORT = re.compile(r"(?:\b(?:No|Art|Mr|Mrs|Dr|St|vs|Fig|pp?|cf)|\b[A-Z]|\be\.g|\bi\.e)\.\s*$")
# lines that chapters show in the place of what has no answer
_LINES = ("No figure ", "No answer ")

Status = Literal["gone", "kept", "open"]


def part_of(env: BuildEnvironment) -> dict[str, Any]:
    """Return what `yalu_part` says of this book, nothing where it is on all of the evidence."""
    return dict(env.config.yalu_part)


def gone(text: str) -> nodes.inline:
    """Return what a role gives that has no answer."""
    return nodes.inline("", text, classes=[GONE])


def line(part: dict[str, Any], text: str) -> nodes.paragraph:
    """Return a paragraph that says in a line why something is not here."""
    return nodes.paragraph("", f"[{text} {part['words']}.]", classes=[MARK])


# Sentences ------------------------------------------------------------------------------------


def status_of(parts: Iterable[nodes.Node], day: str) -> Status:
    """Return whether some nodes name what is gone or a later date, what remains, or neither."""
    words, kept, rests, named = [], False, set[str](), set[str]()
    for part in parts:
        for node in part.findall(include_self=True):
            if isinstance(node, nodes.Element):
                css = set(node["classes"])
                if GONE in css:
                    return "gone"
                kept |= bool(css & (_EVIDENCE | {"yalu-fact"}))
                words.append(str(node.get("reason", "")))
                rests |= set(node.get("rests", ()))
                named.add(node.get("result_key", ""))
            elif not _in_evidence(node, part):
                words.append(node.astext())
    text = " ".join(words)
    # a sentence that tells where a parameter is from holds for another one only as a condition
    if is_later(text, day) or (rests and not (rests <= named and re.search(r"\bif\b", text, re.I))):
        return "gone"
    return "kept" if kept or days_named(text) else "open"


def _in_evidence(node: nodes.Node, within: nodes.Node) -> bool:
    while node is not None:
        if isinstance(node, nodes.Element) and _EVIDENCE & set(node["classes"]):
            return True
        if node is within:
            return False
        node = node.parent
    return False


def sentences(block: nodes.TextElement) -> list[list[nodes.Node]]:
    """Return the nodes of a paragraph by sentences; emphasis, links and the like stay whole."""
    found: list[list[nodes.Node]] = [[]]
    for child in block.children:
        if not isinstance(child, nodes.Text):
            found[-1].append(child)
            continue
        text, start = child.astext(), 0
        before = "".join(node.astext() for node in found[-1])
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
        """Leave out the open sentences where one is gone, or where `every` one is to go."""
        if every or "gone" in self.status:
            self.status = ["gone" if one == "open" else one for one in self.status]


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
        self._rows()
        blocks: dict[nodes.Node | None, list[Block]] = {}
        for node in list(_blocks(self.document)):
            block = Block(node, [list(node.children)] if _is_whole(node) else sentences(node))
            block.status = [status_of(one, self.part["after"]) for one in block.parts]
            blocks.setdefault(_section(node), []).append(block)
        for own in blocks.values():
            told = [status for block in own for status in block.status]
            mostly = told.count("gone") > 0 and told.count("gone") >= told.count("kept")
            for block in own:
                block.leave_out(mostly and not isinstance(block.node, nodes.title))
                self._replace(block)
        for section in reversed(list(self.document.findall(nodes.section))):
            self._close(section)
        for mark in [m for m in self.document.findall(nodes.paragraph) if "gap" in m]:
            _join(mark)
        for mark in [m for m in self.document.findall(nodes.Element) if "gap" in m]:
            mark += nodes.Text(self._words(mark["gap"]))
        self.app.yalu_left_out[page] = {  # type: ignore[attr-defined]
            "title": self.document.next_node(nodes.title).astext(),
            "sentences": self.count, "open": self.open, "sections": self.sections[::-1],
        }  # fmt: skip

    def _words(self, count: int) -> str:
        said = f"{number_of(count, 'sentence')} {'rests' if count == 1 else 'rest'}"
        return f"[No answer {self.part['words']}: {said} on {self.part['rest']}.]"

    def _rows(self) -> None:
        for table in list(self.document.findall(nodes.table)):
            lost = 0
            for body in list(table.findall(nodes.tbody)):
                for row in list(body.children):
                    if status_of([row], self.part["after"]) == "gone":
                        body.remove(row)
                        lost += 1
            if lost:
                self.count += lost
                at = table.parent.index(table)
                mark = nodes.paragraph(classes=[MARK], gap=lost)
                empty = not any(body.children for body in table.findall(nodes.tbody))
                table.parent[at : at + 1] = [mark] if empty else [table, mark]

    def _replace(self, block: Block) -> None:
        gaps = block.status.count("gone")
        self.open += block.status.count("open")
        if not gaps:
            return
        self.count += gaps
        if isinstance(block.node, nodes.title):
            block.node.children = []
            block.node += nodes.Text(f"No answer {self.part['words']}")
        elif gaps == len(block.status) and isinstance(block.node, nodes.paragraph):
            mark = nodes.paragraph(classes=[MARK], gap=gaps, ids=block.node["ids"])
            block.node.replace_self(mark)
        else:
            made: list[nodes.Node] = []
            for part, status in zip(block.parts, block.status, strict=True):
                last: Any = made[-1] if made else None
                if status != "gone":
                    made += [*([nodes.Text(" ")] if _is_mark(last) else []), *part]
                elif _is_mark(last):
                    last["gap"] += 1
                else:
                    made.append(nodes.inline(classes=[MARK], gap=1))
            block.node.children = []
            block.node += made

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


def _is_mark(node: Any) -> bool:
    return isinstance(node, nodes.Element) and "gap" in node


def _is_line(node: nodes.Element) -> bool:
    return node.astext().startswith(_LINES)


def _is_content(node: nodes.Node) -> bool:
    """Return whether a node shows something that is neither a gap nor the code of a cell."""
    if isinstance(node, nodes.Invisible | nodes.target) or _is_mark(node):
        return False
    if isinstance(node, nodes.Element):
        if "cell_input" in node["classes"] or (isinstance(node, nodes.paragraph) and _is_line(node)):
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


def _is_whole(node: nodes.TextElement) -> bool:
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
