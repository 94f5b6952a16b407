"""The number lint: each quantity on a page is a claim, a result, a name, or marked as such."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

from helpers import evidence
from helpers.chapter.sidecar import sidecar, sidecar_path
from helpers.chapter.wording import MONTHS, ROLES, label_words
from helpers.evidence.load import vocabulary
from helpers.inputs import yaml_texts
from helpers.paths import book_root

logger = getLogger(__name__)
COVERAGE = "coverage.json"
KINDS = ("claims", "results", "names", "marked", "unsourced")
_MASK = "\ufffc"
_STRAIGHT = str.maketrans("’‘“”", "''\"\"")
_SKIPPED = (
    nodes.literal, nodes.literal_block, nodes.raw, nodes.comment, nodes.label,
    nodes.footnote_reference,
)  # fmt: skip
# what a page draws as it is typed; of dollars, `site` makes no mathematics
_FORMULA = re.compile(r"\$[^$\n]*(?:\\[A-Za-z]+|\w\^|[\^_]\{)[^$\n]*\$")
_ROLES = {
    "yalu-claim": "claims", "yalu-result": "results", "yalu-fact": "results",
    "yalu-marked": "marked", "yalu-source": "names", "yalu-statement": "names",
    "yalu-name": "names",
}  # fmt: skip

_MONTHS = "|".join(MONTHS)
_YEAR = r"(?:19|20)\d\d"
_WORDS = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
    "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    "dozen", "dozens", "hundred", "hundreds", "thousand", "thousands", "million",
    "millions", "billion", "billions", "half", "halves", "twice", "thrice", "double", "doubled",
    "doubles", "triple", "tripled", "tenfold", "third of", "thirds", "quarter of", "quarters of",
    "fifth of", "tenth of", "per cent", "percent", "zero", "nought",
]  # fmt: skip
# nouns that make a four-digit number a quantity and not a year, besides the book's units
_COUNTED = {
    "people", "persons", "workers", "women", "men", "claims", "documents", "sources", "days",
    "weeks", "months", "years", "hours", "states", "firms", "entries",
}  # fmt: skip
_NUMERAL = re.compile(
    r"[¼-¾⅐-⅞]|[〇零一二三四五六七八九十百千万萬亿億两兩]{2,}|"
    rf"(?<![\w/.-])[−-]?\d+(?:,\d{{3}})*(?:\.\d+)?(?:\s?%)?(?![\w])|\b(?:{'|'.join(_WORDS)}|\w+fold)\b",
    re.IGNORECASE,
)


@cache
def _names(units: frozenset[str]) -> re.Pattern[str]:
    """Return what a numeral may be without being a quantity: dates, and names that hold one."""
    nouns = "|".join(map(re.escape, sorted(_COUNTED | units)))
    parts = [
        rf"\b\d{{1,2}}(?:\s*(?:to|and|–|-)\s*\d{{1,2}})?\s+(?:{_MONTHS})\b(?:\s+{_YEAR}\b)?",
        rf"\b(?:{_MONTHS})\s+{_YEAR}\b",
        rf"\b{_YEAR}(?:-\d\d(?:-\d\d)?)\b",
        rf"\b{_YEAR}s?\b(?!\s+(?:{nouns})\b)(?!,\d)(?:[–-]{_YEAR}\b)?",
        r"\bResolutions?\s+\d{3,4}(?:(?:,|\s+and|\s+or|\s+to)\s+\d{3,4})*",
        r"\b(?:Articles?|Art\.|Paragraphs?|Chapters?|Sections?|Figures?|Fig\.|Tables?|Pages?|"
        r"Numbers?|No\.|Python|Version|CC BY|UTF|ISO|port|Vega-Lite|Version)\s*-?\s*"
        r"\d[\d.]*(?:[–-]\d+)?(?:(?:,|\s+and|\s+or|\s+to)\s+\d[\d.]*)*",
        rf"\b(?:first|second)\s+half\s+of\s+{_YEAR}\b",
        r"\bhalf[- ]year(?:s|ly)?\b|\bsecond[- ]hand\b",
    ]
    return re.compile("|".join(parts), re.IGNORECASE)


class Finding(NamedTuple):
    """A quantity without a source: page, the sentence, the numeral, claims with that value."""

    page: str
    sentence: str
    numeral: str
    suggestions: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return one line: where, what, and what to do."""
        claims = ", ".join(self.suggestions)
        hint = f"; claims with this value: {claims}" if claims else ""
        return (
            f'{self.page}: "{self.numeral}" has no source in: {self.sentence!r}; make it a '
            f"{{claim}}, a {{result}}, or mark it with {{stated}}`{self.numeral}; reason`{hint}"
        )


def _blocks(tree: nodes.document) -> Iterator[nodes.TextElement]:
    """Yield the outermost paragraphs, captions and titles, save that of the page: it is a name."""
    for node in tree.findall(nodes.TextElement):
        of_page = isinstance(node, nodes.title) and isinstance(node.parent.parent, nodes.document)
        inline = isinstance(node, (nodes.Inline, *_SKIPPED))
        if not of_page and not inline and not isinstance(node.parent, nodes.TextElement):
            yield node


def _masked(block: nodes.Element, counts: Counter[str]) -> str:
    """Return the text of a block with its sourced numbers and its code masked."""
    parts = []
    for child in block.children:
        if isinstance(child, nodes.Text):
            parts.append(child.astext())
        elif isinstance(child, nodes.Element):
            css = next((css for css in child["classes"] if css in _ROLES), None)
            if css:
                counts[_ROLES[css]] += 1
            skipped = css or isinstance(child, _SKIPPED)
            parts.append(_MASK if skipped else _masked(child, counts))
    return "".join(parts)


def _written_html(tree: nodes.document) -> Iterator[str]:
    """Yield the text of HTML that an author wrote, not of what the book or a cell made."""
    for node in tree.findall(nodes.raw):
        of_ours = node.get("made") or "output" in node["classes"]
        if node.get("format") == "html" and not of_ours:
            soup = BeautifulSoup(node.astext(), "lxml")
            for hidden in soup(["script", "style"]):
                hidden.decompose()
            yield soup.get_text(" ")


def quantities(text: str, own: Iterable[str] = ()) -> Iterator[tuple[str, int, bool]]:
    """Yield each numeral or number word: words, place, whether a name (also one of `own`)."""
    units = frozenset(plural.split()[-1] for _, plural in vocabulary().units.values())
    patterns = [
        _names(units),
        *(re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE) for name in own),
    ]
    names = [match.span() for pattern in patterns for match in pattern.finditer(text)]
    for match in _NUMERAL.finditer(text):
        named = any(start <= match.start() and match.end() <= end for start, end in names)
        yield match[0], match.start(), named


def _unsourced(
    where: str, text: str, own: Iterable[str], counts: Counter[str]
) -> Iterator[Finding]:
    """Yield the quantities of a text that are no names, and count both."""
    for words, at, named in quantities(text, own):
        counts["names" if named else "unsourced"] += 1
        if not named:
            start = max(text.rfind(stop, 0, at) for stop in (". ", "? ", "! ", "\n")) + 1
            ends = [end for stop in (". ", "? ", "! ") if (end := text.find(stop, at)) >= 0]
            sentence = text[start : min(ends, default=len(text)) + 1].replace(_MASK, "…")
            yield Finding(where, " ".join(sentence.split()), words, matching_claims(words))


def lint(
    tree: nodes.document, page: str, own: Iterable[str] = ()
) -> tuple[Counter[str], list[Finding]]:
    """Return how many of each of `KINDS` a page has, and what has no source; see `quantities`."""
    counts: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
    texts = [*(_masked(block, counts) for block in _blocks(tree)), *_written_html(tree)]
    return counts, [one for text in texts for one in _unsourced(page, text, own, counts)]


def lint_sidecar(chapter: str, own: Iterable[str] = ()) -> list[Finding]:
    """Return the quantities without a source in what a sidecar says of its parameters."""
    texts = {
        f"chapters/{chapter}.yml, {field} of {name}": ROLES.sub(_MASK, getattr(parameter, field))
        for name, parameter in sidecar(chapter).parameters.items()
        for field in ("label", "help", "assumption")
    }
    return [one for at, text in texts.items() for one in _unsourced(at, text, own, Counter())]


def _sidecar_texts(chapter: str) -> tuple[tuple[str, str], ...]:
    """Return what stands in a sidecar, each text in one line, with its place."""
    path = sidecar_path(chapter)
    return _read_texts(path, path.stat().st_mtime_ns) if path.is_file() else ()


@lru_cache
def _read_texts(path: Path, _changed: int) -> tuple[tuple[str, str], ...]:
    name = f"chapters/{path.name}"
    return tuple((f"{name}:{n}", " ".join(text.split())) for n, text in yaml_texts(path, name))


def labels_with_reasons(chapters: Iterable[str]) -> list[str]:
    """Return the labels of sidecars in which {stated} gives the reason of each number."""
    texts = (text for chapter in chapters for _, text in _sidecar_texts(chapter))
    return [
        label_words(one) for one in texts
        if {match[1] for match in ROLES.finditer(one)} == {"stated"}
        and all(is_name for *_, is_name in quantities(ROLES.sub(_MASK, one)))
    ]  # fmt: skip


def at_its_place(finding: Finding, chapters: Iterable[str]) -> Finding:
    """Return what was found on a page where it is written: a line of a sidecar, or that page."""
    sentence = finding.sentence.translate(_STRAIGHT)
    for chapter in chapters:
        for place, text in _sidecar_texts(chapter):
            told = ROLES.sub("…", text).translate(_STRAIGHT)
            if " " in told and finding.numeral in told and (told in sentence or sentence in told):
                return finding._replace(page=place, sentence=ROLES.sub("…", text))
    return finding


def matching_claims(words: str, most: int = 3) -> tuple[str, ...]:
    """Return ids of claims whose value or a bound is the number in `words`."""
    try:
        number = float(words.replace(",", "").replace("−", "-").strip("% "))
    except ValueError:
        return ()
    table = evidence.load("claims")
    same = (table[["value", "low", "high"]] == number).any(axis=1) & table["repeats"].isna()
    return tuple(table.loc[same, "claim_id"].head(most))


def coverage_lines(coverage: Mapping[str, Mapping[str, int]]) -> Iterable[str]:
    """Yield the coverage of each page, how many of each of `KINDS`, as lines of a table."""
    width = max(map(len, coverage), default=4)
    yield f"{'page':{width}}  " + "  ".join(f"{kind:>9}" for kind in KINDS)
    for page, counts in coverage.items():
        yield f"{page:{width}}  " + "  ".join(f"{counts[kind]:>9}" for kind in KINDS)


def _is_formula(node: nodes.Node) -> bool:
    return isinstance(node, (nodes.math, nodes.math_block))


def _check(app: Sphinx, tree: nodes.document, docname: str) -> None:
    page, told = docname.rpartition("/")[2], app.yalu_told  # type: ignore[attr-defined]
    chapters = sorted(path.stem for path in (book_root() / "chapters").glob("*.yml"))
    own = [*app.config.yalu_names, *labels_with_reasons(chapters)]
    counts, findings = lint(tree, page, own)
    app.yalu_coverage[page] = dict(counts)  # type: ignore[attr-defined]
    refuses = app.config.yalu_number_lint
    if sidecar_path(page).exists():
        findings += lint_sidecar(page, own)
        refuses = refuses and not sidecar(page).adopted
    tell = logger.warning if refuses else logger.info
    chapters.sort(key=lambda name: name != page)
    for finding in findings:
        placed = at_its_place(finding, chapters)
        if str(placed) not in told:
            tell(str(placed), location=docname if placed.page == page else None)
        told.add(str(placed))
    typed = [
        found[0]
        for block in _blocks(tree)
        for found in _FORMULA.finditer(_masked(block, Counter()))
    ]
    for formula in typed + [node.astext() for node in tree.findall(_is_formula)]:
        tell(
            f'{page}: found the formula "{formula[:80]}"; allowed: words, or code between '
            "backticks; pages draw no mathematics", location=docname,
        )  # fmt: skip


def _write_coverage(app: Sphinx, _error: Exception | None) -> None:
    path = Path(app.srcdir) / COVERAGE
    path.write_text(json.dumps(app.yalu_coverage, indent=2, sort_keys=True))  # type: ignore[attr-defined]


def setup(app: Sphinx) -> None:
    """Check every page as it is written; leave the coverage beside the staged book."""
    app.add_config_value("yalu_number_lint", False, "env")
    app.add_config_value("yalu_names", [], "env", [list])
    app.yalu_coverage, app.yalu_told = {}, set()  # type: ignore[attr-defined]
    app.connect("doctree-resolved", _check, priority=900)
    app.connect("build-finished", _write_coverage)
