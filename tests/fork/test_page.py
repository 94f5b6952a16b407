"""The page on forking tells what the commands do, and what the book on another theme is made of."""

import re
import shlex
from pathlib import Path

import click
import pytest

from helpers.cli import main

from .conftest import HERE, ROOT

pytestmark = pytest.mark.book

PAGE = (ROOT / "chapters/fork.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^yalu (.+)$", PAGE, re.MULTILINE) + re.findall(r"`yalu ([^`]+)`", PAGE)


def section(title):
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_the_page_names_every_command_of_forking():
    assert {"fork", "upstream", "new", "adopt", "data", "build"} <= {c.split()[0] for c in COMMANDS}


def test_each_command_of_the_page_is_one_and_takes_what_stands_there():
    for line in COMMANDS:
        name, *words = shlex.split(line)
        command = main.get_command(click.Context(main), name)
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line
        if words:
            command.make_context(name, list(words))


def test_the_page_lists_the_files_of_the_book_on_another_theme():
    terms = re.findall(r"^(`.+`)\n: ", section("A book on another theme"), re.MULTILINE)
    listed = {name for term in terms for name in re.findall(r"`([^`]+)`", term)}
    salt = HERE / "salt"
    files = {path.relative_to(salt).as_posix() for path in salt.rglob("*") if path.is_file()}
    assert listed == files


def test_what_a_book_may_have_besides_is_what_this_one_has():
    words = section("A book on another theme").partition("may have besides:")[2].split("\n\n")[0]
    names = re.findall(r"`([^`]+)`", words)
    assert len(names) == 4 and all((ROOT / name).is_file() for name in names)


def test_the_reasons_of_the_page_are_those_of_the_lineage():
    from helpers.fork import cut_data

    told = re.findall(r"^(.+)\n: ", section("Take a chapter as it is"), re.MULTILINE)
    assert told == [cut_data.SHOWN, cut_data.BEHIND, cut_data.RELATED]
    assert (Path(ROOT) / "src/helpers/fork").is_dir()
