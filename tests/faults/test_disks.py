"""Full and read-only disks, no permission, few handles: a line or a few, nothing half-written."""

import os
import resource
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest

from .conftest import halves, left_in, said, site_of, sources_of

pytestmark = [
    pytest.mark.book,
    pytest.mark.skipif(sys.platform != "linux", reason="limits and mounts as Linux has them"),
]
ROOT = os.name == "posix" and os.geteuid() == 0
COMMANDS = {
    "build": ["build"],
    "check": ["check"],
    "data": ["data"],
    "change": ["ledger", "change", "harvest-2021", "note=Changed."],
    "run": ["run", "pans", "-p", "harvest=5000", "--page"],
    "sweep": ["sweep", "pans", "-p", "harvest=5000:5100:50"],
    "export": ["export"],
    "new": ["new", "tides", "--title", "Tides"],
    "fork": ["fork", "pans", "../forked"],
}
LIMITS = {"no file above 0 bytes": (resource.RLIMIT_FSIZE, 0),
          "no file above 1 kB": (resource.RLIMIT_FSIZE, 1000),
          "no file above 50 kB": (resource.RLIMIT_FSIZE, 50_000),
          "64 handles": (resource.RLIMIT_NOFILE, 64),
          "20 handles": (resource.RLIMIT_NOFILE, 20)}  # fmt: skip
MOUNTS = ("full", "a little room", "read-only", "no inodes", "full /tmp", "read-only /tmp")
# which folders and files have which mode
MODES = {"no permission to write": ("", 0o555, 0o444),
         "no permission to read": ("salt/data/*.yml", 0o555, 0),
         "a page that may not be read": ("salt/chapters/index.md", 0o755, 0),
         "data that may not be changed": ("salt/data", 0o555, 0o444),
         "no permission to make pages": ("salt/_build", 0o555, 0o444),
         "no permission in /tmp": ("", 0o555, 0o444)}  # fmt: skip
FAULTS = (*LIMITS, *MODES, *MOUNTS[: 6 * ROOT])
CASES = [(fault, name) for fault in FAULTS for name in COMMANDS]


@contextmanager
def mounted(folder, options):
    """Mount a small disk in memory."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder, room):
    """Fill the disk of a folder but for some bytes."""
    free = os.statvfs(folder)
    (folder / "filler").write_bytes(b"0" * max(0, free.f_bavail * free.f_frsize - room))


def remounted(folder, how):
    subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True)


def set_modes(place, pattern, folders, files):
    """Set the modes of all that a pattern names; return what they were."""
    found = [one for path in (place.glob(pattern) if pattern else [place])
             for one in (path, *path.rglob("*")) if not one.is_symlink()]  # fmt: skip
    before = {path: path.stat().st_mode for path in found}
    for path in reversed(found):
        path.chmod(folders if path.is_dir() else files)
    return before


def tried(command, book, fault, temporary):
    """Run a command under a fault; return its exit code and what it said."""
    more = {"environment": {"TMPDIR": str(temporary)}}
    if fault in LIMITS:
        kind, number = LIMITS[fault]
        more["preexec_fn"] = lambda: resource.setrlimit(kind, (number, number))
    place = temporary if "/tmp" in fault else book.parent
    if fault == "no inodes":
        for n in range(100_000):
            try:
                (place / f"filler{n}").touch()
            except OSError:
                break
    elif "full" in fault or "room" in fault:
        fill(place, 300_000 if "room" in fault else 0)
    before = set_modes(place, *MODES[fault]) if fault in MODES else {}
    if "read-only" in fault:
        remounted(place, "ro")
    try:
        return said(book, *COMMANDS[command], **more)
    finally:
        if "read-only" in fault:
            remounted(place, "rw")
        for path, mode in before.items():
            path.chmod(mode)
        for path in place.glob("filler*"):
            path.unlink()


@halves(CASES, 3)
def test_one_line_and_nothing_half_written(cases, built, short, tally):
    for number, (fault, command) in enumerate(cases):
        outer = short / str(number)
        with disks(outer, fault) as (disk, temporary):
            book = shutil.copytree(built, disk / "salt", ignore=shutil.ignore_patterns(".git"))
            with (book / "chapters/index.md").open("a") as page:
                page.write("\nMore.\n")
            before, sources = site_of(book), sources_of(book)
            code, text = tried(command, book, fault, temporary)
            wrong = ["a traceback"] if "Traceback" in text else []
            wrong += [f"ended with {code}"] if code not in (0, 1, 2) else []
            if code:
                lines = [line for line in text.splitlines() if "could not" in line or ": " in line]
                wrong += [f"{len(lines)} lines"] if not 0 < len(lines) < 12 else []
                wrong += ["another site"] if site_of(book) != before else []
                wrong += ["other sources"] if sources_of(book) != sources else []
                wrong += ["a folder"] if (disk / "forked").exists() else []
                wrong += [f"left {left}"] if (left := left_in(disk, temporary)) else []
                code, again = said(book, *COMMANDS[command], environment={"TMPDIR": str(temporary)})
                wrong += [f"then: {again[-300:]}"] if code else []
            tally[f"{fault}: {command}"] = f"{'; '.join(wrong)}: {text[-1500:]}" if wrong else ""


@contextmanager
def disks(outer, fault):
    """Give a folder for books and one for temporary files, small disks where the fault needs it."""
    outer.mkdir()
    if fault not in MOUNTS:
        for name in ("disk", "t"):
            (outer / name).mkdir()
        yield outer / "disk", outer / "t"
    else:
        options = "size=80m,nr_inodes=4000"
        with mounted(outer / "disk", options) as disk, mounted(outer / "t", options) as temporary:
            yield disk, temporary
    shutil.rmtree(outer)
