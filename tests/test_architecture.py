"""The rules of ARCHITECTURE.md: who may import whom, one name for one thing, nothing unused."""

import ast
import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from vulture import Vulture

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "helpers"
MODULES = sorted(SOURCE.rglob("*.py"))
RETIRED = {"due", "drawn", "warm", "whole", "hanging", "movers", "fallen", "echo", "echoes"}
# called by those whose interface they fill, or written as text into a cell that is run
CALLED_FROM_OUTSIDE = [
    "get_msg", "is_alive", "execute_managed_notebook",  # jupyter_client, papermill
    "YaluOutput", "handle_mime",  # MyST-NB, by its entry point
    "log_message",  # http.server
    "watch",  # a cell that fork/used.py puts into a notebook
    "Options", "convert_*",  # markdownify
    "exp",  # arithmetic that models of other books may use
]  # fmt: skip
# names that a template of Jinja calls
TEMPLATE_CALLS = re.compile(r"\b\w+(?=\()")
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


def test_an_import_against_the_rule_is_reported(tmp_path):
    wrong = {
        "evidence/load.py": "helpers.chapter.wording",
        "chapter/wording.py": "helpers.models.luggage",
        "chapter/figure.py": "helpers.book.build",
        "models/luggage.py": "helpers.errors",
        "models/visas.py": "pandas",
    }
    shutil.copytree(SOURCE, tmp_path / "src" / "helpers")
    for module, forbidden in wrong.items():
        with (tmp_path / "src" / "helpers" / module).open("a", encoding="utf-8") as file:
            file.write(f"\nimport {forbidden}\n")
    status, report = lint_imports(tmp_path)
    assert status == 1
    said = {(f"helpers.{m[:-3].replace('/', '.')}", f) for m, f in wrong.items()}
    assert [pair for pair in said if " -> ".join(pair) not in report] == []


def test_every_public_function_has_a_caller():
    """Code in src, in the cells of chapters and in benchmarks counts; tests do not."""
    found = Vulture(
        ignore_names=CALLED_FROM_OUTSIDE,
        ignore_decorators=["@*.command", "@*.group", "@*validator", "@default"],
    )
    for path in [*MODULES, *ROOT.glob("benchmarks/*.py")]:
        found.scan(path.read_text(encoding="utf-8"), path)
    for path in ROOT.glob("chapters/*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        found.scan("\n\n".join(code), path)
    for path in [p for p in SOURCE.rglob("templates/**/*") if p.is_file()]:
        found.scan("\n".join(TEMPLATE_CALLS.findall(path.read_text(encoding="utf-8"))), path)
    dead = [
        f"{Path(item.filename).relative_to(ROOT)}:{item.first_lineno}: {item.typ} {item.name}"
        for item in found.get_unused_code(min_confidence=60)
        if item.typ in ("function", "class", "method", "property")
        and SOURCE in Path(item.filename).parents and not item.name.startswith("_")
    ]  # fmt: skip
    assert not dead, "\n".join(dead)


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
