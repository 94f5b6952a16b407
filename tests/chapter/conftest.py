"""What a chapter shows, for tests."""

import IPython.display
import pytest

from helpers.chapter import Chapter
from helpers.chapter.running import METADATA, running
from helpers.chapter.sidecar import FigureDeclaration


def showing(patch):
    """Keep what chapters show: (bundle, metadata) pairs; no pictures are made."""
    outputs = []
    patch.setattr(IPython.display, "display", lambda bundle, raw, metadata: outputs.append(
        (bundle, metadata[METADATA])))  # fmt: skip
    patch.setenv("YALU_PICTURES", "0")
    return outputs


@pytest.fixture
def shown(monkeypatch):
    """What chapters have shown so far."""
    return showing(monkeypatch)


@pytest.fixture
def ch(shown, monkeypatch):
    """The luggage chapter without results, with a figure whose title needs none."""
    plain = FigureDeclaration(title="A plain title", description="A point, then " + "words " * 9)
    chapter = Chapter("luggage", {"workers_per_week": 200})
    monkeypatch.setitem(running().declared.figures, "plain", plain)
    return chapter
