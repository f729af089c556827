"""What is known of modules' texts is kept between commands, and is of these texts alone."""

import json
import os
from contextlib import chdir

import pytest

from tegum.build import fingerprints
from tegum.build.known import FILE, Facts, Known

STUDIES = ("packing", "steering")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path):
    with chdir(tmp_path):
        yield


def kept(texts: dict[str, Facts]) -> None:
    known = Known(fingerprints.__file__)
    for text, facts in texts.items():
        known.of(text).syntax = facts.syntax
    known.keep()


def test_the_second_command_parses_nothing_and_finds_the_same(monkeypatch):
    first = fingerprints.read(STUDIES)

    def parsed(source):
        raise AssertionError("parsed again")

    monkeypatch.setattr(fingerprints.syntax, "parsed", parsed)
    assert fingerprints.read(STUDIES) == first


def test_another_text_is_not_known():
    kept({"a": Facts(syntax="1")})
    known = Known(fingerprints.__file__)
    assert known.of("a").syntax == "1" and known.of("b") == Facts()


def test_what_another_finder_found_is_forgotten(tmp_path):
    kept({"a": Facts(syntax="1")})
    (tmp_path / "finder.py").write_text("# another")
    assert Known(str(tmp_path / "finder.py")).of("a") == Facts()


@pytest.mark.parametrize("change", ["digit", "torn", "empty", "list"])
def test_a_file_that_was_changed_is_not_believed(change):
    kept({"a": Facts(syntax="1")})
    text = FILE.read_text()
    FILE.write_text(
        {
            "digit": text.replace('"syntax": "1"', '"syntax": "2"'),
            "torn": text[: len(text) // 2],
            "empty": "",
            "list": json.dumps([1]),
        }[change]
    )
    assert Known(fingerprints.__file__).of("a") == Facts()


def test_where_nothing_can_be_written_facts_are_found_anew(monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    kept({"a": Facts(syntax="1")})
    assert not FILE.exists()
