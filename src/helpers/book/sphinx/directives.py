"""Directives and roles of the book's own pages: counts, models, codebook, parameters, errors."""

import importlib
import inspect
import json
import pkgutil
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.logging import getLogger

from helpers import evidence, models
from helpers.analysis.chapter import claim_words, parameter_result, source_words
from helpers.analysis.sidecar import Parameter, Sidecar, sidecar
from helpers.analysis.wording import date_words, number_words, unit_words
from helpers.book.sphinx.addresses import REGISTER, page_uri
from helpers.book.sphinx.register import group, number_of, tag
from helpers.errors import YaluError
from helpers.evidence.codebook import Codebook, Column, clean_tables, read_codebook
from helpers.paths import book_root

logger = getLogger(__name__)
DATA_PAGE = "chapters/data"
_NO_MODELS = {"ops"}
_CLAIM_IDS = re.compile(r"\(claims? ([^)]*)\)")


class _Block(SphinxDirective):
    """What the directives share: one clear warning, with page and line, for what is unknown."""

    optional_arguments = 1

    def build(self) -> list[nodes.Node]:
        """Return the nodes. Raises YaluError for an unknown name."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Return the nodes, or nothing after a warning."""
        try:
            return self.build()
        except YaluError as error:
            _warn(self.name, self.argument, error, self.get_location())
            return []

    @property
    def argument(self) -> str:
        """What stands behind the directive's name, or nothing."""
        return self.arguments[0].strip() if self.arguments else ""

    def page(self, docname: str) -> str:
        """Return the address of another page from here."""
        return page_uri(self.env, docname)


def _warn(name: str, argument: str, error: YaluError, location: str) -> None:
    message = f"{{{name}}} {argument}: {'; '.join(error.lines)}"
    logger.warning(message, location=location, type="yalu", subtype=name)


def _raw(html: str) -> list[nodes.Node]:
    return [nodes.raw("", html, format="html")]


# Counts -----------------------------------------------------------------------------------


def fact(text: str) -> str:
    """Return a count of the clean tables in words.

    `text` is "count TABLE [COLUMN=ENTRY ...]", "share TABLE COLUMN=ENTRY ..." (of all rows
    of the table), "distinct TABLE COLUMN" or "latest TABLE COLUMN". An ENTRY of `none` means
    an empty cell, of `any` one that is not, and + stands for a space in it. "version" is the
    version of the book. Raises YaluError for an unknown verb, table, column or entry.
    """
    if text == "version":
        return version("across-the-yalu")
    verb, *rest = text.split() or [""]
    if verb not in _VERBS or not rest:
        raise YaluError(f'found "{text}"; allowed: {", ".join(_VERBS)}, then a table')
    return _VERBS[verb](evidence.load(rest[0]), rest[1:])


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame.columns:
        raise YaluError(f'no column "{name}"; there are {", ".join(frame.columns)}')
    return frame[name]


def _holds(frame: pd.DataFrame, condition: str) -> pd.Series:
    name, _, entry = condition.partition("=")
    cells = _column(frame, name)
    if entry in ("none", "any"):
        return cells.isna() if entry == "none" else cells.notna()
    found = cells.astype("str").str.lower() == entry.replace("+", " ").lower()
    if not found.any():
        raise YaluError(f'no row has {name} "{entry}"')
    return found


def _picked(frame: pd.DataFrame, conditions: list[str]) -> pd.DataFrame:
    for condition in conditions:
        frame = frame[_holds(frame, condition)]
    return frame


def _count(frame: pd.DataFrame, conditions: list[str]) -> str:
    return number_words(len(_picked(frame, conditions)))


def _share(frame: pd.DataFrame, conditions: list[str]) -> str:
    share = len(_picked(frame, conditions)) / len(frame)
    return f"{number_words(round(share * 100))} per cent"


def _distinct(frame: pd.DataFrame, columns: list[str]) -> str:
    return number_words(_column(frame, columns[0]).nunique())


def _latest(frame: pd.DataFrame, columns: list[str]) -> str:
    return date_words(str(_column(frame, columns[0]).max())[:10])


_VERBS: dict[str, Callable[[pd.DataFrame, list[str]], str]] = {
    "count": _count,
    "share": _share,
    "distinct": _distinct,
    "latest": _latest,
}


Nodes = tuple[list[nodes.Node], list[nodes.system_message]]


class FactRole(SphinxRole):
    """{fact}`count claims basis=derived`: a count of the tables, linked to its table."""

    def run(self) -> Nodes:
        """Return the number, or a warning."""
        try:
            words = fact(self.text.strip())
        except YaluError as error:
            _warn("fact", self.text, error, self.get_location())
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        if self.text == "version" or DATA_PAGE not in self.env.found_docs:
            return [nodes.inline("", words, classes=["yalu-fact"])], []
        table = self.text.split()[1]
        link = nodes.reference(
            "", words, internal=True, refuri=f"{page_uri(self.env, DATA_PAGE)}#table-{table}",
            reftitle=f"counted in data/clean/{table}.csv when the book was built",
        )  # fmt: skip
        link["classes"] += ["yalu-fact"]
        return [link], []


class PageRole(SphinxRole):
    """{page}`methods how we count`: words that link to a page where the book has it."""

    def run(self) -> Nodes:
        """Return the words, as a link or plain."""
        name, _, words = self.text.strip().partition(" ")
        docname = f"chapters/{name}"
        if docname not in self.env.found_docs:
            return [nodes.Text(words)], []
        return [nodes.reference("", words, internal=True, refuri=page_uri(self.env, docname))], []


# Downloads --------------------------------------------------------------------------------


def data_files(root: Path) -> list[Path]:
    """Return the files that readers may take: the clean tables, their codebook and package."""
    data = root / "data"
    files = [data / "datapackage.json", data / "codebook.csv", *sorted(data.glob("clean/*.csv"))]
    return [path for path in files if path.is_file()]


def copy_data(root: Path, folder: Path) -> None:
    """Copy the data files into `folder`/data, laid out as the data package names them."""
    for path in data_files(root):
        target = folder / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _add_data(app: Sphinx) -> None:
    folder = Path(app.srcdir).parent / "downloads"
    shutil.rmtree(folder, ignore_errors=True)
    copy_data(book_root(), folder)
    app.config.html_static_path += [str(folder)]


def data_uri(docname: str, name: str) -> str:
    """Return the address of a data file relative to a page."""
    return f"{'../' * docname.count('/')}_static/data/{name}"


class DataFileRole(SphinxRole):
    """{datafile}`clean/claims.csv`: a link to a file of data/ in the built book."""

    def run(self) -> Nodes:
        """Return the link, or a warning."""
        known = [str(p.relative_to(book_root() / "data")) for p in data_files(book_root())]
        if self.text not in known:
            error = YaluError(f"no such file to download; there are {', '.join(known)}")
            _warn("datafile", self.text, error, self.get_location())
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        uri = data_uri(self.env.docname, self.text)
        return [nodes.reference("", self.text, refuri=uri, internal=True)], []


# Models -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ModelFunction:
    """What the docstring of a model says: its call, meaning, formula and units."""

    call: str
    meaning: str
    formula: str
    units: str


def model_module(name: str) -> ModuleType:
    """Return a module of helpers.models. Raises YaluError where there is none."""
    known = sorted({m.name for m in pkgutil.iter_modules(models.__path__)} - _NO_MODELS)
    if name not in known:
        raise YaluError(f'no model "{name}"; there are {", ".join(known)}')
    return importlib.import_module(f"helpers.models.{name}")


def _call(function: Callable[..., Any]) -> str:
    written = [
        p.name if p.default is p.empty else f"{p.name}={p.default}"
        for p in inspect.signature(function).parameters.values()
    ]
    return f"{function.__name__}({', '.join(written)})"


def model_function(function: Callable[..., Any]) -> ModelFunction:
    """Return what a model's docstring says.

    Raises YaluError where it has no first line or no units.
    """
    paragraphs = [" ".join(part.split()) for part in (inspect.getdoc(function) or "").split("\n\n")]
    units = [part for part in paragraphs if part.startswith("Units: ")]
    formula = [part for part in paragraphs[1:] if part not in units]
    if not units or not paragraphs[0]:
        raise YaluError(f"{function.__module__}.{function.__name__}: a docstring without units")
    return ModelFunction(
        _call(function), paragraphs[0], " ".join(formula), units[0].removeprefix("Units: ")
    )


def model_functions(name: str) -> list[ModelFunction]:
    """Return every public function of a model module, in the order of the file."""
    module = model_module(name)
    return [
        model_function(function)
        for key, function in vars(module).items()
        if inspect.isfunction(function)
        and function.__module__ == module.__name__
        and not key.startswith("_")
    ]


class ModelsDirective(_Block):
    """```{models} luggage```: the functions of a model module, from their docstrings."""

    def build(self) -> list[nodes.Node]:
        """Return the folded list of functions."""
        functions = model_functions(self.argument)
        items = "".join(self._entry(function) for function in functions)
        title = self.argument.replace("_", " and ").capitalize()
        content = tag("dl", items, class_="reg-list")
        count = number_of(len(functions), "function")
        return _raw(group(title, count, content, id=f"model-{self.argument}"))

    def _entry(self, function: ModelFunction) -> str:
        lines = [escape(function.meaning)]
        if function.formula:
            lines.append(f"<b>=</b> {self._with_links(function.formula)}")
        lines.append(f"<b>Units:</b> {self._with_links(function.units)}")
        content = "".join(tag("p", line) for line in lines)
        return tag("dt", tag("code", escape(function.call))) + tag("dd", content)

    def _with_links(self, text: str) -> str:
        """Return a formula with its claims as links to the register."""
        html = escape(text).replace(" x ", " × ").replace(" -&gt; ", " → ")
        html = re.sub(r"`([^`]+)`", r"<code>\1</code>", html)
        return re.sub(r"\b[a-z0-9]+(?:-[a-z0-9]+)+\b", self._linked, html)

    def _linked(self, match: re.Match[str]) -> str:
        if match[0] not in set(evidence.load("claims")["claim_id"]):
            return match[0]
        return tag("a", match[0], href=f"{self.page(REGISTER)}#claim-{match[0]}")


# Codebook ---------------------------------------------------------------------------------


def _titles() -> dict[str, str]:
    """Return the titles of the clean tables as the data package gives them."""
    package = json.loads((book_root() / "data/datapackage.json").read_text(encoding="utf-8"))
    return {r["path"].removesuffix(".csv"): r["title"] for r in package["resources"]}


def _allowed_words(column: Column) -> str:
    if column.target:
        return f"a key of {column.target.removeprefix('clean/')}"
    return ", ".join(column.words) or column.allowed


def _column_html(column: Column) -> str:
    kind = ", ".join(filter(None, [column.type, column.unit]))
    words = [column.meaning.rstrip(".")]
    words += [f"Allowed: {_allowed_words(column)}"] if column.allowed else []
    words += [] if column.required else [f"Empty: {column.missing_means}"]
    head = tag("code", escape(column.column)) + escape(f" ({kind})")
    return tag("dt", head) + tag("dd", escape(". ".join(words) + "."))


def table_html(book: Codebook, table: str, title: str, uri: str) -> str:
    """Return one table of the codebook, folded: title, rows, download and columns."""
    name = table.removeprefix("clean/")
    rows = number_of(len(evidence.load(name)), "row")
    link = tag("a", escape(f"{name}.csv"), href=uri, download=f"{name}.csv")
    columns = "".join(_column_html(column) for column in book[table])
    content = tag("p", f"{link}, {number_of(len(book[table]), 'column')}", class_="reg-definition")
    content += tag("dl", columns, class_="reg-list")
    return group(title, rows, content, id=f"table-{name}")


class CodebookDirective(_Block):
    """```{codebook}``` or ```{codebook} clean/claims```: the clean tables and their columns."""

    def build(self) -> list[nodes.Node]:
        """Return one folded block a table."""
        book, faults = read_codebook(book_root())
        if faults:
            raise YaluError(*(str(fault) for fault in faults))
        known = clean_tables(book)
        if self.argument and self.argument not in known:
            raise YaluError(f"no such table; there are {', '.join(known)}")
        titles = _titles()
        return _raw(
            "".join(
                table_html(book, t, titles[t], data_uri(self.env.docname, f"{t}.csv"))
                for t in ([self.argument] if self.argument else known)
            )
        )


# Parameters -------------------------------------------------------------------------------


def _as_typed(value: float | str) -> str:
    """Return a value as one types it."""
    return tag("code", escape(value if isinstance(value, str) else f"{value:.12g}"))


def allowed_html(parameter: Parameter) -> str:
    """Return what a parameter takes: "a whole number from 0 to 2000"."""
    if parameter.choices:
        return "one of " + ", ".join(map(_as_typed, parameter.choices))
    form = {
        "number": "a fraction" if parameter.unit == "share" else "a number",
        "integer": "a whole number",
        "date": "a date",
        "month": "a month",
    }[parameter.type]
    ends = [_as_typed(end) for end in (parameter.min, parameter.max) if end is not None]
    return f"{form} from {' to '.join(ends)}" if len(ends) == 2 else form


def default_html(chapter: str, parameter: Parameter) -> str:
    """Return a default as one types it, with its words where these say more."""
    typed = _as_typed(parameter.default)
    if parameter.type in ("choice", "date", "month"):
        return typed
    return (
        f"{typed} ({escape(parameter_result(parameter.name, chapter, parameter.default).text())})"
    )


def origin_html(parameter: Parameter, register: str) -> str:
    """Return where a default is from: a claim, a document or an assumption."""
    if parameter.claim:
        taken = {"low": "the lower end in ", "high": "the upper end in "}
        words = escape(claim_words(parameter.claim, "source"))
        link = tag("a", words, href=f"{register}#claim-{parameter.claim}")
        return taken.get(parameter.take or "", "from ") + link
    if parameter.source:
        words = escape(source_words(parameter.source))
        return "from " + tag("a", words, href=f"{register}#source-{parameter.source}")
    return escape(f"our assumption: {parameter.assumption}")


def rules_html(declared: Sidecar) -> str:
    """Return what must hold between parameters, or nothing."""
    words = {"<": "must be below", "<=": "may not be above"}
    rules = [f"{_as_typed(a)} {words[sign]} {_as_typed(b)}" for a, sign, b in declared.rules]
    return tag("p", "; ".join(rules) + ".") if rules else ""


class ParametersDirective(_Block):
    """```{parameters} luggage```: what a chapter's sidecar declares of its parameters."""

    def build(self) -> list[nodes.Node]:
        """Return the list of parameters."""
        declared = sidecar(self.argument)
        entries = "".join(self._entry(p) for p in declared.parameters.values())
        content = tag("dl", entries, class_="reg-list") + rules_html(declared)
        return _raw(tag("div", content, class_="reg-parameters"))

    def _entry(self, p: Parameter) -> str:
        default = f"{default_html(self.argument, p)}, {origin_html(p, self.page(REGISTER))}"
        about = f"{escape(p.label)}: {allowed_html(p)}. Default {default}. {escape(p.help)}"
        return tag("dt", tag("code", p.name)) + tag("dd", about.strip())


# Errors, changes and checks ---------------------------------------------------------------

_ACTIONS = {
    "set": "used as {used}",
    "relabel": "used as {used}",
    "exclude": "not used",
    "flag": "used as printed, with this remark",
}
_MONEY = {"value_usd_million": "USD_million", "value_cny_million": "CNY_million"}


def _pairs(cell: str) -> dict[str, str]:
    """Return "a=1|b=2" as a dictionary."""
    return dict(part.split("=", 1) for part in cell.split("|")) if cell else {}


def _money_words(cell: str) -> str:
    amounts = {k: v for k, v in _pairs(cell).items() if k in _MONEY}
    return ", ".join(
        f"{number_words(float(v))} {unit_words(_MONEY[k])}" for k, v in amounts.items()
    )


def correction_words(row: dict[str, str]) -> tuple[str, str]:
    """Return what was printed and what we use, in words."""
    claim_id = _pairs(row["row_key"]).get("claim_id")
    if claim_id:
        printed, used = claim_words(claim_id, "printed"), claim_words(claim_id, "unit")
    else:
        printed, used = _money_words(row["printed"]), _money_words(row["corrected"])
    return printed, _ACTIONS[row["action"]].format(used=used)


def _rows(table: str) -> list[dict[str, str]]:
    return [
        {str(k): str(v) for k, v in row.items()}
        for row in evidence.load(table).fillna("").to_dict("records")
    ]


class _Errors(_Block):
    """What the lists of errors share: links to claims and documents."""

    def _source(self, source_id: str) -> str:
        if not source_id:
            return ""
        words = escape(source_words(source_id))
        return " Source: " + tag("a", words, href=f"{self.page(REGISTER)}#source-{source_id}") + "."

    def _place(self, table: str, key: str) -> str:
        """Return the row meant: a link where it is a claim."""
        claim_id = key.removeprefix("claim_id=").partition("|")[0]
        if "claim" in table and claim_id in set(evidence.load("claims")["claim_id"]):
            return tag("a", escape(claim_id), href=f"{self.page(REGISTER)}#claim-{claim_id}")
        return escape(", ".join(part.partition("=")[2] or part for part in key.split("|")))


class CorrectionsDirective(_Errors):
    """```{corrections}```: what a source printed wrongly, what we use instead, and why."""

    def build(self) -> list[nodes.Node]:
        """Return the list."""
        return _raw(tag("dl", "".join(map(self._entry, _rows("corrections"))), class_="reg-list"))

    def _entry(self, row: dict[str, str]) -> str:
        printed, used = correction_words(row)
        head = tag("b", escape(f"Printed: {printed}; {used}"))
        where = f" ({self._place(row['table'], row['row_key'])})"
        about = escape(row["reason"]) + self._source(row["source_id"]) + " "
        about += tag("code", escape(row["correction_id"]))
        key = f"correction-{row['correction_id']}"
        return tag("dt", head + where, id=key) + tag("dd", about)


class DifferencesDirective(_Errors):
    """```{known-differences}```: figures that ought to agree and do not."""

    def build(self) -> list[nodes.Node]:
        """Return the list."""
        rows = _rows("known_differences")
        return _raw(tag("dl", "".join(map(self._entry, rows)), class_="reg-list"))

    def _entry(self, row: dict[str, str]) -> str:
        table = row["table"].partition("/")[2].replace("_", " ")
        head = tag("b", escape(f"{table}: ")) + self._place(row["table"], row["row_key"])
        words = f"Difference: {row['difference']} ({row['check']}). {row['reason']}"
        return tag("dt", head) + tag("dd", escape(words))


class ChangesDirective(_Errors):
    """```{changes}```: what the checks changed in the ledger, folded by table."""

    def build(self) -> list[nodes.Node]:
        """Return one folded block a table."""
        tables: dict[str, list[str]] = {}
        for row in _rows("changes"):
            tables.setdefault(row["table"], []).append(self._entry(row))
        return _raw("".join(self._table(name, items) for name, items in sorted(tables.items())))

    def _table(self, name: str, items: list[str]) -> str:
        content = tag("dl", "".join(items), class_="reg-list")
        count = f"changed {number_of(len(items), 'time')}"
        return group(name.replace("_", " ").capitalize(), count, content, id=f"changes-{name}")

    def _entry(self, row: dict[str, str]) -> str:
        head = self._place(row["table"], row["row_key"])
        if row["column"] == "row":
            words = "row added" if row["new"] else "row removed"
        else:
            words = f"{row['column']}: {row['old'] or 'empty'} → {row['new'] or 'empty'}"
        about = escape(f"{words.rstrip('.')}. Reason: {row['reason'].rstrip('.')}.")
        about += self._source(row["source_id"])
        return tag("dt", head) + tag("dd", about)


@dataclass(frozen=True)
class Check:
    """One reading of samples against their sources; counts as the readers kept them.

    `parts` are (what, rows read); `wrong` counts the wrong rows of each part.
    """

    name: str
    parts: tuple[tuple[str, int], ...]
    wrong: tuple[int, ...]
    imprecise: int
    not_found: int

    @property
    def read(self) -> int:
        """Rows read in all parts."""
        return sum(rows for _, rows in self.parts)

    @property
    def confirmed(self) -> int:
        """Rows that neither were wrong or imprecise nor could not be found again."""
        return self.read - sum(self.wrong) - self.imprecise - self.not_found


# Kept by the editors when they read samples against the sources, before and after mending.
CHECKS = (
    Check(
        "First edition, three samples",
        (("pay and rates", 45), ("trade", 55), ("visas, luggage and workers", 70)),
        (4, 1, 1), imprecise=24, not_found=1,
    ),
    Check(
        "After the corrections, one sample",
        (("claims", 40), ("cells of the trade tables", 10)), (0, 0), imprecise=13, not_found=1,
    ),
)  # fmt: skip


def check_words(check: Check) -> str:
    """Return one check in words: what was read, and how much of it held."""
    parts = "; ".join(
        f"{what}: {rows} read, {wrong or 'none'} wrong"
        for (what, rows), wrong in zip(check.parts, check.wrong, strict=True)
    )
    counts = {
        "confirmed": check.confirmed,
        "imprecise": check.imprecise,
        "wrong": sum(check.wrong),
        "not found again": check.not_found,
    }
    shares = ", ".join(
        f"{count} {word} ({number_words(round(100 * count / check.read, 1))} per cent)" if count
        else f"none {word}"
        for word, count in counts.items()
    )  # fmt: skip
    return f"Of {check.read} read, {shares}. By part: {parts}."


class ChecksDirective(_Block):
    """```{checks}```: how the samples that were read against the sources came out."""

    def build(self) -> list[nodes.Node]:
        """Return one entry a check."""
        entries = [
            tag("dt", tag("b", escape(check.name))) + tag("dd", escape(check_words(check)))
            for check in CHECKS
        ]
        return _raw(tag("dl", "".join(entries), class_="reg-list"))


def setup(app: Sphinx) -> None:
    """Register the roles and directives, and put the data files into the built book."""
    app.add_role("fact", FactRole())
    app.add_role("datafile", DataFileRole())
    app.add_role("page", PageRole())
    app.add_directive("models", ModelsDirective)
    app.add_directive("codebook", CodebookDirective)
    app.add_directive("parameters", ParametersDirective)
    app.add_directive("corrections", CorrectionsDirective)
    app.add_directive("known-differences", DifferencesDirective)
    app.add_directive("changes", ChangesDirective)
    app.add_directive("checks", ChecksDirective)
    app.connect("builder-inited", _add_data)
