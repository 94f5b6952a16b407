"""Chapters run once in this process, with the account of their headline results."""

from functools import cache
from pathlib import Path
from types import SimpleNamespace

from helpers.chapter.answers import headline_draws
from helpers.chapter.running import running
from helpers.chapter.sensitivity import one_at_a_time as movers
from helpers.chapter.sensitivity import section
from helpers.chapter.sensitivity.leave_out import left_with
from helpers.chapter.sensitivity.summary import accounts
from helpers.chapter.sidecar import checked_values, sidecar
from helpers.evidence.exclusion import Subset
from helpers.rerun.evaluate import run_here

ROOT = Path(__file__).resolve().parents[2]


@cache
def account_of(chapter):
    """Return what tests ask of a chapter: accounts, draws, and what is left without Daily NK."""
    run_here(ROOT, chapter, checked_values(sidecar(chapter), {}))
    told = {account.result.key: account for account in accounts()}
    for account in told.values():
        section._keep_summary(account)
    draws = {seed: headline_draws(seed=seed) for seed in (1, 101, 102, 103, 104, 105, 106, 107)}
    return SimpleNamespace(
        told=told,
        words={key: [section._range_words(a), section._turn_words(a), section._hanging_words(a)]
               for key, a in told.items()},
        results=dict(running().results),
        draws=draws,
        again=headline_draws(),
        many=headline_draws(count=131_072, seed=77),
        ranged={key: [p.name for p in movers.ranged_parameters(key)] for key in told},
        without_daily_nk=left_with(Subset(frozenset({"daily-nk"}))),
    )  # fmt: skip
