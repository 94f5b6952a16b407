"""The fast engine gives what a kernel gives, keeps runs apart, and survives what dies."""

import pickle
import re
import time

import nbformat
import papermill
import psutil
import pytest

from helpers.book.execute import Execution, execute, execute_many
from helpers.errors import YaluError
from helpers.evidence import ExcludedEvidenceError

from ..conftest import ROOT

pytestmark = pytest.mark.book

CELLS = [
    'import sys\nprint("out")\nprint("err", file=sys.stderr)\nprint("more")',
    "from IPython.display import HTML, Image, Markdown, clear_output, display\n"
    'display(HTML("<b>x</b>"), Markdown("*y*"))\n'
    'display({"text/plain": "a", "text/html": "<i>a</i>"}, raw=True, metadata={"own": 1})\n1 + 1',
    'import pandas as pd\npd.DataFrame({"a": [1, 2.5, None], "b": ["x", "é", "\\u2028"]})',
    'import base64\nImage(data=base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAA'
    'DUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="), format="png")',
    'import altair as alt\nalt.Chart(pd.DataFrame({"x": [1]})).mark_point().encode(x="x:Q")',
    'handle = display("one", display_id="fixed")\nhandle.update("two")\ndisplay("three")',
    'handle.update("four")',
    'print("gone")\nclear_output(wait=True)\nprint("stays")',
    'print("gone")\nclear_output()',
    '%%capture kept\nprint("hidden")\ndisplay("hidden too")',
    "kept.stdout, len(kept.outputs)",
    'import asyncio\nawait asyncio.sleep(0.01)\n"awaited"',
    "async def double(x):\n    await asyncio.sleep(0.01)\n    return 2 * x\n"
    "await asyncio.gather(double(1), double(2))",
    "class Widget:\n    def _repr_mimebundle_(self, **kw):\n"
    '        view = {"model_id": "m"}\n        return {"text/plain": "Slider(5)", '
    '"application/vnd.jupyter.widget-view+json": view}\nWidget()',
    "from comm import create_comm\n"
    'create_comm(target_name="jupyter.widget", comm_id="m", data={"state": '
    '{"_model_name": "SliderModel", "_model_module": "controls", "value": 5}}).comm_id',
    "!echo from the shell\nstate = !echo caught\nstate",
    'import os, subprocess, time\nos.system("echo system")\n'
    '_ = subprocess.run("echo below; echo fault >&2", shell=True)\ntime.sleep(0.6)',
    "import threading\nthread = threading.Thread(target=print, args=('from a thread',))\n"
    "thread.start()\nthread.join()",
    'import warnings\nwarnings.warn("mind the gap")',
    "%who_ls int\n",
    "(__name__, len(In), sorted(Out)[:3], _, get_ipython().execution_count, os.environ['PAGER'])",
    'import numpy as np\nnp.random.seed(1)\nfloat(np.random.rand()), {"nan": float("nan")}',
    "x = 5;\nx;",
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nline = plt.plot([1, 2])\nplt.show()",
    "from multiprocessing import Pool\ndef square(x):\n    return x * x\n"
    "with Pool(2) as pool:\n    print(pool.map(square, [1, 2, 3]))",
    "get_ipython().history_manager.hist_file, len(list(get_ipython().history_manager.get_range()))",
    "import logging\nlogging.basicConfig(level=logging.DEBUG)\nlogging.debug('of the notebook')",
    "logging.info('and no more')",
    "%nosuch",
    "print('last')",
]
FAILING = [
    "import asyncio\nasyncio.run(asyncio.sleep(0))",
    "input('a question')",
    "1 / 0",
    "def broken(:",
    "raise KeyError('no such key')",
    "import sys\nsys.exit('stopped')",
    "raise KeyboardInterrupt",
    "exit()\nimport asyncio\nawait asyncio.sleep(5)",
]  # fmt: skip


def written(path, cells):
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    for number, source in enumerate(cells):
        cell = nbformat.v4.new_code_cell(source.removeprefix(""), id=f"cell-{number}")
        if source.startswith(""):
            cell.metadata["tags"] = ["raises-exception"]
        notebook.cells.append(cell)
    nbformat.write(notebook, path)
    return path


def told(cell):
    """What a cell shows, with the text of each stream joined and ids of processes taken out."""
    streams, others = {}, []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            streams[output.name] = streams.get(output.name, "") + output.text
        else:
            others.append(output)
    text = nbformat.v4.nbbase.NotebookNode(streams=streams, others=others)
    return re.sub(r"(ipykernel_|altair-viz-)[0-9a-f]+", r"\1", repr(text))


def shown(path):
    notebook = nbformat.read(path, as_version=4)
    cells = [(cell.source, cell.get("execution_count"), told(cell)) for cell in notebook.cells]
    return cells, notebook.metadata


def both(source, folder):
    found = []
    for name in ("fork", "kernel"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("YALU_ENGINE", name)
            execute(source, folder / f"{name}.ipynb")
        found.append(shown(folder / f"{name}.ipynb"))
    return found


@pytest.fixture
def plain(monkeypatch):
    """Without the variable by which ipykernel leaves file descriptors to pytest."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)


def test_every_kind_of_output_is_the_kernels(tmp_path, plain):
    (fork, fork_about), (kernel, kernel_about) = both(
        written(tmp_path / "n.ipynb", CELLS), tmp_path
    )
    for one, other in zip(fork, kernel, strict=True):
        assert one == other
    assert fork_about == kernel_about
    assert fork_about.widgets


def test_errors_are_the_kernels(tmp_path, plain, monkeypatch):
    """The kernels run side by side, since each takes seconds."""
    sources = [
        written(tmp_path / f"fails{n}.ipynb", ["x = 1", code, "print('not reached')"])
        for n, code in enumerate(FAILING)
    ]
    said = {}
    for name in ("fork", "kernel"):
        runs = [Execution(source, tmp_path / "out" / f"{name}-{source.name}") for source in sources]
        monkeypatch.setenv("YALU_ENGINE", name)
        said[name] = {index: error and error.lines for index, error in execute_many(runs, 2)}
        assert not any(run.target.exists() for run in runs)
    assert said["fork"] == said["kernel"]
    for lines in said["fork"].values():
        assert len(lines) == 1 and re.search(r"code cell 2|Kernel died", lines[0]), lines


def test_a_chapter_is_the_kernels(tmp_path):
    fork, kernel = both(ROOT / "chapters" / "luggage.ipynb", tmp_path)
    assert fork == kernel


DEATHS = {
    "import os; os._exit(3)": "exit code 3",
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": "killed by SIGKILL",
    "import ctypes; ctypes.string_at(0)": "killed by SIGSEGV",
}


@pytest.mark.parametrize("code", DEATHS)
def test_a_process_that_dies_is_one_clear_line(tmp_path, code):
    with pytest.raises(YaluError) as caught:
        execute(written(tmp_path / "dies.ipynb", [code]), tmp_path / "out.ipynb", timeout=60)
    place = f'code cell 1 ("{code}")'
    assert caught.value.lines == [f"chapter dies: {place}: its process died: {DEATHS[code]}"]
    assert not (tmp_path / "out.ipynb").exists()


def test_the_time_limit_is_for_each_cell_and_names_it(tmp_path):
    cells = [*["import time\ntime.sleep(2)"] * 2, "while True: pass"]
    source = written(tmp_path / "slow.ipynb", cells)
    named = 'chapter slow: code cell 3 ("while True: pass"): TimeoutError: took more than 3 s'
    with pytest.raises(YaluError, match=re.escape(named)):
        execute(source, tmp_path / "out.ipynb", timeout=3)


KERNELS = {
    "while True: pass": "took more than 5 s and was ended",
    "import os\nos._exit(0)": "the kernel failed: Kernel died",
    "exit()": "SystemExit",
    "import sys\nsys.exit(0)": "SystemExit: 0",
}


@pytest.mark.parametrize("code", KERNELS)
def test_an_ordinary_kernel_names_the_cell_and_leaves_what_had_ended_too(tmp_path, code):
    source = written(tmp_path / "cut.ipynb", ["print('kept')", code, "print('no')"])
    notebook = nbformat.read(source, 4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="of an earlier run")]
    nbformat.write(notebook, source)
    run = Execution(source, tmp_path / "out.ipynb", failed=tmp_path / "failed.ipynb")
    [(_, error)] = execute_many([run], timeout=5, engine="kernel")
    first = code.partition("\n")[0]
    assert error.lines == [f'chapter cut: code cell 2 ("{first}"): {KERNELS[code]}']
    assert not (tmp_path / "out.ipynb").exists()
    outputs = [o for c in nbformat.read(run.failed, 4).cells for o in c.get("outputs", [])]
    assert outputs[0].text == "kept\n" and "earlier run" not in str(outputs)


@pytest.mark.parametrize(
    "code", ["exit()", "quit()", "import sys\nsys.exit()", "raise SystemExit(0)"]
)
def test_a_cell_that_ends_the_run_is_named(tmp_path, code):
    source = written(tmp_path / "ends.ipynb", ["x = 1", code, "x = 2"])
    with pytest.raises(YaluError) as caught:
        execute(source, tmp_path / "out.ipynb")
    first = code.partition("\n")[0]
    assert caught.value.lines == [f'chapter ends: code cell 2 ("{first}"): SystemExit' + (
        ": 0" * code.endswith("(0)")
    )]  # fmt: skip


@pytest.mark.parametrize("engine", ["fork", "kernel"])
def test_no_path_of_this_machine_and_no_place_in_memory_is_shown(tmp_path, engine):
    cells = [
        "import warnings\nwarnings.warn('mind')\nobject()",
        f"import pandas\nprint(pandas.__file__, {str(ROOT / 'data/x.csv')!r}, [object()])",
    ]
    source = written(tmp_path / "told.ipynb", cells)
    execute(source, tmp_path / "out.ipynb", engine=engine)
    first, second = nbformat.read(tmp_path / "out.ipynb", 4).cells
    said = [output.get("text") or output["data"]["text/plain"] for output in first.outputs]
    assert said == ["<cell>:2: UserWarning: mind\n  warnings.warn('mind')\n", "<object>"]
    assert second.outputs[0].text == "pandas/__init__.py data/x.csv [<object object>]\n"


def test_papermill_keeps_what_finished_before_the_time_limit(tmp_path):
    source = written(tmp_path / "slow.ipynb", ["print('kept')", "import time\ntime.sleep(60)"])
    with pytest.raises(papermill.PapermillExecutionError, match="took more than 3 s"):
        papermill.execute_notebook(
            str(source), str(tmp_path / "out.ipynb"), engine_name="yalu", progress_bar=False,
            execution_timeout=3,
        )  # fmt: skip
    cells = nbformat.read(tmp_path / "out.ipynb", 4).cells
    said = [output for cell in cells for output in cell.get("outputs", [])]
    assert [output.text for output in said if output.output_type == "stream"] == ["kept\n"]


CUT_SHORT = {
    "import os\nos._exit(3)": "its process died: exit code 3",
    "1 / 0": "ZeroDivisionError: division by zero",
    "for _ in range(300): print('x' * 10**5)": "ValueError: shows more than 20,000,000 characters",
    "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass":
        "took more than 8 s and was ended",
}  # fmt: skip


@pytest.mark.parametrize("code", CUT_SHORT)
def test_a_run_that_is_cut_short_names_its_cell_and_leaves_what_had_ended(tmp_path, code):
    source = written(tmp_path / "cut.ipynb", ["x = 1", "print('kept', x)", code, "print('no')"])
    notebook = nbformat.read(source, 4)
    notebook.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(notebook, source)
    run = Execution(source, tmp_path / "out.ipynb", {"x": 2}, failed=tmp_path / "failed.ipynb")
    [(_, error)] = execute_many([run], timeout=8)
    first = code.partition("\n")[0]
    assert error.lines == [f'chapter cut: code cell 3 ("{first}"): {CUT_SHORT[code]}']
    assert not (tmp_path / "out.ipynb").exists()
    outputs = [o for c in nbformat.read(run.failed, 4).cells for o in c.get("outputs", [])]
    assert outputs[0].text == "kept 2\n"


def test_what_a_cell_does_to_its_process_stays_there(tmp_path):
    cells = [
        "import os, subprocess, sys, tempfile\nimport pandas as pd\nfolder = tempfile.mkdtemp()\n"
        "os.chdir(folder)\nos.rmdir(folder)\npd.set_option('display.max_rows', 1)\n"
        "child = subprocess.Popen(['sleep', '600'])\nprint(child.pid)",
        "pid = os.fork()\nprint('it' if pid == 0 else 'its parent')",
        "os.close(1)\nprint('after')",
    ]
    bad = written(tmp_path / "bad.ipynb", cells)
    code = "import os, pandas\nprint(os.getcwd())\nprint(pandas.get_option('display.max_rows'))"
    good = written(tmp_path / "good.ipynb", [code])
    runs = [Execution(source, tmp_path / "out" / source.name) for source in (bad, good)]
    assert all(error is None for _, error in execute_many(runs, timeout=60))
    first, second = (nbformat.read(run.target, 4).cells for run in runs)
    said = ["".join(o.text for o in cell.outputs) for cell in first]
    assert said[1:] == ["its parent\n", "after\n"]
    assert not psutil.pid_exists(int(said[0]))
    assert second[0].outputs[0].text == f"{tmp_path}\n60\n"


def test_a_book_sets_the_limit_of_its_cells(tmp_path, monkeypatch):
    for name in ("_toc.yml", "chapters"):
        (tmp_path / name).mkdir()
    config = tmp_path / "_config.yml"
    config.write_text("title: x\nexecute:\n  timeout: 2\n")
    monkeypatch.setenv("YALU_BOOK", str(tmp_path))
    source = written(tmp_path / "slow.ipynb", ["while True: pass"])
    with pytest.raises(YaluError, match="took more than 2 s"):
        execute(source, tmp_path / "out.ipynb")
    config.write_text("title: x\nexecute:\n  timeout: soon\n")
    with pytest.raises(YaluError, match='execute: timeout: found "soon"; allowed: seconds'):
        execute(source, tmp_path / "out.ipynb")


def test_errors_cross_processes_with_their_class():
    error = pickle.loads(pickle.dumps(ExcludedEvidenceError("one", "two", exit_code=2)))
    assert (type(error), error.lines, error.exit_code) == (ExcludedEvidenceError, ["one", "two"], 2)


def test_a_thread_that_never_ends_does_not_keep_a_run(tmp_path):
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n1"
    begun = time.monotonic()
    execute(written(tmp_path / "thread.ipynb", [code]), tmp_path / "out.ipynb", timeout=120)
    assert time.monotonic() - begun < 100


def test_runs_are_kept_apart(tmp_path):
    code = (
        "import builtins, os\nimport numpy as np\nimport altair as alt\n"
        "was = getattr(builtins, 'left', None), os.environ.get('LEFT'), alt.theme.active\n"
        "builtins.left = os.environ['LEFT'] = 'behind'\nalt.theme.enable('dark')\n"
        "print(was)\nprint(np.random.rand())"
    )
    source = written(tmp_path / "apart.ipynb", [code])
    runs = [Execution(source, tmp_path / f"{number}.ipynb") for number in range(3)]
    assert all(error is None for _, error in execute_many(runs, jobs=2))
    printed = [
        "".join(o.text for o in nbformat.read(run.target, 4).cells[0].outputs if "text" in o)
        for run in runs
    ]
    assert all(text.startswith("(None, None, ") and "dark" not in text for text in printed)
    assert len({text.splitlines()[1] for text in printed}) == 3, "each has its own random numbers"


def test_a_failing_run_does_not_stop_the_others(tmp_path):
    good = written(tmp_path / "good.ipynb", ["1"])
    bad = written(tmp_path / "bad.ipynb", ["1", "raise ValueError('x')"])
    runs = [Execution(source, tmp_path / "out" / source.name) for source in (bad, good, bad, good)]
    errors = dict(execute_many(runs, jobs=2))
    assert {index for index, error in errors.items() if error} == {0, 2}
    assert (tmp_path / "out" / "good.ipynb").exists()
    assert not (tmp_path / "out" / "bad.ipynb").exists()


def test_papermill_finds_the_engine_and_no_state_stays_here(tmp_path):
    source = written(tmp_path / "n.ipynb", ["import builtins\nbuiltins.left = 1\nprint('x')"])
    out = papermill.execute_notebook(
        str(source), str(tmp_path / "out.ipynb"), engine_name="yalu", progress_bar=False
    )
    assert out.cells[0].outputs[0].text == "x\n"
    assert "left" not in dir(__builtins__)


def test_an_unknown_engine_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("YALU_ENGINE", "steam")
    with pytest.raises(YaluError, match='no engine "steam"; there are fork, kernel'):
        execute(tmp_path / "n.ipynb", tmp_path / "out.ipynb")
