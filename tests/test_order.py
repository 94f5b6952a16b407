"""Modules import in one direction: cli -> fork, rerun, book -> chapter -> models, evidence."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "helpers"
# layer: what it may import of ours, besides errors, paths and itself
ALLOWED = {
    "evidence": set(),
    "models": set(),
    "chapter": {"evidence", "models"},
    "book": {"chapter", "evidence", "models"},
    "rerun": {"chapter", "book", "evidence", "models"},
    "fork": {"chapter", "book", "evidence", "models", "rerun"},
    "cli": {"chapter", "book", "evidence", "fork", "models", "rerun"},
    "errors": set(),
    "paths": set(),
}
COMMON = {"errors", "paths"}
NEVER = {"models": {"pandas", "pathlib", "os", "io", "errors", "paths"}}
FILES = sorted(
    path for path in SOURCE.rglob("*.py") if path.parent != SOURCE or path.stem != "__init__"
)


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def layer(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_module_imports_against_the_order(path):
    ours = {name.split(".")[1] for name in imported(path) if name.startswith("helpers.")}
    assert ours <= ALLOWED[layer(path)] | COMMON | {layer(path)}


@pytest.mark.parametrize("path", sorted((SOURCE / "models").glob("*.py")), ids=lambda p: p.name)
def test_models_do_arithmetic_only(path):
    roots = {part for name in imported(path) for part in name.split(".")[:1]}
    assert not roots & NEVER["models"]
    assert not any(name.startswith("helpers.") for name in imported(path))
