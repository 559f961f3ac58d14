"""Who meets whom in documents, against sets of persons counted by hand."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from stclusters.collaborate import persons
from stclusters.collaborate.persons import gather, meetings, pairs

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
