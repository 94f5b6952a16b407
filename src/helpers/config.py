"""The YAML files of a book's root: `_config.yml` and `_toc.yml`, read strictly."""

from os.path import isfile
from pathlib import Path
from typing import Any

from helpers.errors import YaluError, shown_path
from helpers.inputs import read_mapping

CONFIG, TOC = "_config.yml", "_toc.yml"


# bytes of a file of parameters; all parameters of a chapter with notes come to a few thousand
LARGEST = 64_000


def read_plain(what: str, path: Path) -> dict[str, Any]:
    """Return the content of a reader's own YAML file, of parameters.

    Raises YaluError (exit code 2) in one line, beginning with `what` it is, where it is none.
    """
    name = f"{what} {shown_path(path)}"
    if isfile(path) and path.stat().st_size > LARGEST:
        raise YaluError(f"{name}: larger than {LARGEST:,} bytes", exit_code=2)
    return read_mapping(path, name, exit_code=2)


def read_config(root: Path) -> dict[str, Any]:
    """Return `_config.yml`, checked; `html`, `sphinx` and `repository` are mappings, maybe empty.

    Raises YaluError in one line where it is missing, empty, no text, no YAML or no mapping.
    """
    config = read_mapping(root / CONFIG, CONFIG)
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
