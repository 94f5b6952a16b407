"""Chromium: the installed browser that prints the book."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from helpers.errors import YaluError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Nothing is asked from a network, and nothing is stored.
_FLAGS = (
    "--headless", "--disable-gpu", "--disable-background-networking", "--disable-extensions",
    "--disable-sync", "--no-first-run", "--no-default-browser-check", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer", "--export-tagged-pdf",
)  # fmt: skip
_SECONDS = 300


def find_chromium() -> str:
    """Return the path of an installed Chromium or Chrome.

    The environment variable CHROMIUM names it, else it is looked for in the PATH. Raises
    YaluError where there is none.
    """
    named = os.environ.get("CHROMIUM")
    if named and not shutil.which(named):
        raise YaluError(f"CHROMIUM: {named} is no program", exit_code=2)
    path = named or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise YaluError(
            "--pdf needs Chromium or Chrome, and none was found: install one (Debian: "
            "apt install chromium) or set CHROMIUM to its path",
            exit_code=2,
        )
    return path


def print_pdf(chromium: str, page: Path, target: Path) -> None:
    """Print a local HTML file as a tagged PDF.

    Raises YaluError where the browser fails or takes longer than five minutes.
    """
    with tempfile.TemporaryDirectory(prefix="yalu-", ignore_cleanup_errors=True) as profile:
        flags = [*_FLAGS, f"--user-data-dir={profile}", f"--print-to-pdf={target}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            flags.append("--no-sandbox")  # Chromium will not run as root with its sandbox
        try:
            run = subprocess.run(
                [chromium, *flags, page.as_uri()], capture_output=True, text=True,
                errors="replace", timeout=_SECONDS,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise YaluError(f"the PDF could not be printed: {error}") from None
    if run.returncode != 0 or not target.is_file():
        said = run.stderr.strip().splitlines()[-1:] or ["it gave no reason"]
        raise YaluError(f"the PDF could not be printed; Chromium: {said[0]}")
