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


def test_data_and_citation_and_changelog_name_one_day_of_release_or_none(root):
    package = read_data_config(root).package
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    told = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    day = str(package.published or "unreleased")
    assert f"\n## [{package.version}] - {day}\n" in told
    assert str(citation.get("date-released", "unreleased")) == day


def test_what_zenodo_reads_says_the_same_as_the_citation_file(root):
    told = json.loads((root / ".zenodo.json").read_text(encoding="utf-8"))
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    for name in ("title", "version", "keywords"):
        assert told[name] == citation[name], name
    assert told["upload_type"] == citation["type"]
    assert told.get("publication_date") == citation.get("date-released")
    (creator,), (author,) = told["creators"], citation["authors"]
    assert creator["name"].lower() == author["name"].lower()
    assert told["license"].upper() in citation["license"]
