"""A picture is drawn once, however often and from wherever it is asked for."""

import subprocess
import sys

import pytest
import vl_convert

from helpers.book import chart_cache, stale

SPEC = {
    "data": {"values": [{"x": 1}]},
    "mark": "point",
    "encoding": {"x": {"field": "x", "type": "quantitative"}},
}


@pytest.fixture
def asked(book_copy, monkeypatch):
    """What vl-convert was asked to draw."""
    calls = []
    draw = vl_convert.vegalite_to_svg

    def noted(spec, **options):
        calls.append(spec)
        return draw(spec, **options)

    monkeypatch.setattr(vl_convert, "vegalite_to_svg", noted)
    return calls


def test_the_same_picture_is_kept_and_another_is_drawn(asked):
    first, again = chart_cache.svg(SPEC), chart_cache.svg(dict(reversed(SPEC.items())))
    assert first == again and first.startswith("<svg") and len(asked) == 1
    assert chart_cache.svg(SPEC | {"mark": "bar"}) != first and len(asked) == 2


def test_other_fonts_or_another_version_draw_anew(asked, monkeypatch, tmp_path):
    chart_cache.svg(SPEC)
    (tmp_path / "new.ttf").write_text("")
    monkeypatch.setattr(stale, "_FONTS", (str(tmp_path),))
    chart_cache._rendered_with.cache_clear()
    chart_cache.svg(SPEC)
    monkeypatch.setattr(chart_cache, "version", lambda name: "99")
    chart_cache._rendered_with.cache_clear()
    chart_cache.svg(SPEC)
    monkeypatch.undo()
    chart_cache._rendered_with.cache_clear()
    assert len(asked) == 3


def test_two_processes_want_one_picture(book_copy):
    code = f"from helpers.book import chart_cache\nprint(len(chart_cache.svg({SPEC!r})))"
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=-1, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert said[0] == said[1] and int(said[0]) > 100
    assert len(list((book_copy / chart_cache.FOLDER).iterdir())) == 1, "one picture, no lock left"


def test_what_is_damaged_is_told_and_drawn_again(book_copy, asked, capsys):
    first = chart_cache.svg(SPEC)
    (picture,) = (book_copy / chart_cache.FOLDER).iterdir()
    picture.write_bytes(picture.read_bytes()[:99])
    assert chart_cache.svg(SPEC) == first and len(asked) == 2
    picture.write_bytes(b"")
    chart_cache.drop_damaged(book_copy, print)
    assert capsys.readouterr().out == f"_build/charts/{picture.name}: damaged; it is drawn again\n"
    assert not picture.exists()


def test_what_nobody_asks_for_goes(book_copy):
    import os

    chart_cache.svg(SPEC)
    (picture,) = (book_copy / chart_cache.FOLDER).iterdir()
    chart_cache.drop_damaged(book_copy, print)
    assert picture.exists()
    os.utime(picture, (0, 0))
    chart_cache.drop_damaged(book_copy, print)
    assert not picture.exists()
