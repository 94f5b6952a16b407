"""Scenario: a named set of parameters, from the sidecar of a chapter or from a file."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from helpers.chapter.parameters import nearest
from helpers.chapter.sidecar import Scenario, sidecar
from helpers.errors import YaluError

# bytes of a scenario file; all parameters of a chapter with notes come to a few thousand
LARGEST = 64_000
_KEYS = {"title", "note", "publish", "parameters"}


class _Plain(yaml.SafeLoader):
    """YAML without aliases, which can make a short text stand for a huge one."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse an alias, read all else."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not allowed here")
        return super().compose_node(parent, index)


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise YaluError(f"scenario {path}: no such file", exit_code=2)
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise YaluError(f"scenario {path}: larger than {LARGEST:,} bytes", exit_code=2)
        return content.decode("utf-8")
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())[:120]
        raise YaluError(f"scenario {path}: cannot be read: {said}", exit_code=2) from None


def _content(path: Path) -> Any:
    try:
        return yaml.load(_text(path), _Plain)
    except (yaml.YAMLError, ValueError) as error:
        said = " ".join(str(error).split())[:120]
        raise YaluError(f"scenario {path}: not YAML: {said}", exit_code=2) from None
    except RecursionError:
        raise YaluError(f"scenario {path}: nested too deeply", exit_code=2) from None


def _as_typed(value: Any) -> Any:
    """Return a value as one types it: YAML reads 2024-03-01 as a date."""
    return value.isoformat() if isinstance(value, date) else value


def read_scenario(path: Path) -> Scenario:
    """Return the scenario in a YAML file: name and value pairs, or these under `parameters`.

    Raises YaluError (exit code 2), in one line, for a file that is none.
    """
    content = _content(path)
    if not isinstance(content, dict) or not content:
        raise YaluError(f"scenario {path}: write lines of the form name: value", exit_code=2)
    if "parameters" not in content:
        content = {"parameters": content}
    unknown = [str(key)[:40] for key in content if key not in _KEYS]
    if unknown:
        raise YaluError(f"scenario {path}: {unknown[0]!r} beside parameters; allowed: "
                        f"{', '.join(sorted(_KEYS))}", exit_code=2)  # fmt: skip
    try:
        scenario = Scenario.model_validate({"title": path.stem} | content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part)[:40] for part in first["loc"])
        raise YaluError(f"scenario {path}: {where}: {first['msg']}", exit_code=2) from None
    scenario.parameters = {name: _as_typed(value) for name, value in scenario.parameters.items()}
    return scenario


def find_scenario(chapter: str, name: str) -> Scenario:
    """Return a scenario by its name in the sidecar or by the path of its file.

    Raises YaluError (exit code 2) where there is none.
    """
    if name.endswith((".yml", ".yaml")):
        return read_scenario(Path(name))
    declared = sidecar(chapter).scenarios
    if name not in declared:
        known = nearest(name, declared) if declared else "; its sidecar has none"
        raise YaluError(f"no scenario {name[:40]!r} of chapter {chapter}{known}", exit_code=2)
    return declared[name]
