"""Show the built book on this machine."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from helpers.errors import YaluError
from helpers.paths import SITE


class _Quiet(SimpleHTTPRequestHandler):
    """A file handler that does not log each request."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def server(root: Path, port: int) -> ThreadingHTTPServer:
    """Return a server of the built site on 127.0.0.1, not yet running.

    Raises YaluError when nothing is built yet or the port is taken.
    """
    site = root / SITE
    if not (site / "index.html").exists():
        raise YaluError(f"{SITE}: no book built yet; run yalu build first", exit_code=2)
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(_Quiet, directory=str(site)))
    except (OSError, OverflowError) as error:
        raise YaluError(
            f"port {port}: cannot be used ({error}); choose another with --port", exit_code=2
        ) from None
