"""Counts and weights are exact whole numbers, and refused where they would not be."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from stclusters.cluster.dbscan import _label
from stclusters.cluster.grid import Grid
from stclusters.cluster.local import label_arrays
from stclusters.cluster.points import EXACT, Weight, exact_counts, total
from stclusters.errors import SettingsError

NONE = np.zeros(2, np.int64)
SAID = (
    r"of one tile have 9,007,199,254,740,992 (inventor|author) addresses, and float64 counts exactly only below 2\*\*53"
)


def counts(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, np.int64)


def test_counts_are_floats_whose_sums_are_exact_up_to_the_bound() -> None:
    assert EXACT == 2**53
    assert float(EXACT) == float(EXACT + 1)  # the first sum that is lost
    for largest in (counts(EXACT - 1, 0), counts(EXACT - 2, 1), counts(2**52, 2**52 - 1)):
        found = exact_counts(largest, largest[::-1])
        assert found.dtype == np.float64
        assert [int(each) for each in found.sum(axis=0)] == [EXACT - 1] * 2


@pytest.mark.parametrize("too_many", [(EXACT, 0), (EXACT - 1, 1), (2**52, 2**52)], ids=str)
def test_counts_that_float64_cannot_add_are_refused(too_many: tuple[int, int]) -> None:
    for sides in ((counts(*too_many), NONE), (NONE, counts(*too_many))):
        with pytest.raises(OverflowError, match=SAID):
            exact_counts(*sides)


def test_a_sum_beyond_64_bits_does_not_come_round_to_a_small_one() -> None:
    many = np.full(4, 2**62, np.int64)
    assert int(many.sum()) == 0  # as NumPy adds
    assert total(many) == 2**64
    assert total(counts()) == 0
    with pytest.raises(OverflowError, match="18,446,744,073,709,551,616 inventor"):
        exact_counts(many, np.zeros(4, np.int64))
    with pytest.raises(SettingsError, match="62 bits"):
        Weight.of(1.0, Fraction(1)).whole(many, np.zeros(4, np.int64))


@pytest.mark.parametrize(("last", "refused"), [(EXACT // 2 - 1, False), (EXACT // 2, True)])
def test_labels_are_exact_at_the_bound_and_refused_at_it(last: int, refused: bool) -> None:
    """Two points within the radius, each of half the counts, that reach the threshold only together."""
    point_id = (counts(90_000_000, 90_100_000) << 32) + counts(180_000_000, 180_000_000)
    inventors = counts(EXACT // 2, last)

    def label(least: int) -> list[bool]:
        return label_arrays(point_id, inventors, NONE, 15_000.0, float(least), Fraction(1))[0].tolist()

    if refused:
        with pytest.raises(OverflowError, match=SAID):
            label(EXACT)
    else:
        assert label(EXACT - 2) == [True, True]
        assert label(EXACT) == [False, False]


def test_a_task_that_is_sent_too_many_addresses_says_so() -> None:
    grid = Grid(15_000.0)
    point_id = (counts(90_000_000, 90_100_000) << 32) + 180_000_000
    sent = pa.RecordBatch.from_pydict(
        {
            "point_id": point_id, "inventors": counts(2**52, 2**52), "authors": NONE, "cell": grid.cells(point_id),
            "tile": NONE, "owned": [True, True], "asked": [True, True],
        }
    )  # fmt: skip
    with pytest.raises(OverflowError, match=SAID):
        list(_label(grid, Weight.of(1.0, Fraction(1)))([sent]))
