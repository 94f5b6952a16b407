"""A headline that its own evidence does not carry fails the build, with one line a fault."""

import re

import pytest

from helpers.book.execute import execute
from helpers.book.stage import stage
from helpers.chapter.running import running
from helpers.chapter.sensitivity.headline_rules import broken_rules
from helpers.chapter.sensitivity.summary import summaries
from helpers.chapter.sidecar import checked_values, sidecar
from helpers.errors import YaluError
from helpers.rerun.evaluate import run_here

from ..conftest import INDEX, TOC, each
from .accounts import account_of
from .test_sensitivity import CHAPTERS

pytestmark = pytest.mark.book

# what is spoilt: chapter, text in its sidecar or notebook, text in its place, the line's words
SPOILT = [
    ("luggage", "claim: newyear-2025-daily\n    claim_said: [100]\n    default: 700",
     "claim: return-rate-2024-03-daily-nk-ko\n    use: value",
     r"headline fee_income_year: published 3.64–5.2 million yuan a year, but nine in ten draws "
     r"lie from \S+ million to \S+ million"),
    ("luggage", "parameters: [workers_per_week, share_with_paid_bag, bags_per_worker, "
     "goods_value_cny_per_bag, weeks, fx_cny_per_usd]\n    headline: true",
     "parameters: [bag_kg]\n    headline: true",
     r"headline goods_share_of_exports: without \S+ it is \S+ per cent, outside its range of"),
    ("luggage", "step: 0.05\n    question: true\n    assumption", "step: 0.05\n    assumption",
     r"headline fee_income_year: needs share_with_paid_bag, an assumption"),
    ("wages_trade", "claims: [party-payment-2017-kpw, party-payment-2017-cny]",
     "claims: [party-payment-2017-kpw, party-payment-2017-cny, keep-2012-asahi]",
     r"headline won_party_times: a ratio of disputed figures: keep-2012-asahi, "
     r"party-payment-2017-cny; print both"),
    ("wages_trade", "claims: [keep-2015-rfa-daehung, keep-2019-skimming]",
     "claims: [keep-2015-rfa-daehung, keep-2019-skimming, keep-2024-yomiuri]",
     r"headline kept_reported: counts .*keep-2019-skimming.* together with keep-2024-yomiuri, "
     r"which data/tables.yml keeps apart"),
    ("repatriation", "of: statements_counted\n    headline", "headline",
     r"headline round_statements: a count of estimates without what it is part of"),
]  # fmt: skip


def broken_in(root, chapter):
    run_here(root, chapter, checked_values(sidecar(chapter), {}))
    assert running().is_published
    return broken_rules(summaries())


@each(CHAPTERS)
def test_the_published_headlines_keep_the_rules(chapter):
    assert account_of(chapter).faults == []


def test_a_spoilt_headline_is_refused_in_one_line(book_copy):
    for chapter, now, spoilt, words in SPOILT:
        path = book_copy / "chapters" / f"{chapter}.yml"
        whole = path.read_text(encoding="utf-8")
        assert whole.count(now) == 1, now
        path.write_text(whole.replace(now, spoilt), encoding="utf-8")
        faults = broken_in(book_copy, chapter)
        path.write_text(whole, encoding="utf-8")
        matching = [fault for fault in faults if re.search(words, fault)]
        assert len(matching) == 1, (words, faults)
        assert matching[0].startswith(f"chapters/{chapter}.yml: headline ")


def test_a_book_with_a_broken_rule_is_not_laid_out(book_copy, tmp_path):
    (book_copy / "_toc.yml").write_text(TOC, encoding="utf-8")
    (book_copy / "chapters/index.md").write_text(INDEX, encoding="utf-8")
    _, now, spoilt, words = SPOILT[2]
    path = book_copy / "chapters/luggage.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(now, spoilt), encoding="utf-8")
    execute(book_copy / "chapters/luggage.ipynb", tmp_path / "executed/luggage.ipynb")
    with pytest.raises(YaluError) as failed:
        stage(book_copy, tmp_path / "executed", tmp_path / "staged")
    assert any(re.search(words, line) for line in failed.value.lines)
    assert not (tmp_path / "staged").exists()
