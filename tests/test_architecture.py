"""The rules of ARCHITECTURE.md: who may import whom, one name for one thing, nothing unused."""

import ast
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "helpers"
MODULES = sorted(SOURCE.rglob("*.py"))
RETIRED = {"due", "drawn", "warm", "whole", "hanging", "movers", "fallen", "echo", "echoes"}
MOST_LINES = 450
MOST_NAMES_TWICE = 10


def trees():
    for path in MODULES:
        yield path.relative_to(SOURCE), ast.parse(path.read_text(encoding="utf-8"))


def lint_imports(folder):
    """Return the exit code and the report of import-linter for the package below `folder`."""
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    code = "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports; "
    code += "sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_modules_import_only_what_lies_below_them(tmp_path):
    shutil.copytree(SOURCE, tmp_path / "src" / "helpers")
    status, report = lint_imports(tmp_path)
    assert status == 0, report


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("evidence/load.py", "helpers.chapter.wording"),
        ("chapter/wording.py", "helpers.models.luggage"),
        ("chapter/wording.py", "helpers.book.build"),
        ("models/luggage.py", "helpers.evidence"),
    ],
)
def test_an_import_against_the_rule_is_reported(tmp_path, module, forbidden):
    shutil.copytree(SOURCE, tmp_path / "src" / "helpers")
    path = tmp_path / "src" / "helpers" / module
    path.write_text(f"{path.read_text(encoding='utf-8')}\nimport {forbidden}\n", encoding="utf-8")
    status, report = lint_imports(tmp_path)
    assert status == 1
    assert f"helpers.{module[:-3].replace('/', '.')} -> {forbidden}" in report


def test_no_module_is_too_long_for_one_sitting():
    long = {str(p.relative_to(SOURCE)): n for p in [*MODULES, *SOURCE.rglob("*.js")]
            if (n := len(p.read_text(encoding="utf-8").splitlines())) > MOST_LINES}  # fmt: skip
    assert not long


def test_a_public_name_is_defined_once():
    where = defaultdict(list)
    for path, tree in trees():
        for node in tree.body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"
            # each model is a module of its own subject, which a chapter imports by its name
            if public and path.parts[0] != "models" and node.name not in ("setup", "main"):
                where[node.name].append(path)
    twice = {name: paths for name, paths in where.items() if len(paths) > 1}
    within = {n: p for n, p in twice.items() if len({x.parts[0] for x in p}) < len(p)}
    assert not within
    assert len(twice) <= MOST_NAMES_TWICE, twice


def defined_names(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname


def test_retired_words_are_no_identifiers():
    words = re.compile(r"_|(?<=[a-z])(?=[A-Z])")
    names = {(path, name) for path, tree in trees() for name in {*defined_names(tree), path.stem}}
    found = [f"{path}: {name}" for path, name in names if RETIRED & set(words.split(name.lower()))]
    assert not found
