"""Every page is valid HTML by the Nu checker (npm: vnu-jar; needs java)."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import ROOT

pytestmark = pytest.mark.browser
# the compiler that starts at once: a run takes seconds
JAVA = ["java", "-Xss4m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar"]
INSTALLED = ROOT / "_build" / "tools" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"


@pytest.fixture(scope="module")
def checker():
    """The command of the checker: VNU_JAR names it, or `make tools` has put it in place."""
    jar = Path(os.environ.get("VNU_JAR") or INSTALLED)
    if jar.is_file() and shutil.which("java"):
        return [*JAVA, str(jar), "--errors-only", "--format", "json"]
    if os.environ.get("CI"):
        pytest.fail("no Nu checker: install java and run make tools")
    return pytest.skip("no Nu checker: install java and run make tools to check the HTML")


def test_every_page_is_valid(checker, site):
    pages = sorted(map(str, site.rglob("*.html")))
    done = subprocess.run([*checker, *pages], capture_output=True, text=True)
    found = json.loads(done.stderr)["messages"]
    assert [
        f"{Path(m.get('url', '')).name}:{m.get('lastLine')}: {m['message']}" for m in found
    ] == []
