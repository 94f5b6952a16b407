"""The data of a figure: what its marks show, as tables, read from the chart as Vega computes it."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from helpers.book import chart_cache
from helpers.book.sphinx.figures.provenance import ADDED, Provenance
from helpers.chapter.figure import ENDS, IDS, field_words
from helpers.evidence.csv_tables import safe_cell

_BREAK = "\x1f"
_PLACES = ("x", "x2", "y", "y2", "longitude", "latitude")
_SHOWN = (*_PLACES, "color", "shape", "size", "strokeDash", "opacity", "text")
_SHAPES = {"point", "circle", "square", "bar", "line", "area", "geoshape", "tick", "arc", "trail"}

Row = list[str]


@dataclass(frozen=True)
class Column:
    """A column of a figure's data: the field that the chart reads, its name, its kind."""

    field: str
    name: str
    kind: str


@dataclass
class Part:
    """A table of a figure's data: what the marks of a panel show.

    `data` names the Vega data sets whose rows make the table, in the order of the layers.
    """

    name: str
    columns: list[Column]
    data: list[str]
    rows: list[Row] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The name as a heading."""
        return "Data" if self.name == "data" else self.name[0].upper() + self.name[1:]

    @property
    def own(self) -> list[int]:
        """The places of the columns that are no ids."""
        return [n for n, column in enumerate(self.columns) if column.name not in IDS]

    def cell(self, row: Row, name: str) -> str:
        """Return the cell of a row in a column by its name, "" where there is none."""
        found = (c for column, c in zip(self.columns, row, strict=True) if column.name == name)
        return next(found, "")


@dataclass(frozen=True)
class _Mark:
    """One mark of a chart: its panel, its kind, its data set and its encodings."""

    panel: str
    kind: str
    data: str
    encoding: dict[str, Any]

    def channels(self) -> Iterator[dict[str, Any]]:
        yield from self.tips()
        for name in _SHOWN:
            if name in self.encoding:
                near = self.encoding.get(name.removesuffix("2"), {})
                shared = {key: near[key] for key in ("type", "axis") if key in near}
                yield {"type": None} | shared | self.encoding[name]

    def tips(self) -> list[dict[str, Any]]:
        tips = self.encoding.get("tooltip", [])
        return tips if isinstance(tips, list) else [tips]

    def places(self) -> Iterator[dict[str, Any]]:
        yield from (self.encoding[name] for name in _SHOWN[:-1] if name in self.encoding)

    def measures(self) -> list[dict[str, Any]]:
        """Return the axes of numbers, each with the field of its far end."""
        placed = [(self.encoding.get(axis, {}), axis) for axis in ("x", "y")]
        near = [(c, a) for c, a in placed if c.get("type") == "quantitative" and "field" in c]
        far = [
            c | self.encoding[f"{a}2"] for c, a in near if "field" in self.encoding.get(f"{a}2", {})
        ]
        return [*(c for c, _ in near), *far]

    def draws(self) -> bool:
        both = all("field" in self.encoding.get(name, {}) for name in ("x", "y"))
        return self.kind in _SHAPES or (
            both and (self.kind == "rect" or bool(self.kind == "rule" and self.measures()))
        )


def tables(spec: dict[str, Any]) -> list[Part]:
    """Return what a chart shows as tables, a part for each panel; rules and labels are no rows.

    A row that another layer of the same panel shows with more columns is not repeated, nor is
    a column that says what another one says.
    """
    vega = chart_cache.vega(spec)
    sets = _Sets(vega["data"])
    marks = _marks(spec, _data_of_marks(vega["marks"]))
    families = [(_part(family, sets), family) for family in _families(marks, sets)]
    parts = [part for part, _ in families]
    for (part, family), rows in zip(families, _rows(vega, parts), strict=True):
        joined = _joined(rows)
        full = [n for n in range(len(part.columns)) if any(row[n] for row in joined)]
        kept = [n for n in full if not _repeats(n, full, part.columns, joined, family)]
        part.columns = [part.columns[n] for n in kept]
        part.rows = [[row[n] for n in kept] for row in joined]
    parts = [part for part in parts if part.rows and part.columns]  # outlines have none
    _shorten_names(parts)
    return parts


def _repeats(
    number: int, full: list[int], columns: list[Column], rows: list[Row], marks: list[_Mark]
) -> bool:
    """Return whether a column only repeats another one of a table: it places or labels the marks.

    A day that another column has as it is known, a number with a sign for its side, a label that
    is put together from other cells.
    """
    column = columns[number]
    told = {_field(tip) for mark in marks for tip in mark.tips() if "field" in tip}
    placed = {c.get("field") for mark in marks for c in mark.places()}
    if column.field in told or column.name in (*IDS, *ENDS.values()):
        return False

    def says_it(other: Column, mine: str, there: str) -> bool:
        kinds = (column.kind, other.kind)
        if kinds == ("number", "number"):
            return other.field in told and mine.removeprefix("-") == there
        if kinds == ("date", "text"):
            return bool(there) and mine.startswith(there)
        return (
            kinds == ("text", "text")
            and column.field not in placed
            and 0 < len(there) < len(mine)
            and there in mine
        )

    others = [n for n in full if n != number and columns[n].name not in IDS]
    return any(
        all(says_it(columns[n], row[number], row[n]) for row in rows if row[number] or row[n])
        for n in others
    )


class _Sets:
    """The data sets of a compiled chart, each with those that it comes from, its table last."""

    def __init__(self, data: list[dict[str, Any]]) -> None:
        self._sets = {entry["name"]: entry for entry in data}

    def _chain(self, name: str) -> list[dict[str, Any]]:
        found = [self._sets[name]]
        while source := found[-1].get("source"):
            found.append(self._sets[source])
        return found

    def _steps(self, name: str) -> Iterator[dict[str, Any]]:
        return (step for entry in self._chain(name) for step in entry.get("transform", []))

    def root(self, name: str) -> str:
        """Return the table that a data set comes from."""
        return str(self._chain(name)[-1]["name"])

    def columns(self, name: str) -> tuple[str, ...]:
        """Return the columns of the table that a data set comes from; none for a map."""
        rows = self._chain(name)[-1].get("values", [])
        return tuple(sorted({c for row in rows for c in row})) if isinstance(rows, list) else ()

    def computed(self, name: str) -> set[str]:
        """Return the columns that transforms of the chart write, but for dates that it reads."""
        steps = (s for s in self._steps(name) if s.get("expr") != f'toDate(datum["{s.get("as")}"])')
        made = (step.get("as", []) for step in steps)
        return {c for m in made for c in ([m] if isinstance(m, str) else m) if c}

    def looked_up(self, name: str) -> Iterator[tuple[str, list[str]]]:
        """Yield the data sets that a data set looks values up in, with the fields read."""
        for step in self._steps(name):
            if step["type"] == "lookup":
                yield step["from"], [step["key"], *step["values"]]


def _data_of_marks(marks: list[dict[str, Any]]) -> dict[str, str]:
    """Return for each mark of a compiled chart, by its name, its data set."""
    found: dict[str, str] = {}
    for mark in marks:
        source = mark.get("from", {})
        facet = source.get("facet", {})
        for inner, data in _data_of_marks(mark.get("marks", [])).items():
            found[inner] = facet["data"] if data == facet.get("name") else data
        if name := mark.get("name"):
            found[name] = facet.get("data") or source.get("data", "")
    return found


def _marks(
    spec: dict[str, Any], data: dict[str, str], name: str = "", panel: str = "",
    encoding: dict[str, Any] | None = None,
) -> Iterator[_Mark]:  # fmt: skip
    """Yield the marks of a chart, layers and panels opened."""
    encoding = (encoding or {}) | spec.get("encoding", {})
    name = spec.get("name", name)
    children = [
        *((f"layer_{n}", part, panel) for n, part in enumerate(spec.get("layer", []))),
        *((f"concat_{n}", part, _panel(n, part)) for n, part in enumerate(spec.get("vconcat", []))),
        *(("child", part, panel) for part in [spec.get("spec")] if part),
    ]
    for step, part, at in children:
        yield from _marks(part, data, f"{name}_{step}".strip("_"), at, encoding)
    if "mark" in spec:
        kind = spec["mark"] if isinstance(spec["mark"], str) else spec["mark"]["type"]
        # a line with dots is compiled into layers of its own
        inner = [mark for mark in data if mark.startswith(f"{name}_layer_".strip("_"))]
        names = [*(f"{name}_{end}".strip("_") for end in ("pathgroup", "marks")), *inner]
        if source := next((data[mark] for mark in names if data.get(mark)), ""):
            yield _Mark(panel, kind, source, encoding)


def _panel(number: int, part: dict[str, Any]) -> str:
    """Return the title of a panel, or its number where it has none."""
    title = part.get("title") or str(number)
    title = title["text"] if isinstance(title, dict) else title
    return title if isinstance(title, str) else " ".join(title)


def _families(marks: Iterable[_Mark], sets: _Sets) -> list[list[_Mark]]:
    """Group the marks that show one table: same columns at the root, same panel.

    Rules, bands and labels of their own show none. The shapes of a map, which have no columns,
    give way to the table with their values.
    """
    groups: dict[Any, list[_Mark]] = {}
    for mark in marks:
        groups.setdefault((sets.columns(mark.data), mark.panel), []).append(mark)
    families = {key: _showing(group, sets) for key, group in groups.items()}
    found = {key: group for key, group in families.items() if key[0] and group}
    for (columns, panel), group in families.items():
        for mark in [] if columns else group:
            for name, fields in sets.looked_up(mark.data):
                tips = {"tooltip": [{"field": field} for field in fields]}
                extra = _Mark(mark.panel, mark.kind, name, tips)
                found.setdefault((sets.columns(name), panel), []).insert(0, extra)
    return list(found.values())


def _showing(marks: list[_Mark], sets: _Sets) -> list[_Mark]:
    """Return the marks that draw, and those that label their rows with a column of the table."""
    roots = {sets.root(mark.data) for mark in marks if mark.draws()}

    def labels(mark: _Mark) -> bool:
        label = mark.encoding.get("text", {}).get("field", "")
        return sets.root(mark.data) in roots and label not in sets.computed(mark.data)

    return [mark for mark in marks if mark.draws() or labels(mark)]


def _part(marks: list[_Mark], sets: _Sets) -> Part:
    """Return the table of a family without its rows, named after its panel or what it measures."""
    name = marks[0].panel
    if name.isdecimal() or not name:
        channels = [mark.encoding.get(axis, {}) for axis in ("y", "x") for mark in marks]
        titles = (_title(c) for c in channels if c.get("type") == "quantitative")
        name = next(filter(None, titles), "data")
    return Part(name, _columns(marks, sets), list(dict.fromkeys(mark.data for mark in marks)))


def _title(channel: dict[str, Any]) -> str:
    title = channel.get("title") or (channel.get("axis") or {}).get("title") or ""
    return str(title).replace(", log scale", "")


def _columns(marks: list[_Mark], sets: _Sets) -> list[Column]:
    """Return the columns that the marks show: those of tooltips first, then those of axes."""
    tips = [c for mark in marks for c in mark.tips() if "field" in c]
    channels = tips + [c for mark in marks for c in mark.channels() if "field" in c]
    # numbers that only say where a mark stands, on an axis that is not drawn
    shown = {_field(c) for c in channels if c.get("axis", "") is not None or _is_word(c)}
    channels = [c for c in channels if _field(c) in shown and c["field"] not in IDS]
    computed = set().union(*(sets.computed(mark.data) for mark in marks))
    kinds: dict[str, set[str | None]] = {}
    for channel in channels:
        kinds.setdefault(_field(channel), set()).add(channel.get("type"))
    units = _units(marks, computed)
    names = {_field(c): str(c["title"]) for c in tips if c.get("title")}
    plain = not kinds.keys().isdisjoint(ENDS.values())
    dated = sum("temporal" in types for types in kinds.values()) > 1
    columns: dict[str, Column] = {}
    for name, types in kinds.items():
        # a field that only places what other fields say
        helps = (name in ENDS and plain) or (name.startswith("middle") and dated)
        if name in computed or not helps:
            words, unit = names.get(name) or field_words(name), units.get(name)
            words = f"{words} ({unit})" if unit and unit not in words else words
            kind = "number" if "quantitative" in types else "text"
            made = Column(name, words, "date" if "temporal" in types else kind)
            columns[words] = columns.pop(words, made)  # the first of a name, where the last stood
    rooted = {column for mark in marks for column in sets.columns(mark.data)}
    return [
        *columns.values(),
        *(Column(name, name, "text") for name in IDS if name in rooted - {*columns}),
    ]


def _is_word(channel: dict[str, Any]) -> bool:
    return channel.get("type") not in ("quantitative", "ordinal")


def _units(marks: list[_Mark], computed: set[str]) -> dict[str, str]:
    """Return what the numbers of each field are, as the titles of their axes have it."""
    units = {_field(c): _title(c) for mark in marks for c in mark.measures() if _title(c)}
    ends = next((units[end] for end in ENDS if end in units), "")
    shared = ENDS if computed & set(ENDS) else [*ENDS, *ENDS.values()]
    return units | (dict.fromkeys(shared, ends) if ends else {})


def _field(channel: dict[str, Any]) -> str:
    """Return what Vega calls the field of a channel that may be aggregated."""
    made = channel.get("aggregate") or channel.get("timeUnit")
    return f"{made}_{channel['field']}" if isinstance(made, str) else str(channel["field"])


def _text(column: Column) -> str:
    """Return the Vega expression of a cell's text; the page has the same in JavaScript."""
    value = f"datum['{column.field}']"
    words = {
        "date": f"timeFormat(toDate({value}), '%Y-%m-%d')",
        "number": f"isFinite({value}) ? toString(({value} < 0 ? -1 : 1) * "
        f"toNumber(format(abs({value}), '.12g'))) : ''",
        "text": f"toString({value})",
    }[column.kind]
    return f"(isValid({value}) ? ({words}) : '')"


def _rows(vega: dict[str, Any], parts: list[Part]) -> list[list[list[Row]]]:
    """Return for each part the rows of each of its data sets, as Vega computes them."""
    marks = []
    for part in parts:
        line = f"join([{', '.join(map(_text, part.columns))}], '\\u001f')"
        encode = {"update": {"description": {"signal": line}}}
        marks += [{"type": "rect", "from": {"data": data}, "encode": encode} for data in part.data]
    bare = {k: v for k, v in vega.items() if k in ("$schema", "signals", "data", "projections")}
    scene = chart_cache.scenegraph(bare | {"width": 680, "height": 300, "marks": marks})
    rows = iter(
        [item.get("description", "").split(_BREAK) for item in mark.get("items", [])]
        for mark in scene["scenegraph"]["items"][0]["items"]
    )
    return [[next(rows) for _ in part.data] for part in parts]


def _joined(sets: list[list[Row]]) -> list[Row]:
    """Return the rows of all data sets, without those that another set shows in full."""

    def within(row: Row, others: list[Row]) -> bool:
        return any(
            all(not cell or cell == there for cell, there in zip(row, other, strict=True))
            for other in others
        )

    found: list[Row] = []
    for rows in sets:
        new = [row for row in rows if not within(row, found)]
        found = [row for row in found if not within(row, new)] + new
    return found


def _shorten_names(parts: list[Part]) -> None:
    """Name columns without the unit where the panels of a figure have units of their own."""
    if len({part.name for part in parts}) < 2:
        return
    for part in parts:
        short = [c.name.removesuffix(f" ({part.name})") for c in part.columns]
        if len(set(short)) == len(short):
            part.columns = [
                replace(c, name=name) for c, name in zip(part.columns, short, strict=True)
            ]


def csv_text(parts: list[Part], origins: Provenance) -> str:
    """Return the tables as one CSV file; `part` names the table where there are several.

    After the columns of the tables each row has its claims, its documents and what the file as a
    whole is, see `provenance`: rows keep them wherever they go, and any program reads them.
    """
    own = dict.fromkeys(part.columns[n].name for part in parts for n in part.own)
    heads = ["part"] * (len(parts) > 1) + [name for name in own if name not in ADDED]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(safe_cell, [*heads, *ADDED, *origins.papers]))
    for part in parts:
        for row in part.rows:
            cells = {"part": part.name} | dict(
                zip((column.name for column in part.columns), row, strict=True)
            )
            added = origins.cells(*(cells.get(name, "") for name in (*IDS, "outlet")))
            own_cells = [cells.get(head, "") for head in heads]
            writer.writerow(map(safe_cell, [*own_cells, *added, *origins.papers.values()]))
    return out.getvalue()
