"""Who meets whom in documents, against sets of persons counted by hand."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from stclusters.collaborate import persons
from stclusters.collaborate.persons import Persons, gather, meetings, pairs, starts

PARTNERS = 3  # a place belongs to the partner of its number modulo this


@pytest.mark.parametrize("pairs_at_once", [1, 7, 10_000])
@pytest.mark.parametrize("rows", [0, 1, 400])
def test_meetings_are_those_of_sets_of_persons(monkeypatch: pytest.MonkeyPatch, rows: int, pairs_at_once: int) -> None:
    monkeypatch.setattr(persons, "PAIRS_AT_ONCE", pairs_at_once)
    rng = np.random.default_rng(rows)
    document, place, person = rng.integers(0, 60, rows), rng.integers(0, 6, rows), rng.integers(1, 4, rows)
    there = gather(document, place, person, person)
    by_partner = gather(document, place % PARTNERS * 10 + place, person, person)  # in order of partners
    here = there.only(there.place % 2 == 0)
    found = set()
    for a, b in pairs(here, by_partner):
        row, partner = meetings(here, by_partner, a, b, by_partner.place[b] // 10)
        found |= set(zip(here.document[row].tolist(), here.place[row].tolist(), partner.tolist(), strict=True))

    at: dict[tuple[int, int], set[int]] = defaultdict(set)
    of: dict[tuple[int, int], set[int]] = defaultdict(set)
    for d, p, who in zip(document.tolist(), place.tolist(), person.tolist(), strict=True):
        at[d, p].add(who)
        of[d, p % PARTNERS].add(who)
    expected = {
        (d, p, partner)
        for (d, p), inside in at.items()
        for partner in range(PARTNERS)
        if p % 2 == 0 and of[d, partner] and len(inside | of[d, partner]) > 1
    }
    assert found == expected
    assert rows < 2 or len({d for d, *_ in expected}) > 20


@pytest.mark.parametrize(
    ("keys", "first_rows"),
    [
        (([],), []),
        (([7],), [0]),
        (([7, 7, 8, 8, 7],), [0, 2, 4]),
        (([1, 2, 2, 1],), [0, 1, 3]),
        (([1, 1, 1, 2, 2], [5, 5, 6, 6, 6]), [0, 2, 3]),
    ],
)
def test_a_run_starts_where_any_key_changes(keys: tuple[list[int], ...], first_rows: list[int]) -> None:
    assert starts(*(np.array(key, np.int64) for key in keys)).tolist() == first_rows


def test_pairs_come_in_portions_of_whole_rows_that_are_as_large_as_they_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persons, "PAIRS_AT_ONCE", 4)
    here, there = (
        rows_of_documents(documents) for documents in ([1, 1, 2, 3, 4, 5, 5], [1, 1, 2, 4, 4, 4, 4, 4, 4, 5])
    )
    portions = [list(zip(a.tolist(), b.tolist(), strict=True)) for a, b in pairs(here, there)]
    assert portions == [
        [(0, 0), (0, 1), (1, 0), (1, 1)],  # row 3 has no pair
        [(2, 2)],
        [(4, 3), (4, 4), (4, 5), (4, 6), (4, 7), (4, 8)],  # one row alone may have more
        [(5, 9), (6, 9)],
    ]
    assert list(pairs(rows_of_documents([]), there)) == []


def rows_of_documents(documents: list[int]) -> Persons:
    """A row for each document: place 0, person 1."""
    column = np.array(documents, np.int64)
    return Persons(column, np.zeros_like(column), np.ones_like(column), np.ones_like(column))
