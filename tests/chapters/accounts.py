"""Chapters run once in this process, with the account of their headline results."""

from functools import cache
from pathlib import Path
from types import SimpleNamespace

from helpers.chapter.answers import headline_draws
from helpers.chapter.running import running
from helpers.chapter.sensitivity import one_at_a_time, section
from helpers.chapter.sensitivity.headline_rules import broken_rules
from helpers.chapter.sensitivity.leave_out import results_on
from helpers.chapter.sensitivity.marks import mark_of
from helpers.chapter.sensitivity.summary import summaries
from helpers.chapter.sensitivity.what_would_change import best_evidence, change_of
from helpers.chapter.sidecar import checked_values, sidecar
from helpers.evidence.exclusion import Subset
from helpers.rerun.evaluate import run_here

ROOT = Path(__file__).resolve().parents[2]


@cache
def account_of(chapter):
    """Return what tests ask of a chapter: accounts, draws, and what is left without Daily NK."""
    run_here(ROOT, chapter, checked_values(sidecar(chapter), {}))
    told = {account.result.key: account for account in summaries()}
    for account in told.values():
        section.record_summary(account)
    draws = {seed: headline_draws(seed=seed) for seed in (1, 101, 102, 103, 104, 105, 106, 107)}
    return SimpleNamespace(
        told=told,
        faults=broken_rules(told.values()),
        marks={key: mark_of(a) for key, a in told.items()},
        changes={key: change_of(a) for key, a in told.items()},
        wanted={key: best_evidence(a) for key, a in told.items()},
        rows={key: section.table_row(a) for key, a in told.items()},
        results=dict(running().results),
        draws=draws,
        again=headline_draws(),
        many=headline_draws(count=131_072, seed=77),
        ranged={key: [p.name for p in one_at_a_time.ranged_parameters(key)] for key in told},
        without_daily_nk=results_on(Subset(frozenset({"daily-nk"}))),
    )  # fmt: skip
