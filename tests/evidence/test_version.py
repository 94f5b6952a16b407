"""The book's version stands in one place for readers of the data and one for installers: alike."""

import json
import tomllib

import yaml

from helpers.evidence.data_config import read_data_config


def test_data_and_package_and_citation_name_one_version(root):
    package = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    assert {read_data_config(root).package.version, package["version"], citation["version"]} == {
        package["version"]
    }
    assert str(read_data_config(root).package.published) == citation["date-released"]


def test_what_zenodo_reads_says_the_same_as_the_citation_file(root):
    told = json.loads((root / ".zenodo.json").read_text(encoding="utf-8"))
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    for name in ("title", "version", "keywords"):
        assert told[name] == citation[name], name
    assert (told["upload_type"], told["publication_date"]) == (
        citation["type"],
        citation["date-released"],
    )
    (creator,), (author,) = told["creators"], citation["authors"]
    assert creator["name"].lower() == author["name"].lower()
    assert told["license"].upper() in citation["license"]
