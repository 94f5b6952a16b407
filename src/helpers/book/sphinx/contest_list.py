"""Contest list: contested facts side by side, a chart and a table each, folded by theme."""

from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from helpers.analysis.theme import BASES
from helpers.analysis.wording import quantity_words
from helpers.book.sphinx.claim_list import themes
from helpers.book.sphinx.contest_chart import chart_html
from helpers.book.sphinx.ledger import Ledger, read_ledger
from helpers.book.sphinx.markup import link, number_of, tag
from helpers.book.sphinx.words import STATUSES, document_words, period_words
from helpers.evidence import Claim
from helpers.evidence.contested import Contest

KEY = "contested"
_NONE = "No claims of this book stand against each other."
_HEAD = ("Figure", "Period", "Counted", "Said by", "Basis", "Printed by", "Status")


def contests_html(ledger: Ledger) -> str:
    """Return all contests, folded by theme; in a theme by indicator, place and time."""
    by_theme: dict[str, list[Contest]] = {}
    for contest in sorted(ledger.contests, key=lambda c: _order(c, ledger)):
        by_theme.setdefault(contest.claims[0].theme, []).append(contest)
    return "".join(
        _theme_html(theme, title, by_theme[theme], ledger)
        for theme, title in themes(ledger).items()
        if theme in by_theme
    )


def _order(contest: Contest, ledger: Ledger) -> tuple[str, str, str]:
    label = ledger.indicators[contest.indicator]["label"].lower()
    return label, contest.place, contest.claims[-1].period_start or ""


def _theme_html(theme: str, title: str, contests: list[Contest], ledger: Ledger) -> str:
    head = tag("h3", escape(title))
    count = tag("span", number_of(len(contests), "contested fact"), class_="reg-count")
    content = "".join(contest_html(contest, ledger) for contest in contests)
    folded = tag("summary", f"{head} {count}") + content
    return tag("details", folded, class_="reg-contests", id=f"contests-{theme}")


def contest_html(contest: Contest, ledger: Ledger) -> str:
    """Return one contest: what is contested, the chart, and a row a claim."""
    label = ledger.indicators[contest.indicator]["label"]
    title = escape(f"{label}: {contest.place}, {period_words(contest.start, contest.end)}")
    count = tag("span", number_of(len(contest.claims), "claim"), class_="reg-count")
    here = tag(
        "a", "#", href=f"#{contest.key}", class_="reg-here", aria_label="Link to this contest"
    )
    content = tag("h4", f"{title} {count}{here}")
    content += chart_html(contest) + table_html(contest, ledger)
    return tag("section", content, class_="reg-contest", id=contest.key)


def table_html(contest: Contest, ledger: Ledger) -> str:
    """Return the claims of a contest as a table."""
    head = tag("tr", "".join(tag("th", name, scope="col") for name in _HEAD))
    rows = "".join(_row(claim, ledger) for claim in contest.claims)
    return tag("table", tag("thead", head) + tag("tbody", rows), class_="reg-table")


def _row(claim: Claim, ledger: Ledger) -> str:
    source = ledger.sources[claim.source_id]
    cells = (
        link(f"claim-{claim.claim_id}", quantity_words(claim)) + _echoes(claim, ledger),
        escape(period_words(claim.period_start, claim.period_end)),
        escape(claim.population),
        escape(claim.attribution),
        escape(BASES[claim.basis][0]),
        link(f"source-{claim.source_id}", document_words(source)),
        escape(STATUSES[claim.status])
        + ("" if claim.usable else ", left out of every computation"),
    )
    kind = None if claim.usable else "reg-unused"
    return tag("tr", "".join(tag("td", cell) for cell in cells), class_=kind)


def _echoes(claim: Claim, ledger: Ledger) -> str:
    echoes = ledger.echoes.get(claim.claim_id, [])
    if not echoes:
        return ""
    items = "".join(
        tag("li", link(f"claim-{c.claim_id}", document_words(ledger.sources[c.source_id])))
        for c in echoes
    )
    summary = tag("summary", f"repeated in {number_of(len(echoes), 'more document')}")
    return tag("details", summary + tag("ul", items), class_="reg-echoes")


class ContestsDirective(SphinxDirective):
    """```{contests} Title```: a section of contested facts; the content says what they are.

    The register stands on the same page.
    """

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the section: its words, then the folded contests."""
        html = contests_html(read_ledger()) or tag("p", escape(_NONE))
        section = nodes.section("", nodes.title("", self.arguments[0]), ids=[KEY], names=[KEY])
        self.state.nested_parse(self.content, self.content_offset, section)
        section += nodes.raw("", html, format="html")
        self.state.document.note_explicit_target(section, section)
        return [section]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("contests", ContestsDirective)
