"""Print what is recounted: in tests/evidence, `python -m recount`, with pandas and PyYAML alone."""

from . import RECOUNTS

for key, function in RECOUNTS.items():
    # the front page's table also takes the claims that pages use, which only a built book knows
    if not key.startswith("table:"):
        print(f"{key:50} {function()}")
