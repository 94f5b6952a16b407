"""How long a page takes to answer when a reader moves an assumption, chapter by chapter.

Moves every slider of every panel from end to end, in the built book, with all draws. Prints
medians in milliseconds: of the script's own work (`script`), and from the move to the frame that
shows it (`shown`, with the wait for that frame).
"""

import argparse
import shutil
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

PAGES = Path(__file__).resolve().parent.parent / "_build" / "html" / "chapters"
_SLIDERS = "#assumptions input[type=range]"
_MOVE = """async ([selector, index, share]) => {
    const slider = document.querySelectorAll(selector)[index];
    const panel = document.getElementById("assumptions");
    const [low, high] = [Number(slider.min), Number(slider.max)];
    slider.value = String(low + (high - low) * share);
    const began = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    slider.dispatchEvent(new Event("change", { bubbles: true }));
    const busy = () => panel.getAttribute("aria-busy") === "true";
    do { await new Promise(requestAnimationFrame); } while (busy());
    return [Number(panel.dataset.redraw), performance.now() - began];
}"""


def moves(page: Page, steps: int) -> list[tuple[float, float]]:
    """Move each slider of a page in so many steps; return each move's times in ms."""
    count = page.locator(_SLIDERS).count()
    every: list[Any] = [
        page.evaluate(_MOVE, [_SLIDERS, index, step / steps])
        for index in range(count)
        for step in range(steps + 1)
    ]
    # the first move fetches Vega
    return [(float(script), float(shown)) for script, shown in every[1:]]


def main() -> None:
    """Print the medians of every page that has a panel."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=10)
    steps = parser.parse_args().steps
    path = shutil.which("chromium") or shutil.which("google-chrome")
    print(f"{'':16}{'moves':>8}{'script, ms':>12}{'shown, ms':>12}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        for file in sorted(PAGES.glob("*.html")):
            if 'id="assumptions"' not in file.read_text("utf-8"):
                continue
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(file.as_uri())
            times = moves(page, steps)
            script, shown = (median(each) for each in zip(*times, strict=True))
            print(f"{file.stem:16}{len(times):>8}{script:>12.1f}{shown:>12.1f}")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
