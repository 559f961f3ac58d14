"""What the README says of faults, of dirty input and of exit codes is what the tests and the code have."""

from __future__ import annotations

import importlib
import inspect
import re
import signal
from math import prod

import pytest

from pipeline import ROOT
from stclusters import errors
from stclusters.ending import SIGNALS

README = (ROOT / "README.md").read_text(encoding="utf-8")


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("| ").split(" | ")]


def faults() -> dict[str, list[str]]:
    """The rows of both tables of *What can go wrong* by what they begin with: promise, test, cases."""
    (section,) = re.findall(r"\n## What can go wrong\n(.*?)\n## ", README, flags=re.DOTALL)
    rows = [cells(line) for line in section.splitlines() if line.startswith("| ")]
    assert all(len(row) == 4 for row in rows), rows
    return {row[0]: row[1:] for row in rows if row[2] != "test"}


def cases(module: str, named: str = "") -> int:
    """The cases of the tests of a module that have a text in their name."""
    found = 0
    for name, test in inspect.getmembers(importlib.import_module(module), inspect.isfunction):
        if name.startswith("test_") and re.search(named, name):
            marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
            found += prod(len(mark.args[1]) for mark in marks)
    return found


def size(module: str, name: str) -> int:
    return len(getattr(importlib.import_module(module), name))


COUNTED = {  # what a row begins with: its cases, counted where the tests have them
    "`kill -9` of a job": lambda: f"{cases('faults.test_killed')} phases",
    "SIGTERM, Ctrl-C": lambda: f"{cases('faults.test_stopped', 'a_stopped_job')}",
    "a signal sent twice": lambda: f"{cases('faults.test_stopped', 'one_sentence_and|nohup')}",
    "no memory in Java": lambda: (
        f"{size('faults.test_causes', 'FAULTS')} provoked, {size('faults.test_causes', 'SEEN')} by type and text"
    ),
    "what a step took": lambda: f"{cases('faults.test_cost')}",
    "`STCLUSTERS_DISK_GB`": lambda: (
        f"{cases('faults.test_environment', 'no_number')}; {cases('test_session', 'user_sets')}"
    ),
    "two runs with common tables": lambda: f"{cases('faults.test_lock')}",
    "`kill -9` while the published": lambda: f"{size('publish.test_folder', 'MOMENTS')} moments",
    "`tables` and `published`": lambda: f"{cases('test_settings', 'neither_of_tables')}",
    "a browser that limits": lambda: f"{cases('publish.test_explorer_in_browser', 'typing_goes_on')}",
    "the same rows again": lambda: f"{cases('faults.test_resume', 'second_release|is_refused')}",
    "too little room": lambda: f"{cases('faults.test_environment', 'room|java')}",
    "jars of another Delta": lambda: f"{cases('faults.test_environment', 'jar')}",
    "coordinates, economies, ids": lambda: (
        f"{size('dirty.test_verdicts', 'COVERED')} kinds; {size('ingest.test_addresses', 'CASES')} rows of "
        f"addresses, {size('ingest.test_documents', 'ROWS')} of documents"
    ),
    "tables as people save them": lambda: f"{cases('ingest.test_text_files')}",
    "OpenAlex of today": lambda: (
        f"{cases('ingest.test_snapshot')} folders, {size('ingest.test_openalex', 'TODAY')} works"
    ),
    "hostile names in the page": lambda: f"{size('publish.test_export', 'HOSTILE')} texts",
}


@pytest.mark.parametrize("begin", COUNTED)
def test_the_cases_of_a_row_are_those_of_its_tests(begin: str) -> None:
    (row,) = (row for fault, row in faults().items() if fault.startswith(begin))
    assert row[2] == COUNTED[begin]()


def test_the_tests_of_every_row_are_there_and_left_out_by_default_where_it_says_so() -> None:
    for fault, (_, where, _) in faults().items():
        named = re.findall(r"`((?:\w+/)*(?:test_\w+\.py)?)`", where)
        assert named or where == "the same", fault
        for path in named:
            assert (ROOT / "tests" / path).exists(), path
        if "-m cluster" in where:
            assert any("mark.cluster" in (ROOT / "tests" / path).read_text(encoding="utf-8") for path in named), fault


def test_the_exit_codes_are_those_of_the_errors_and_signals() -> None:
    (table,) = re.findall(r"\n\| exit code \| \|\n(.*?)\n\n", README, flags=re.DOTALL)
    told = re.findall(r"^\| ([\d, ]+) \|", table, flags=re.MULTILINE)
    classes = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    codes = {0, 1, *(kind.exit_code for kind in classes), *(128 + signal.Signals(number) for number in SIGNALS)}
    assert {int(code) for cell in told for code in cell.split(", ")} == codes
