"""A chapter run in this process, as far as its answers: for tests that ask it often."""

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from helpers.chapter.running import running

ROOT = Path(__file__).resolve().parents[2]


def run_to_answers(chapter: str):
    """Run the code cells of a chapter up to the one that calls `answer`."""
    notebook = json.loads((ROOT / "chapters" / f"{chapter}.ipynb").read_text(encoding="utf-8"))
    space: dict = {"display": lambda *_: None}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            code = "".join(cell["source"])
            with redirect_stdout(StringIO()):
                exec(compile(code, f"{chapter}:{cell['id']}", "exec"), space)
            if "answer(" in code.replace("def answer(", ""):
                return running()
    raise AssertionError(f"chapter {chapter} calls no answer(...)")
