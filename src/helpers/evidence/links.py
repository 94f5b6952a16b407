"""Links: ask whether the addresses of the documents, and their archived copies, still answer."""

import csv
import io
import socket
import ssl
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from helpers.errors import YaluError, raise_failures
from helpers.evidence.csv_tables import read_codebook, read_table
from helpers.evidence.documents import archived_address, web_address
from helpers.files import write_all

FILE, TABLE = "data/ledger/links.csv", "ledger/links"
_COLUMNS = ("source_id", "url_status", "archive_status", "checked_on")
_AGENT = "yalu ledger links (checks the sources of a book, one request at a time)"
# answers of the archive after which asking it on would tell nothing
_STOPS = {"no-host", "refused", "unreachable", "certificate", "429"}

Row = dict[str, str]


def answer(address: str, timeout: float) -> str:
    """Return the HTTP code with which an address answers in the end, or a word for the failure.

    `timeout` is in seconds. Words: timeout, no-host, refused, certificate, unreachable.
    """
    try:
        request = Request(web_address(address), headers={"User-Agent": _AGENT})
        with urlopen(request, timeout=timeout) as response:
            return str(response.status)
    except HTTPError as error:
        return str(error.code)
    except (OSError, ValueError) as error:
        return _failure_word(error.reason if isinstance(error, URLError) else error)
    except Exception:  # a server that does not speak HTTP
        return "unreachable"


def _failure_word(reason: object) -> str:
    if isinstance(reason, socket.gaierror) and reason.errno != socket.EAI_NONAME:
        return "unreachable"  # the name could not be looked up, which does not say that it is gone
    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (TimeoutError, "timeout"), (socket.gaierror, "no-host"),
        (ConnectionRefusedError, "refused"), (ssl.SSLCertVerificationError, "certificate"),
    )  # fmt: skip
    return next((word for kind, word in kinds if isinstance(reason, kind)), "unreachable")


def check_links(
    root: Path, limit: int | None, delay: float, timeout: float, report: Callable[[str], None]
) -> int:
    """Ask for documents and archived copies; write data/ledger/links.csv; return how many.

    At most `limit` documents (None: all), those never checked first, then those checked longest
    ago, with `delay` seconds between them and `timeout` seconds for an answer. Each is reported
    in a line.
    Raises YaluError where the archive cannot be reached, as without a network: what was checked
    before that is kept, and where that is nothing, nothing is written.
    """
    if TABLE not in read_codebook(root)[0]:
        raise YaluError(f"data/codebook.csv: no table {TABLE}; describe its columns there first")
    sources = read_table(root, "ledger/sources")
    raise_failures(sources.failures)
    documents = {row["source_id"]: row for row in sources.rows.values()}
    rows = {key: row for key, row in _recorded(root).items() if key in documents}
    order = sorted(documents, key=lambda key: rows[key]["checked_on"] if key in rows else "")
    done, stopped = 0, ""
    try:
        for key in order[:limit]:
            if done:
                time.sleep(delay)
            archive = answer(archived_address(documents[key]), timeout)
            if archive in _STOPS:
                stopped = archive
                break
            address = answer(documents[key]["url"], timeout)
            cells = (key, address, archive, date.today().isoformat())
            rows[key] = dict(zip(_COLUMNS, cells, strict=True))
            done += 1
            report(f"{key}: address {address}, archived copy {archive}")
    finally:
        if done:
            write_all(root, {Path(FILE): _csv(rows)})
    if stopped:
        kept = f"the {done} checked before are in {FILE}" if done else "nothing was written"
        why = "asks to wait" if stopped == "429" else "cannot be reached: is there a network?"
        raise YaluError(f"the web archive {why} ({stopped}); {kept}")
    return done


def _recorded(root: Path) -> dict[str, Row]:
    """Return the rows of the table by document, none where there is no such file."""
    if not (root / FILE).is_file():
        return {}
    table = read_table(root, TABLE)
    raise_failures(table.failures)
    if tuple(table.frame.columns) != _COLUMNS:
        raise YaluError(f"{FILE}:1: the columns must be {', '.join(_COLUMNS)}")
    return {row["source_id"]: row for row in table.rows.values()}


def _csv(rows: dict[str, Row]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows[key] for key in sorted(rows))
    return text.getvalue()
