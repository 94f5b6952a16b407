"""Commands killed at random moments: the last site and the evidence whole, the repeat right."""

import os
import random
import shutil
import signal
import subprocess

import pytest

from .conftest import SEED, halves, left_in, said, site_of, sources_of, started

pytestmark = pytest.mark.book

# seconds that each takes about, while others run too
COMMANDS = {"build": 12.0, "data": 3.0, "sweep": 5.0, "change": 4.0, "fork": 12.0}
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
CASES = [(name, n) for n in range(12) for name in COMMANDS]


def words(command, book, number):
    out = book.parent / "forked"
    return {
        "sweep": ["sweep", "pans", "-p", f"harvest=5000:{5100 + number * 50}:50"],
        "change": ["ledger", "change", "harvest-2021", f"note=Change {number}."],
        "fork": ["fork", "pans", str(out)],
    }.get(command, [command])


@halves(CASES, 3)
def test_nothing_is_half_and_the_repeat_is_right(cases, built, short, tally):
    book = shutil.copytree(built, short / "salt")
    temporary = short / "t"
    temporary.mkdir()
    more = {"environment": {"TMPDIR": str(temporary)}}
    assert said(book, "build", **more)[0] == 0
    for command, number in cases:
        chance = random.Random(SEED * 1000 + number * 10 + len(command))
        if command in ("build", "data"):
            with (book / "chapters/index.md").open("a") as page:
                page.write("\nMore.\n")
            if command == "data":
                shutil.rmtree(book / "data/clean")
        before, sources = site_of(book), sources_of(book)
        process = started(book, *words(command, book, number), **more)
        try:
            text, _ = process.communicate(timeout=chance.uniform(0.1, COMMANDS[command]))
        except subprocess.TimeoutExpired:
            sign = chance.choice(SIGNALS)
            # the group, as a terminal or a system does, or the process alone
            (os.killpg if chance.random() < 0.5 else os.kill)(process.pid, sign)
            text, _ = process.communicate(timeout=60)
        wrong = ["a traceback"] if "Traceback" in text else []
        now = sources_of(book)
        clean = {name for name in sources | now if name.startswith("data/clean/")}
        may = {"change": {"data/ledger/claims.csv"}}.get(command, set()) | clean
        changed = [n for n in (sources | now).keys() - may if sources.get(n) != now.get(n)]
        wrong += [f"changed {changed}"] if changed else []
        if site_of(book) != before and command != "build":
            wrong.append("another site")
        if command == "build" and site_of(book) != before:
            # new, or moved aside for a moment: the next start puts it back
            said(book, "claim", "harvest-2021", **more)
            told = said(book, "build", "--verify", **more)[1]
            wrong += [] if site_of(book) == before or "as it was" in told else [f"half: {told}"]
        shutil.rmtree(book.parent / "forked", ignore_errors=True)
        code, text = said(book, *words(command, book, number), **more)
        same = command == "change" and "has these entries already" in text
        wrong += [f"repeat: {text[-300:]}"] if (code and not same) or "Traceback" in text else []
        shutil.rmtree(book.parent / "forked", ignore_errors=True)
        wrong += [f"left {left}"] if (left := left_in(short)) else []
        tally[f"{command} {number}"] = "; ".join(wrong)
