"""Marks: how well supported a headline answer is, in one of four words and a sentence.

The rules stand in plain words on the page on methods.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from helpers import evidence
from helpers.chapter.parameters import Parameter
from helpers.chapter.ranges import relative_change
from helpers.chapter.running import Registered, running
from helpers.chapter.sensitivity.leave_out import claims_read
from helpers.chapter.sensitivity.one_at_a_time import parameters_of
from helpers.chapter.sensitivity.summary import Summary
from helpers.chapter.sensitivity.what_would_change import strongest_words
from helpers.chapter.wording import listing
from helpers.evidence.exclusion import ANONYMOUS, OFFICIAL, family_of, is_given, name_words

COUNTED, SEVERAL, ONE, ARITHMETIC = "Counted", "Several reports", "One report", "Our arithmetic"
# an answer that excluding one outlet moves by less than this is probably true
STEADY = 0.1
MOST_OUTLETS = 3
# kinds of documents in which an office speaks for itself
_OWN_WORDS = {"official", "law", "dataset"}
SOURCES = {
    "A": "an office or a law in its own words",
    "B": "officials, as others report them",
    "C": "named experts or organisations",
    "F": "anonymous, cannot be judged",
}
INFORMATION = {
    1: "confirmed", 2: "probably true", 3: "possibly true", 4: "doubtful", 6: "cannot be judged",
}  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """A mark: one of the four words, a sentence, and the two halves of the Admiralty pair."""

    word: str
    sentence: str
    source: str
    information: int

    @property
    def pair(self) -> str:
        """The Admiralty pair in words: "Admiralty F3 (source: ..., information: ...)"."""
        told = f"source: {SOURCES[self.source]}, information: {INFORMATION[self.information]}"
        return f"Admiralty {self.source}{self.information} ({told})"


def mark_of(summary: Summary) -> Mark:
    """Return the mark of a headline result of the running chapter, by the declared rules."""
    key, function = summary.result.key, running().function_of(summary.result.key)
    claims = _inputs(summary) if function else claims_read(key)
    origins = sorted({origin for claim in claims for origin in evidence.origins(claim)})
    documents = sorted(set().union(*(one.reads.sources for one in _givers(key))))
    disputed = [o for o in origins if evidence.recorded(o).status == "disputed"]
    others = [d for d in documents if not is_given(d)]
    letters = [*map(_letter, origins), *(_own_letter(d) for d in others)] or ["A"]
    worst = max(letters)
    if function:
        worst = max(map(_letter, origins), default="F")
        lacking = [p.label for p in parameters_of(key) if _is_assumed(p)]
        number = 6 if lacking else 4 if disputed else 3
        return Mark(ARITHMETIC, _arithmetic(origins, lacking), worst, number)
    if worst == "A" or (not others and all(map(_is_official, origins))):
        return Mark(COUNTED, _counted(origins), worst, 4 if disputed else 1)
    voices = evidence.support(claims).origins if claims else 0
    voices += len({family_of(d) for d in others} - {_family(o) for o in origins})
    if voices < 2 or summary.lost_without:
        return Mark(ONE, _one(summary, origins), worst, 4 if disputed else 3)
    most = max(Counter(letters).items(), key=lambda one: (one[1], one[0]))[0]
    return Mark(SEVERAL, _several(summary), most, 2 if _is_steady(summary) else 3)


def _givers(key: str) -> list[Registered]:
    return [one for one in running().of_kind("results", "evidence") if key in one.given]


def _inputs(summary: Summary) -> set[str]:
    """Return the claims that arithmetic starts from: declared, of parameters, and others that bear.

    What a function reads besides bears on the result where it changes without the document.
    """
    key = summary.result.key
    own = {parameter.claim for parameter in parameters_of(key) if parameter.claim}
    bearing = {*summary.lost_without, *(name for name, _ in summary.changed_without)}
    read = {c for c in claims_read(key) if evidence.recorded(c).source_id in bearing}
    claims = own | read | set(running().declared.results[key].claims)
    return set(filter(evidence.is_included, claims))


def _is_assumed(parameter: Parameter) -> bool:
    """Return whether nobody reported a number: not a choice of what is asked, such as a month."""
    is_number = parameter.type in ("number", "integer")
    return is_number and not (parameter.claim or parameter.source or parameter.range_claims)


def _family(origin: str) -> str:
    return family_of(evidence.recorded(origin).source_id)


def _is_official(origin: str) -> bool:
    claim = evidence.recorded(origin)
    return claim.basis == "official-statistic" or is_given(claim.source_id)


def _letter(origin: str) -> str:
    """Return how far the source of an origin can be relied on, by its basis and its outlet."""
    claim = evidence.recorded(origin)
    if claim.basis in OFFICIAL:
        return min("B", _own_letter(claim.source_id))
    return {"panel-of-experts": "B", "expert-named": "C"}.get(claim.basis, "F")


def _own_letter(source_id: str) -> str:
    """Return the letter of a document whose rows of a table have no basis."""
    return "A" if evidence.source(source_id)["kind"] in _OWN_WORDS else "F"


def _is_steady(summary: Summary) -> bool:
    now = summary.result.ends
    return all(relative_change(now, r.ends) < STEADY for _, r in summary.changed_without)


# Sentences ------------------------------------------------------------------------------------


def _reports(origins: Iterable[str]) -> str:
    """Return whose reports some origins are: "an anonymous report of ..." with the outlet."""
    origins = list(origins)
    families = list(dict.fromkeys(name_words(_family(origin)) for origin in origins))
    named = listing(families) if len(families) <= MOST_OUTLETS else f"{len(families)} outlets"
    bases = {evidence.recorded(origin).basis for origin in origins}
    kind = "anonymous " if bases <= ANONYMOUS else ""
    if len(origins) == 1:
        return f"{'an anonymous' if kind else 'a'} report of {named}"
    return f"{kind}reports of {named}"


def _arithmetic(origins: list[str], lacking: list[str]) -> str:
    given = [origin for origin in origins if is_given(evidence.recorded(origin).source_id)]
    rest = [origin for origin in origins if origin not in given]
    parts = ["the text of a law"] * any(given) + ([_reports(rest)] if rest else [])
    names = listing(f"the {label[:1].lower()}{label[1:]}" for label in lacking)
    nobody = f"; nobody reported {names}" if lacking else ""
    return f"from {' and '.join(parts) or 'assumptions alone'}{nobody}"


def _counted(origins: list[str]) -> str:
    printed = listing(dict.fromkeys(name_words(_family(origin)) for origin in origins))
    return f"official figures or law alone{f', printed by {printed}' if printed else ''}"


def _one(summary: Summary, origins: list[str]) -> str:
    if len(summary.outlets) > 1:
        names = listing(map(name_words, summary.outlets))
        return f"it needs each of {names}, and no other outlet has what they say"
    return f"{_reports(origins)}, and no other"


def _several(summary: Summary) -> str:
    text = summary.result.text()
    if not any(relative_change(summary.result.ends, r.ends) for _, r in summary.changed_without):
        return f"{text}; the same whichever outlet is left out"
    return f"{text}; without {strongest_words(summary)}, {summary.changed_without[0][1].text()}"
