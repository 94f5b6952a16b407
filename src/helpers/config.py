"""The YAML files of a book's root: `_config.yml` and `_toc.yml`, read strictly."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from helpers.errors import YaluError, shown_path

CONFIG, TOC = "_config.yml", "_toc.yml"


class _Strict(yaml.SafeLoader):
    """A safe loader that refuses a key given twice, which YAML forbids and PyYAML lets pass."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping. Raises ConstructorError for a key given twice."""
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                said = f'the key "{key.value}" is given twice'
                raise yaml.constructor.ConstructorError(None, None, said, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_mapping(root: Path, name: str) -> dict[str, Any]:
    """Return the content of a YAML file of the book, a mapping.

    Raises YaluError in one line where it is missing, empty, no text, no YAML or no mapping.
    """
    try:
        text = (root / name).read_bytes().decode()
    except OSError as error:
        raise YaluError(f"{name}: cannot be read ({error.strerror}); put it back") from None
    except UnicodeDecodeError:
        raise YaluError(f"{name}: is no text in UTF-8; put it back") from None
    content = _parsed(name, text)
    if not isinstance(content, dict):
        found = {list: "a list", type(None): "nothing"}.get(type(content), "one value")
        raise YaluError(f"{name}: holds {found}; allowed: lines of the form key: value")
    return dict(content)


@lru_cache(maxsize=8)
def _parsed(name: str, text: str) -> Any:
    try:
        return yaml.load(text, _Strict)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}:{mark.line + 1}" if mark else name
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise YaluError(f"{place}: {problem}; allowed: YAML, indented with spaces") from None


# bytes of a file of parameters; all parameters of a chapter with notes come to a few thousand
LARGEST = 64_000


class _Plain(_Strict):
    """YAML without aliases, which can make a short text stand for a huge one."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse an alias, read all else."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not allowed here")
        return super().compose_node(parent, index)


def read_plain(what: str, path: Path) -> Any:
    """Return the content of a reader's own YAML file, of parameters.

    Raises YaluError (exit code 2) in one line, beginning with `what` it is, where it is none.
    """

    def no_file(said: str) -> YaluError:
        return YaluError(f"{what} {shown_path(path)}: {said}", exit_code=2)

    said = "cannot be read"
    try:
        if not path.is_file():
            raise no_file("no such file")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise no_file(f"larger than {LARGEST:,} bytes")
        text, said = content.decode("utf-8"), "not YAML"
        return yaml.load(text, _Plain)
    except RecursionError:
        raise no_file("nested too deeply") from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise no_file(f"{said}: {' '.join(str(error).split())[:120]}") from None


def read_config(root: Path) -> dict[str, Any]:
    """Return `_config.yml`, checked; `html`, `sphinx` and `repository` are mappings, maybe empty.

    Raises YaluError in one line, see `read_mapping`.
    """
    config = read_mapping(root, CONFIG)
    if not isinstance(config.get("title"), str) or not config["title"].strip():
        raise YaluError(f"{CONFIG}: no title; add a line like title: Across the Yalu")
    for section in ("html", "sphinx", "repository"):
        config[section] = config.get(section) or {}
        if not isinstance(config[section], dict):
            raise YaluError(f"{CONFIG}: {section} holds no lines of the form key: value")
    settings = config["sphinx"].get("config") or {}
    if not isinstance(settings, dict):
        raise YaluError(f"{CONFIG}: sphinx: config holds no lines of the form key: value")
    config["sphinx"] = config["sphinx"] | {"config": dict(settings)}
    return config


def base_address(root: Path) -> str:
    """Return the address of the published book with "/" at its end, "" where none is set."""
    address = str(read_config(root)["html"].get("baseurl") or "").strip()
    return f"{address.rstrip('/')}/" if address else ""
