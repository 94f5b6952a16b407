"""The YAML of a book's root is read strictly: one line for whatever is wrong with it."""

import pytest

from helpers.config import base_address, read_config
from helpers.errors import YaluError

WRONG = {
    b"": "_config.yml: holds nothing; allowed: lines of the form key: value",
    b"- a\n- b\n": "_config.yml: holds a list; allowed: lines of the form key: value",
    b"a title\n": "_config.yml: holds one value; allowed: lines of the form key: value",
    b"title: x\xff\n": "_config.yml: is no text in UTF-8; put it back",
    b"title: x\nhtml:\n\tbaseurl: y\n": "_config.yml:3: found character '\\t'",
    b"title: x\nhtml: {a: 1}\nhtml: {b: 1}\n": '_config.yml:3: the key "html" is given twice',
    b"author: x\n": "_config.yml: no title; add a line like title: ",
    b"title: x\nsphinx: 3\n": "_config.yml: sphinx holds no lines of the form key: value",
}


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
    with pytest.raises(YaluError, match=r"_config.yml: cannot be read \(No such file"):
        read_config(tmp_path)
    (tmp_path / "_config.yml").mkdir()
    with pytest.raises(YaluError, match=r"_config.yml: cannot be read \(Is a directory"):
        read_config(tmp_path)


def test_the_address_of_the_book_ends_with_a_slash(tmp_path):
    for written, address in {"": "", "https://a.org/b": "https://a.org/b/"}.items():
        (tmp_path / "_config.yml").write_text(f"title: x\nhtml:\n  baseurl: {written}\n")
        assert base_address(tmp_path) == address
