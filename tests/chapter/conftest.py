"""What a chapter shows, for tests."""

import IPython.display
import pytest

from helpers.chapter import Chapter
from helpers.chapter.running import METADATA


@pytest.fixture
def shown(monkeypatch):
    """What chapters have shown so far: (bundle, metadata) pairs; no pictures are made."""
    outputs = []
    monkeypatch.setattr(IPython.display, "display", lambda bundle, raw, metadata: outputs.append(
        (bundle, metadata[METADATA])))  # fmt: skip
    monkeypatch.setenv("YALU_PICTURES", "0")
    return outputs


@pytest.fixture
def ch(shown):
    return Chapter("luggage", {"workers_per_week": 200})
