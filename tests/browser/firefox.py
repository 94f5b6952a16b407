"""Firefox beside Chromium, over WebDriver BiDi: Playwright drives no Firefox of a distribution."""

import asyncio
import itertools
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tornado.websocket import websocket_connect

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
_LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
# nothing that asks a host of Mozilla when the browser starts
_QUIET = """
user_pref("app.update.enabled", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "http://127.0.0.1:9");
user_pref("toolkit.telemetry.server", "");
"""


class Page:
    """One tab: `errors` holds what its console warns of, `requests` the addresses it asked."""

    def __init__(self, loop: asyncio.AbstractEventLoop, address: str) -> None:
        self.loop, self.numbers = loop, itertools.count(1)
        self.socket: Any = self.wait(_awaited(websocket_connect, address, max_message_size=2**27))
        self.errors: list[str] = []
        self.requests: list[str] = []
        self("session.new", capabilities={})
        self("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        self.context = self("browsingContext.getTree")["contexts"][0]["context"]

    def wait(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def __call__(self, method: str, **params: Any) -> Any:
        """Send a command and return its result; what the browser tells meanwhile is noted."""
        number = next(self.numbers)
        words = json.dumps({"id": number, "method": method, "params": params})
        self.wait(_awaited(self.socket.write_message, words))
        while True:
            told = json.loads(self.wait(_awaited(self.socket.read_message)))
            if told.get("id") == number:
                assert told["type"] == "success", told
                return told["result"]
            about = told.get("params", {})
            if told.get("method") == "log.entryAdded" and about["level"] in ("warn", "error"):
                self.errors.append(about["text"])
            if told.get("method") == "network.beforeRequestSent":
                self.requests.append(about["request"]["url"])

    def open(self, url: str, width: int = 1280) -> None:
        size = {"width": width, "height": 900}
        self("browsingContext.setViewport", context=self.context, viewport=size)
        self("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, or of its promise, as plain JSON."""
        script = f"(async () => JSON.stringify(await ({expression})) ?? 'null')()"
        target = {"context": self.context}
        found = self("script.evaluate", expression=script, target=target, awaitPromise=True)
        assert found["type"] == "success", found
        return json.loads(found["result"]["value"])

    def act(self, kind: str, x: float, y: float, *signs: str) -> None:
        """Move a mouse or a finger (`kind`: mouse, touch) to a place; signs such as pointerDown."""
        moves = [{"type": "pointerMove", "x": round(x), "y": round(y)}]
        moves += [{"type": sign, "button": 0} for sign in signs]
        source = {"type": "pointer", "id": kind, "parameters": {"pointerType": kind}}
        self("input.performActions", context=self.context, actions=[source | {"actions": moves}])


@contextmanager
def firefox_page(folder: Path):
    """Start Firefox with a new profile in `folder` and give its page; it ends with the block."""
    (folder / "user.js").write_text(_QUIET, encoding="utf-8")
    words = ["--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0"]
    run = subprocess.Popen([str(FIREFOX), *words], stderr=subprocess.PIPE, text=True)
    loop = asyncio.new_event_loop()  # in a thread of its own: that of the tests has Playwright's
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        assert run.stderr is not None
        address = next(match[1] for line in run.stderr if (match := _LISTENS.search(line)))
        yield Page(loop, f"{address}/session")
    finally:
        run.terminate()
        run.wait(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _awaited(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Call in the thread of the loop and wait for what comes."""
    return await call(*arguments, **options)
