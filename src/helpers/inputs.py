"""Files that people edit, read strictly: text, YAML and notebooks; one line for each fault."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from functools import lru_cache
from os.path import isfile
from pathlib import Path
from typing import Annotated, Any, ClassVar

import yaml
from pydantic import BeforeValidator, ValidationError

from helpers.errors import Failure, FileFault, YaluError, shown

# the loader in C, where PyYAML was built with it, is ten times as fast
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST, _LARGEST, _MOST_BYTES = 40, 100_000, 20_000_000
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
# what YAML 1.1 reads as another number than it looks: 0200 is 128, 12:30 is 750
_TWICE_READ = re.compile(r"[-+]?(0[0-9_]+|[0-9_]+(:[0-9_]+)+(\.[0-9_]*)?)")
_PAIRS = "lines of the form key: value"
# a day that every loader can hold
YEARS = "from 1700 to 2199"
DAY = "(?:17|18|19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}"


# control characters, what turns the direction of a text, and what nobody sees
STRANGE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")


def is_day(written: Any) -> bool:
    """Tell whether a text is a day of the calendar, YYYY-MM-DD, from 1700 to 2199."""
    if not isinstance(written, str) or not re.fullmatch(DAY, written):
        return False
    try:
        return bool(date.fromisoformat(written))
    except ValueError:
        return False


def _day(written: Any) -> Any:
    if not is_day(written):
        raise ValueError(f"found {shown(str(written))}; allowed: a day, YYYY-MM-DD; mend it")
    return written


Day = Annotated[date, BeforeValidator(_day)]


# Text -----------------------------------------------------------------------------------------


def read_bytes(path: Path, name: str, allowed: str, exit_code: int = 1) -> bytes:
    """Return the bytes of a file that is called `name` in messages.

    Raises FileFault, as all functions here do, where there is no such file to read.
    """
    hint = "put it back"
    try:
        if path.stat().st_size > _MOST_BYTES:
            found, hint = f"{path.stat().st_size / 1e6:,.0f} MB", "make it smaller than 20 MB"
        elif path.is_file() or path.is_dir():
            return path.read_bytes()
        else:
            found = "no plain file"
    except FileNotFoundError:
        found = "no file"
    except (IsADirectoryError, NotADirectoryError):
        found = "a folder"
    except (OSError, ValueError) as error:
        found = f"a file that cannot be read ({getattr(error, 'strerror', None) or error})"
    raise FileFault(Failure(name, 1, "", found, allowed, hint), exit_code)


def read_text(path: Path, name: str, allowed: str = "text in UTF-8", exit_code: int = 1) -> str:
    """Return the text of a file; a byte-order mark is dropped, CRLF becomes LF."""
    data = read_bytes(path, name, allowed, exit_code)
    found, hint, at = "", "save it as UTF-8", 0
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        if strange := STRANGE.search(text):
            sign = (
                "a NUL character" if strange[0] == "\0" else f"the sign {ascii(strange[0])[1:-1]}"
            )
            found, hint, at = sign, "take it out", text.count("\n", 0, strange.start())
        elif not text.strip():
            found, hint, at = "an empty file", "fill it or put it back", 0
    except UnicodeDecodeError as error:
        is_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        found = "text in UTF-16" if is_utf16 else f"the byte \\x{data[error.start]:02x}"
        at = 0 if is_utf16 else data.count(b"\n", 0, error.start)
    if found:
        raise FileFault(Failure(name, at + 1, "", found, allowed, hint), exit_code)
    return text


# YAML -----------------------------------------------------------------------------------------


def _without(tag: str) -> dict[Any, Any]:
    known = _LOADER.yaml_implicit_resolvers.items()
    return {first: [one for one in every if one[0] != tag] for first, every in known}


class Yaml(_LOADER):  # type: ignore[misc, valid-type]
    """A safe loader; refuses a key that comes twice and numbers that are not as they look.

    Days stay text.
    """

    yaml_implicit_resolvers: ClassVar[dict[Any, Any]] = _without(_TIMESTAMP)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping. Raises ConstructorError for a key given twice."""
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                said = f'the key "{key.value}" twice'
                raise _refused(said, key, "each key once; remove one")
            seen.add(key.value)
        return dict(super().construct_mapping(node, deep))

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Return what a node stands for. Raises ConstructorError for a number of two readings."""
        is_number = node.tag.endswith((":int", ":float"))
        if is_number and _TWICE_READ.fullmatch(str(node.value)):
            said = f"{node.value}, which YAML reads as another number"
            raise _refused(said, node, 'a number such as 200, or text such as "0200"; mend it')
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError):
            said = f"{str(node.value)[:40]}, which is no number"
            raise _refused(said, node, "a number; mend it") from None


class YamlText(Yaml):
    """A loader that keeps each entry as the text in the file, and a mapping's line under ""."""

    yaml_implicit_resolvers: ClassVar[dict[Any, Any]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping, with its line. Raises ConstructorError for a key given twice."""
        return {"": node.start_mark.line + 1} | super().construct_mapping(node, deep)


def _refused(said: str, node: yaml.Node, allowed: str) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, said, node.start_mark, allowed)


def read_yaml(path: Path, name: str, loader: type = Yaml, exit_code: int = 1) -> Any:
    """Return what a YAML file holds."""
    return deepcopy(_parsed(name, read_text(path, name, _PAIRS, exit_code), loader, exit_code))


def read_mapping(path: Path, name: str, loader: type = Yaml, exit_code: int = 1) -> dict[str, Any]:
    """Return what a YAML file holds, a mapping of texts."""
    content = read_yaml(path, name, loader, exit_code)
    found = {list: "a list", type(None): "nothing"}.get(type(content), "one value")
    if isinstance(content, dict):
        strange = [key for key in content if not isinstance(key, str)]
        if not strange:
            return dict(content)
        found = f"the key {str(strange[0])[:40]}, which is no text"
    hint = "mend it, or put it back"
    raise FileFault(Failure(name, 1, "", found, _PAIRS, hint), exit_code)


@lru_cache(maxsize=16)
def _parsed(name: str, text: str, loader: type, exit_code: int) -> Any:
    try:
        _check_size(text)
        return yaml.load(text, loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = " ".join(str(getattr(error, "problem", None) or error).split())[:160]
        problem = problem.removeprefix("found ")
        problem = problem.replace("did not find expected", "no")
        if mark and "\t" in "".join(text.split("\n")[mark.line : mark.line + 1]):
            problem = f"a tab ({problem})"
        note = getattr(error, "note", None) or "YAML, indented with spaces; mend the line"
        allowed, _, hint = note.partition("; ")
        line = mark.line + 1 if mark else 1
        raise FileFault(Failure(name, line, "", problem, allowed, hint), exit_code) from None


def _check_size(text: str) -> None:
    """Raise MarkedYAMLError for YAML that is nested too deeply or stands for far more."""
    sizes: dict[str, int] = {}
    opened: list[tuple[str | None, int]] = []
    total, said, allowed = 0, "", "fewer; mend the line"
    for event in yaml.parse(text, _LOADER):
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                said = f"*{event.anchor}, an alias without an anchor before it"
            total += sizes.get(str(event.anchor), 0)
        elif isinstance(event, yaml.NodeEvent):
            total += 1
            if isinstance(event, yaml.CollectionStartEvent):
                opened.append((event.anchor, total))
            elif event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            sizes |= {anchor: total - before + 1} if anchor else {}
        if len(opened) > _DEEPEST:
            said = f"more than {_DEEPEST} levels, one in the other"
        elif total > _LARGEST:
            said = f"more than {_LARGEST:,} entries"
        if said:
            raise yaml.MarkedYAMLError(problem=said, problem_mark=event.start_mark, note=allowed)  # type: ignore[arg-type]


def model_faults(error: ValidationError, path: Path, name: str, exit_code: int = 1) -> YaluError:
    """Return what a model refuses in a YAML file, a line for each place."""
    try:
        tree = yaml.compose(read_text(path, name), _LOADER)
    except (YaluError, yaml.YAMLError):
        tree = None
    lines: dict[tuple[int, str], str] = {}
    for one in error.errors():
        found, said = shown(str(one["input"])), one["msg"].removeprefix("Value error, ")
        line, place = _line_of(tree, one["loc"]), ".".join(map(str, one["loc"]))
        match one["type"]:
            case "missing":
                told = f"{place}: found nothing; allowed: an entry; write it"
            case "extra_forbidden":
                told = f"{place}: found a key that is not known; take it out, or mend its name"
            case "value_error":
                told = f"{place}: {said}" if place else said
            case _:
                allowed = said.removeprefix("Input should be ")
                told = f"{place}: found {found}; allowed: {allowed}; mend it"
        lines.setdefault((line, found), f"{name}:{line}: {told}")
    return YaluError(*lines.values(), exit_code=exit_code)


def yaml_texts(path: Path, name: str) -> Iterator[tuple[int, str]]:
    """Yield each text of a YAML file with its line."""
    waiting = [yaml.compose(read_text(path, name), _LOADER)]
    for node in waiting:
        if isinstance(node, yaml.ScalarNode):
            yield node.start_mark.line + 1, node.value
        elif isinstance(node, yaml.MappingNode):
            waiting += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def _line_of(tree: yaml.Node | None, place: tuple[int | str, ...]) -> int:
    """Return the line of a place in a file, or of the last part of it that stands there."""
    line = 1
    for part in place:
        if isinstance(tree, yaml.MappingNode):
            pairs = [(key, value) for key, value in tree.value if key.value == str(part)]
            if not pairs:
                break
            line, tree = pairs[0][0].start_mark.line + 1, pairs[0][1]
        elif isinstance(tree, yaml.SequenceNode) and str(part).isdigit():
            if int(part) >= len(tree.value):
                break
            tree = tree.value[int(part)]
            line = tree.start_mark.line + 1
    return line


# Notebooks ------------------------------------------------------------------------------------


def read_json(path: Path, name: str, what: str = "JSON", exit_code: int = 1) -> Any:
    """Return what a JSON file holds; NaN and Infinity, which are no JSON, are refused."""
    text = read_text(path, name, what, exit_code)
    line, found = 1, ""
    try:
        return json.loads(text, parse_constant=_no_json)
    except json.JSONDecodeError as error:
        line, found = error.lineno, f"no JSON ({error.msg})"
    except RecursionError:
        found = "lists or objects that are nested too deeply"
    except ValueError as error:
        found = str(error)[:100]
    raise FileFault(Failure(name, line, "", found, what, "put it back"), exit_code)


def _no_json(constant: str) -> Any:
    raise ValueError(f"{constant}, which is no JSON")


def read_notebook(path: Path, name: str, exit_code: int = 1) -> dict[str, Any]:
    """Return a notebook of version 4 of the format, as plain values, each source one text."""
    what = "a Jupyter notebook (nbformat 4)"
    if isfile(path) and path.read_bytes().startswith(b"\xef\xbb\xbf"):
        hint = "save it without one: Jupyter reads none"
        raise FileFault(Failure(name, 1, "", "a byte-order mark", what, hint), exit_code)
    content = read_json(path, name, what, exit_code)
    if not isinstance(content, dict):
        found = f"a JSON {'list' if isinstance(content, list) else 'value'}"
        raise FileFault(Failure(name, 1, "", found, what, "put it back"), exit_code)
    if content.get("nbformat") != 4:
        found = f"nbformat {str(content.get('nbformat'))[:20]}"
        hint = "open it in Jupyter and save it, or run jupyter nbconvert --to notebook"
        raise FileFault(Failure(name, 1, "", found, what, hint), exit_code)
    if faults := list(_notebook_faults(content)):
        raise FileFault(Failure(name, 1, *faults[0], "open it in Jupyter and save it"), exit_code)
    for cell in content["cells"]:
        cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell.setdefault("outputs", [])
            cell.setdefault("execution_count", None)
    content.setdefault("metadata", {})
    content.setdefault("nbformat_minor", 0)
    return content


def _notebook_faults(content: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the place of each fault of a notebook's form, what was found, and what is allowed."""

    def fits(value: Any, *kinds: type) -> bool:
        return isinstance(value, kinds)

    if not fits(content.get("nbformat_minor", 0), int):
        yield "nbformat_minor", shown(str(content["nbformat_minor"])), "a whole number"
    if not fits(content.get("metadata", {}), dict):
        yield "metadata", shown(str(content["metadata"])), "an object"
    cells = content.get("cells")
    if not isinstance(cells, list):
        yield "cells", "no list of cells", "a list"
        return
    for number, cell in enumerate(cells, start=1):
        place = f"cell {number}"
        if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
            yield place, shown(str(cell)), "a cell of code, Markdown or raw text"
            continue
        lines = cell.get("source")
        several = isinstance(lines, list) and all(fits(one, str) for one in lines)
        if not fits(lines, str) and not several:
            yield f"source of {place}", shown(str(lines)), "text, or a list of lines"
        about = cell.setdefault("metadata", {})
        tags = about.get("tags", []) if isinstance(about, dict) else None
        if not isinstance(tags, list) or not all(fits(tag, str) for tag in tags):
            yield f"metadata of {place}", shown(str(about)), "an object, its tags a list of texts"
        outputs = cell.get("outputs", [])
        if not fits(outputs, list) or not all(fits(one, dict) for one in outputs):
            yield f"outputs of {place}", shown(str(outputs)), "a list of outputs"
