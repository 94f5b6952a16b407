"""Compare: what differs between two runs of a chapter, between books and commits."""

import difflib
import math
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from tabulate import tabulate

from helpers.chapter.running import Result, is_summary
from helpers.chapter.wording import number_words
from helpers.errors import YaluError
from helpers.rerun.parameters import as_typed
from helpers.rerun.readings import ENDS, Reading, read, stored

# parts of a fingerprint, and what a table calls them; of packages the versions tell more
_PARTS = {"data": "data", "chapter": "chapter", "helpers": "helpers",
          "settings": "language, date and fonts"}  # fmt: skip
_WIDTHS = [40, 38, 38, 30]
_SMALL = 1e-3
# numbers nearer than this, as a share of the larger, differ by errors of floats
_NOISE, _ZERO, _SIX_DECIMALS = 1e-9, 1e-15, 1e-6
Pair = tuple[Result | None, Result | None]


def _same_value(old: Any, new: Any, near: float = 0) -> bool:
    """Return whether two values are the same, numbers also where they differ by `near` or less."""
    if not isinstance(old, int | float) or not isinstance(new, int | float):
        return bool(old == new)
    return math.isclose(old, new, rel_tol=_NOISE, abs_tol=max(near, _ZERO))


def _comparable(old: Result | None, new: Result | None) -> Pair:
    """Return two results as recorded, or both rounded where an earlier version recorded that."""
    if old and new and bool(old.outward) != bool(new.outward):
        return old.rounded() if old.outward else old, new.rounded() if new.outward else new
    return old, new


def _same(old: Result | None, new: Result | None) -> bool:
    if old is None or new is None:
        return old is new
    near = max(abs(end) for one in (old, new) for end in one.ends) * 1e-14
    # a number beside words tells how near they are to others; earlier versions stored six decimals
    near = near if new.words is None else _SIX_DECIMALS
    return all(
        _same_value(getattr(old, part), getattr(new, part), near)
        for part in (*ENDS, "words", "unit", "per", "qualifier")
    )


def environment_changes(old: Reading, new: Reading) -> dict[str, Any]:
    """Return what differs in what two runs were made with, and of which runs that is unknown.

    What only one of them has recorded is left out.
    """
    before, after = (_told(one.made or {}) for one in (old, new))
    return {
        "unknown": [one.name for one in (old, new) if not one.made],
        "changed": [
            {"name": name, "old": before[name], "new": after[name]} for name in before
            if name in after and before[name] != after[name]
        ],
    }  # fmt: skip


def _told(made: Mapping[str, Any]) -> dict[str, str]:
    """Return what a record says of versions, of the book's parts, of commit and evidence."""
    found = {part: made[part] for part in ("versions", "fingerprint", "commit", "evidence")
             if isinstance(made.get(part), dict)}  # fmt: skip
    told = {name: str(value) for name, value in found.get("versions", {}).items()}
    prints = found.get("fingerprint", {})
    told |= {name: str(prints[name]) for name in _PARTS if name in prints}
    if commit := found.get("commit"):
        told["commit"] = str(commit.get("id"))
    if "evidence" in found:
        told["evidence"] = "; ".join(
            f"{name.replace('_', ' ')} {', '.join(value) if isinstance(value, list) else value}"
            for name, value in found["evidence"].items()
        ) or "all"  # fmt: skip
    return told


def _result_change(key: str, old: Result | None, new: Result | None) -> dict[str, Any]:
    known = new or old
    assert known is not None
    entry: dict[str, Any] = {"key": key, "label": known.label, "unit": known.unit, "per": known.per}
    for name, result in (("old", old), ("new", new)):
        entry[name] = {end: getattr(result, end) for end in (*ENDS, "words")} if result else None
        entry[f"{name}_text"] = result.text() if result else None
    before, after = entry["old"], entry["new"]
    if not (before and after):
        return entry | {"difference": {}, "flipped": False}
    moved = {
        end: 0.0 if _same_value(before[end], after[end]) else after[end] - before[end]
        for end in ENDS if None not in (before[end], after[end])
    }  # fmt: skip
    return entry | {"difference": moved, "flipped": before["words"] != after["words"]}


def changes(old: Reading, new: Reading) -> dict[str, Any]:
    """Return what differs between two runs of a chapter, as plain data."""
    names = list(dict.fromkeys([*old.parameters, *new.parameters]))
    keys = list(dict.fromkeys([*old.results, *new.results]))
    # a run of results alone does not sum up how sure they are
    both = old.results.keys() & new.results.keys()
    keys = [key for key in keys if key in both or not is_summary(key, keys)]
    pairs = [(key, *_comparable(old.results.get(key), new.results.get(key))) for key in keys]
    before, after = old.findings or (), new.findings or ()
    for _, one, other in pairs:
        # the same number may be rounded to two words, where its float lies between them
        if one and other and _same(one, other) and one.text("bare") != other.text("bare"):
            after = tuple(s.replace(other.text("bare"), one.text("bare")) for s in after)
    if None in (old.findings, new.findings):
        before = after = ()
    said = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return {
        "chapter": new.chapter,
        "old": old.name,
        "new": new.name,
        "parameters": [
            {"name": n, "old": old.parameters.get(n), "new": new.parameters.get(n)} for n in names
            if not _same_value(old.parameters.get(n), new.parameters.get(n))
        ],
        "results": [_result_change(*pair) for pair in pairs if not _same(*pair[1:])],
        "unchanged": sum(_same(*pair[1:]) for pair in pairs),
        "findings": [
            {"old": list(before[a:b]), "new": list(after[c:d])}
            for kind, a, b, c, d in said.get_opcodes() if kind != "equal"
        ],
        "findings_known": None not in (old.findings, new.findings),
        "environment": environment_changes(old, new),
    }  # fmt: skip


def _signed(number: float, digits: int = 3) -> str:
    if 0 < abs(number) < _SMALL:
        # number_words has six decimals
        words = f"{Decimal(f'{number:.{digits}g}'):f}".replace("-", "−")
    else:
        words = number_words(number, digits)
    return words if words.startswith("−") else f"+{words}"


def _percent(ratio: float) -> str:
    percent = (ratio - 1) * 100
    return _signed(round(percent, 1)) if abs(percent) >= 1 else _signed(percent, 2)


def difference_words(change: dict[str, Any]) -> str:
    """Return by how much a result moved: "+52 million (+20 %)", by each end of a range."""
    if change["flipped"]:
        return "flipped"
    moved = []
    for end, by in change["difference"].items():
        if by:
            old, new = change["old"][end], change["new"][end]
            percent = f" ({_percent(new / old)} %)" if old > 0 else ""
            shown = by * 100 if change["unit"] == "share" else by
            moved.append(f"{'' if end == 'value' else f'{end} '}{_signed(shown)}{percent}")
    return "; ".join(moved)


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    # tabulate’s own wrapping takes a cell such as "+4,650" for a number that it cannot read
    cells = [[textwrap.fill(cell, width) for cell, width in zip(row, _WIDTHS, strict=False)]
             for row in rows]  # fmt: skip
    return [*tabulate(cells, head, disable_numparse=True).splitlines(), ""]


def change_lines(found: dict[str, Any]) -> list[str]:
    """Return changes as lines of text: three tables, or that nothing differs."""
    old, new = found["old"], found["new"]
    lines = [f"{found['chapter']}: from {old} to {new}", ""]
    lines += _environment_lines(found)
    if found["parameters"]:
        rows = [[p["name"], *("" if p[n] is None else as_typed(p[n]) for n in ("old", "new"))]
                for p in found["parameters"]]  # fmt: skip
        lines += _table(["parameter", old, new], rows)
    if found["results"]:
        rows = [[c["label"], c["old_text"] or "", c["new_text"] or "", difference_words(c)]
                for c in found["results"]]  # fmt: skip
        lines += _table(["result", old, new, "difference"], rows)
    for block in found["findings"]:
        lines += [*(f"- {line}" for line in block["old"]), *(f"+ {line}" for line in block["new"])]
        lines += [""]
    flipped = [change["label"] for change in found["results"] if change["flipped"]]
    lines += [f"wording flipped: {'; '.join(flipped)}"] if flipped else []
    lines += [] if found["findings_known"] else ["sentences are not compared: one side has none"]
    count = len(found["results"])
    said = "1 result differs" if count == 1 else f"{count} results differ"
    return [*lines, f"{said}, {found['unchanged']} do not"]


def _environment_lines(found: dict[str, Any]) -> list[str]:
    unknown, changed = found["environment"]["unknown"], found["environment"]["changed"]
    if unknown:
        return [f"what {' and '.join(unknown)} {'was' if len(unknown) == 1 else 'were'} made with "
                "is not known", ""]  # fmt: skip
    rows = [
        [_PARTS[one["name"]], "", "differs"]
        if one["name"] in _PARTS
        else [one["name"], one["old"], one["new"]]
        for one in changed
    ]
    return _table(["made with", found["old"], found["new"]], rows) if rows else []


def diff(
    root: Path, old: str | Reading, new: str | Reading, chapter: str | None = None
) -> list[dict[str, Any]]:
    """Return the changes from `old` to `new`, an entry for each chapter that both have.

    Raises YaluError (exit code 2) where a name is unknown or the two share no chapter.
    """
    from helpers.book.stage import chapter_files

    sides = [one if isinstance(one, Reading) else stored(root, one) or one for one in (old, new)]
    known = [one.chapter for one in sides if isinstance(one, Reading)]
    named = [chapter] if chapter else known[:1]
    chapters = named or [path.stem for path in chapter_files(root)]
    before, after = (
        {one.chapter: one} if isinstance(one, Reading) else read(root, one, chapters)
        for one in sides
    )
    shared = [one for one in before if one in after and (one in named or not named)]
    if not shared:
        names = (one.name if isinstance(one, Reading) else one for one in (old, new))
        raise YaluError(f"{' and '.join(names)} are of different chapters", exit_code=2)
    pairs = [(before[name], after[name]) for name in shared]
    return [
        changes(*((one, other) if one.name != other.name
                  else (replace(one, name=str(old)), replace(other, name=str(new)))))
        for one, other in pairs
    ]  # fmt: skip
