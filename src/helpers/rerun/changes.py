"""Changes from one run of a chapter to another: parameters, results, findings."""

import difflib
import textwrap
from typing import Any

from tabulate import tabulate

from helpers.chapter.results import Result
from helpers.chapter.wording import number_words
from helpers.rerun.declared import as_typed
from helpers.rerun.reading import Reading

ENDS = ("value", "low", "high")
_WIDTHS = [40, 38, 38, 30]


def _difference(old: Result, new: Result) -> dict[str, float]:
    pairs = {end: (getattr(old, end), getattr(new, end)) for end in ENDS}
    return {end: b - a for end, (a, b) in pairs.items() if a is not None and b is not None}


def _same(old: Result | None, new: Result | None) -> bool:
    if old is None or new is None:
        return old is new
    return all(getattr(old, part) == getattr(new, part) for part in (*ENDS, "words", "unit", "per"))


def _result_change(key: str, old: Result | None, new: Result | None) -> dict[str, Any]:
    known = new or old
    assert known is not None
    flipped = old is not None and new is not None and old.words != new.words
    entry: dict[str, Any] = {"key": key, "label": known.label, "unit": known.unit, "per": known.per}
    for name, result in (("old", old), ("new", new)):
        entry[name] = {end: getattr(result, end) for end in (*ENDS, "words")} if result else None
        entry[f"{name}_text"] = result.text() if result else None
    both = old is not None and new is not None
    entry["difference"] = _difference(old, new) if both else {}  # type: ignore[arg-type]
    return entry | {"flipped": flipped}


def _finding_changes(old: tuple[str, ...], new: tuple[str, ...]) -> list[dict[str, list[str]]]:
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [
        {"old": list(old[a:b]), "new": list(new[c:d])} for kind, a, b, c, d in blocks
        if kind != "equal"
    ]  # fmt: skip


def changes(old: Reading, new: Reading) -> dict[str, Any]:
    """Return what differs between two runs of a chapter, as plain data."""
    names = list(dict.fromkeys([*old.parameters, *new.parameters]))
    keys = list(dict.fromkeys([*old.results, *new.results]))
    pairs = [(key, old.results.get(key), new.results.get(key)) for key in keys]
    return {
        "chapter": new.chapter,
        "old": old.name,
        "new": new.name,
        "parameters": [
            {"name": n, "old": old.parameters.get(n), "new": new.parameters.get(n)} for n in names
            if old.parameters.get(n) != new.parameters.get(n)
        ],
        "results": [_result_change(*pair) for pair in pairs if not _same(*pair[1:])],
        "unchanged": sum(_same(*pair[1:]) for pair in pairs),
        "findings": _finding_changes(old.findings, new.findings),
    }  # fmt: skip


def _signed(number: float) -> str:
    words = number_words(number, 3)
    return words if words.startswith("−") else f"+{words}"


def _percent(old: float, new: float) -> str:
    return f" ({_signed(round((new / old - 1) * 100, 1))} %)" if old > 0 and new != old else ""


def difference_words(change: dict[str, Any]) -> str:
    """Return by how much a result moved: "+52 million (+20 %)", by each end of a range."""
    if change["flipped"]:
        return "flipped"
    moved = [
        f"{'' if end == 'value' else f'{end} '}{_signed(by)}"
        f"{_percent(change['old'][end], change['new'][end])}"
        for end, by in change["difference"].items()
        if by
    ]
    return "; ".join(moved)


def _value(value: Any) -> str:
    return "" if value is None else as_typed(value)


def _result_rows(found: dict[str, Any]) -> list[list[str]]:
    return [
        [c["label"], c["old_text"] or "", c["new_text"] or "", difference_words(c)]
        for c in found["results"]
    ]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    # tabulate’s own wrapping takes a cell such as "+4,650" for a number that it cannot read
    cells = [[textwrap.fill(cell, width) for cell, width in zip(row, _WIDTHS, strict=False)]
             for row in rows]  # fmt: skip
    return [*tabulate(cells, head, disable_numparse=True).splitlines(), ""]


def change_lines(found: dict[str, Any]) -> list[str]:
    """Return changes as lines of text: three tables, or that nothing differs."""
    old, new = found["old"], found["new"]
    lines = [f"{found['chapter']}: from {old} to {new}", ""]
    if found["parameters"]:
        rows = [[p["name"], _value(p["old"]), _value(p["new"])] for p in found["parameters"]]
        lines += _table(["parameter", old, new], rows)
    if found["results"]:
        lines += _table(["result", old, new, "difference"], _result_rows(found))
    for block in found["findings"]:
        lines += [*(f"- {line}" for line in block["old"]), *(f"+ {line}" for line in block["new"])]
        lines += [""]
    flipped = [change["label"] for change in found["results"] if change["flipped"]]
    lines += [f"wording flipped: {'; '.join(flipped)}"] if flipped else []
    return [*lines, f"{len(found['results'])} results differ, {found['unchanged']} do not"]
