"""The YAML of a book's root is read strictly: one line for whatever is wrong with it."""

import pytest

from helpers.config import base_address, read_config
from helpers.errors import YaluError

LINES = "allowed: lines of the form key: value"
WRONG = {
    b"": f"_config.yml:1: found an empty file; {LINES}",
    b"# nothing\n": f"_config.yml:1: found nothing; {LINES}",
    b"- a\n- b\n": f"_config.yml:1: found a list; {LINES}",
    b"a title\n": f"_config.yml:1: found one value; {LINES}",
    b"author: y\ntitle: x\xff\n": "_config.yml:2: found the byte \\xff; allowed: ",
    b"\xff\xfet\x00": "_config.yml:1: found text in UTF-16; allowed: ",
    b"title: x\nauthor: \0\n": "_config.yml:2: found a NUL character; allowed: ",
    b"title: x\nhtml:\n\tbaseurl: y\n": "_config.yml:3: found a tab",
    b"title: x\nhtml: {a: 1}\nhtml: {b: 1}\n":
        '_config.yml:3: found the key "html" twice; allowed: each key once; remove one',
    b"title: x\nedition: 0200\n": "_config.yml:2: found 0200, which YAML reads as another number",
    b"title: x\nstart: 12:30\n": "_config.yml:2: found 12:30, which YAML reads as another number",
    b"title: x\nbig: " + b"9" * 5000: "_config.yml:2: found 999",
    b"title: x\ndeep: " + b"[" * 99: "_config.yml:2: found more than 40 levels",
    b"a: &a [x,x,x,x,x,x]\n" + b"".join(
        b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%s" % (b"%d" % (n - 1) if n else b"")] * 9))
        for n in range(9)
    ): "_config.yml:6: found more than 100,000 entries",
    b"title: *a\n": "_config.yml:1: found *a, an alias without an anchor before it",
    b"1: x\n": "_config.yml:1: found the key 1, which is no text",
    b"author: x\n": "_config.yml: no title; add a line like title: ",
    b"title: x\nsphinx: 3\n": "_config.yml: sphinx holds no lines of the form key: value",
}  # fmt: skip


def test_each_fault_is_one_line(tmp_path):
    said = {}
    for content, words in WRONG.items():
        (tmp_path / "_config.yml").write_bytes(content)
        with pytest.raises(YaluError) as caught:
            read_config(tmp_path)
        if len(caught.value.lines) != 1 or not caught.value.lines[0].startswith(words):
            said[content] = caught.value.lines
    assert said == {}
    (tmp_path / "_config.yml").unlink()
    with pytest.raises(YaluError, match=r"_config\.yml:1: found no file; allowed"):
        read_config(tmp_path)
    (tmp_path / "_config.yml").mkdir()
    with pytest.raises(YaluError, match=r"_config\.yml:1: found a folder; allowed"):
        read_config(tmp_path)


def test_the_address_of_the_book_ends_with_a_slash(tmp_path):
    for written, address in {"": "", "https://a.org/b": "https://a.org/b/"}.items():
        (tmp_path / "_config.yml").write_text(f"title: x\nhtml:\n  baseurl: {written}\n")
        assert base_address(tmp_path) == address
