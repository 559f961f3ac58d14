"""The parts of the kernel, each against the same counted plainly: what is sent to tiles, blocks and their balls."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from oracles import clouds
from oracles.dbscan import folded
from stclusters.cluster import tiles
from stclusters.cluster.blocks import PARTS, ROUNDING, Blocks, only, pairs, runs, sort_into_blocks
from stclusters.cluster.border import nearest_core
from stclusters.cluster.components import components, touching_cells
from stclusters.cluster.density import core_points
from stclusters.cluster.grid import BITS, Grid
from stclusters.cluster.local import occupied_cells
from stclusters.cluster.points import Weight
from stclusters.cluster.tiles import Cells, Plan, cluster_of_cells, plan_tiles, turned
from stclusters.sphere import EARTH_RADIUS_M, Longs, chord, unit_vectors

RADIUS_M = 15_000.0
GRID = Grid(RADIUS_M)
WEIGHT = Weight.of(8.0, Fraction(1, 3))


@pytest.fixture(scope="module")
def points() -> tuple[Longs, Longs]:
    """Sorted ids and counts of all kinds of clouds, close together at 0 and at 180 degrees, and far from each other."""
    rng = np.random.default_rng(20240601)
    drawn = [
        draw(rng, RADIUS_M, lon + 150_000 * number, lat)
        for lon, lat in ((0, 45_000_000), (179_000_000, 0), (90_000_000, 89_900_000))
        for number, draw in enumerate(clouds.KINDS.values())
    ]
    ids, inventors, authors, _ = folded(clouds.joined(*drawn))
    order = np.argsort(ids)
    return ids[order], np.stack([inventors, authors], axis=1)[order]


@pytest.fixture(scope="module")
def cells(points: tuple[Longs, Longs]) -> Cells:
    return occupied_cells(*points, GRID.cells(points[0]))


@pytest.fixture(scope="module")
def blocks(points: tuple[Longs, Longs]) -> Blocks:
    ids, counts = points
    return sort_into_blocks(GRID, ids, counts.astype(float), GRID.cells(ids))[0]


def crowd(rng: np.random.Generator) -> Blocks:
    """Many points a block, in a few cells: blocks lie inside, outside and across the radius of most points."""
    away, angle = 200_000 * np.sqrt(rng.random(1_200)), 2 * np.pi * rng.random(1_200)
    south, west = (np.rint(away * turn(angle)).astype(np.int64) for turn in (np.sin, np.cos))
    ids = np.unique((south + 90_000_000 << 32) + west + 180_000_000)
    return sort_into_blocks(GRID, ids, rng.integers(0, 4, (len(ids), 2)).astype(float), GRID.cells(ids))[0]


@pytest.fixture(scope="module", params=["clouds", "crowd"])
def some(request: pytest.FixtureRequest, blocks: Blocks) -> Blocks:
    return blocks if request.param == "clouds" else crowd(np.random.default_rng(5))


def test_runs_and_pairs_list_the_numbers_of_ranges() -> None:
    first, last = np.array([3, 9, 5, 7]), np.array([5, 9, 6, 4])
    assert runs(first, last).tolist() == [3, 4, 5]
    assert runs(first[:0], last[:0]).tolist() == []
    row, number = pairs(np.array([[3, 8], [9, 1], [2, 2]]), np.array([[5, 7], [9, 3], [2, 4]]))
    assert (row.tolist(), number.tolist()) == ([0, 0, 1, 1, 2, 2], [3, 4, 1, 2, 2, 3])


def test_points_turned_are_longitude_before_latitude_and_turned_again_as_before() -> None:
    ids = np.array(
        [(lat << 32) + lon for lat, lon in ((0, 0), (1, 359_999_999), (180_000_000, 7), (90_000_001, 360_000_000))]
    )
    assert turned(ids).tolist() == [((i & (2**32 - 1)) << 32) + (i >> 32) for i in ids.tolist()]
    assert turned(turned(ids)).tolist() == ids.tolist()


def test_numbers_are_interleaved_with_zero_bits() -> None:
    numbers = [
        0,
        1,
        2,
        3,
        0b1011,
        2**16 + 5,
        2**31,
        2**32 - 1,
        *np.random.default_rng(1).integers(0, 2**32, 50).tolist(),
    ]
    spread = [sum((number >> bit & 1) << 2 * bit for bit in range(32)) for number in numbers]
    assert tiles._interleave(np.array(numbers, np.int64)).tolist() == spread
    assert tiles._interleave(np.array([2**32 + 6], np.int64)).tolist() == [0b10100]  # the low 32 bits


def test_tiles_are_runs_of_equal_many_points_along_the_curve(cells: Cells) -> None:
    chosen = np.arange(0, len(cells.cell), 2)
    tile = tiles._cut(GRID, cells.cell, cells.points, chosen, 4)
    assert set(tile[1::2].tolist()) == {-1}
    sent = np.bincount(tile[chosen], weights=cells.points[chosen], minlength=4)
    assert len(sent) == 4
    assert sent.max() - sent.min() <= 2 * cells.points[chosen].max()
    assert tiles._cut(GRID, cells.cell, cells.points, chosen[:0], 4).tolist() == [-1] * len(tile)
    one_each = np.ones_like(cells.points)
    band, column = cells.cell >> BITS, cells.cell & 0xFFFFFFFF
    west = column * GRID.widths(band) // GRID.height
    curve = [
        sum((int(b) >> k & 1) << 2 * k | (int(w) >> k & 1) << 2 * k + 1 for k in range(32))
        for b, w in zip(band, west, strict=True)
    ]
    everything = np.arange(len(cells.cell))
    along = tiles._cut(GRID, cells.cell, one_each, everything, len(cells.cell))[np.argsort(curve, kind="stable")]
    assert along.tolist() == everything.tolist()


def around(cells: Cells) -> list[set[int]]:
    """The numbers of the cells round each cell, itself one of them."""
    first, last = GRID.ranges(cells.cell)
    is_round = ((cells.cell[None, :, None] >= first[:, None]) & (cells.cell[None, :, None] < last[:, None])).any(axis=2)
    return [set(np.flatnonzero(row).tolist()) for row in is_round]


def plan_by_hand(cells: Cells, cut: Plan) -> dict[str, set[object]]:
    """Whatever a plan says but how cells are cut into tiles, which is taken from `cut`."""
    near = around(cells)
    whole = WEIGHT.whole(cells.counts[:, 0], cells.counts[:, 1]).tolist()
    numbers = range(len(whole))
    dense = {i for i in numbers if whole[i] >= WEIGHT.least}
    can = {i for i in numbers if sum(whole[j] for j in near[i]) >= WEIGHT.least}
    relevant = {i for i in numbers if near[i] & can}
    ends, reach = unit_vectors(cells.ends.ravel()).reshape(-1, 4, 3), chord(RADIUS_M + 0.001)
    round_each = [(i, j) for i in sorted(dense) for j in sorted(near[i] & dense) if i < j]
    touch = {
        (i, j): any(np.square(ends[i, a] - ends[j, b]).sum() <= reach**2 for a, b in product(range(4), repeat=2))
        for i, j in round_each
    }
    edges = {pair for pair, touches in touch.items() if touches}
    part = components(len(whole), *(np.array([pair[side] for pair in sorted(edges)], np.int64) for side in (0, 1)))
    unsettled = {i for pair in round_each if part[pair[0]] != part[pair[1]] for i in pair}
    settled = dense - unsettled
    sent_to_tiles = set(np.searchsorted(cells.cell, cut.cell).tolist())
    owner = dict(
        zip(np.searchsorted(cells.cell, cut.cell[cut.owned]).tolist(), cut.tile[cut.owned].tolist(), strict=True)
    )
    assert set(owner) == relevant - settled
    assert sent_to_tiles >= set(owner)
    asked = {(owner[i], j) for i in owner for j in near[i] if j in can or j == i}
    sent = asked | {(t, k) for t, j in asked if j in can - dense for k in near[j] & relevant}
    return {"entries": {(t, int(cells.cell[j]), owner.get(j) == t, (t, j) in asked) for t, j in sent},
            "relevant": relevant,
            "settled": {int(cells.cell[i]) for i in settled},
            "edges": {(int(cells.cell[i]), int(cells.cell[j])) for i, j in edges}}  # fmt: skip


@pytest.mark.parametrize("at_once", [20, 500_000])
def test_a_plan_sends_what_labels_need_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, cells: Cells, at_once: int
) -> None:
    monkeypatch.setattr(tiles, "CELLS_AT_ONCE", at_once)
    asked_for: list[int] = []
    plan = plan_tiles(GRID, cells, WEIGHT, lambda points: asked_for.append(points) or 3)  # type: ignore[func-returns-value]
    expected = plan_by_hand(cells, plan)
    assert (
        set(zip(plan.tile.tolist(), plan.cell.tolist(), plan.owned.tolist(), plan.asked.tolist(), strict=True))
        == expected["entries"]
    )
    assert len(plan.cell) == len(expected["entries"])
    assert set(plan.tile.tolist()) == {0, 1, 2}
    assert plan.settled.tolist() == sorted(expected["settled"])  # type: ignore[type-var]
    assert plan.smallest.tolist() == cells.ends[np.isin(cells.cell, plan.settled), 0].tolist()
    assert set(zip(plan.edge_a.tolist(), plan.edge_b.tolist(), strict=True)) == expected["edges"]
    assert len(expected["settled"]) > 3
    assert expected["edges"]
    near = around(cells)
    near_owned = set().union(*(near[i] for i in np.searchsorted(cells.cell, plan.cell[plan.owned])))
    assert asked_for == [cells.points[sorted(near_owned & expected["relevant"])].sum()]


def test_blocks_hold_the_points_of_a_sixteenth_of_a_cell_in_a_ball_that_fits(
    blocks: Blocks, points: tuple[Longs, Longs]
) -> None:
    assert sorted(blocks.point_id.tolist()) == points[0].tolist()
    assert np.array_equal(blocks.counts, points[1][np.searchsorted(points[0], blocks.point_id)])
    assert np.array_equal(blocks.cells, np.unique(blocks.cells))
    cell = blocks.cells[blocks.cell_of_points()]
    assert np.array_equal(cell, GRID.cells(blocks.point_id))
    assert (blocks.cell_start[-1], blocks.block_start[-1]) == (len(cell), len(cell))
    assert blocks.cell_block[-1] == len(blocks.ball) == len(blocks.block_counts)
    seen = set()
    for number in range(len(blocks.ball)):
        held = blocks.points_of(np.array([number]))
        assert np.array_equal(held, np.arange(blocks.block_start[number], blocks.block_start[number + 1]))
        south, west = blocks.point_id[held] >> 32, blocks.point_id[held] & 0xFFFFFFFF
        width = GRID.widths(cell[held] >> BITS)
        parts = set(
            zip(
                cell[held].tolist(),
                (south % GRID.height * PARTS // GRID.height).tolist(),
                (west % width * PARTS // width).tolist(),
                strict=True,
            )
        )
        assert len(parts) == 1
        assert not parts & seen
        seen |= parts
        xyz = blocks.xyz[held]
        assert np.allclose(blocks.centre[number], (xyz.min(axis=0) + xyz.max(axis=0)) / 2, atol=1e-16)
        radius = np.sqrt(np.square(xyz - blocks.centre[number]).sum(axis=1).max())
        assert radius + 0.9 * ROUNDING < blocks.ball[number] < radius + 1.1 * ROUNDING
        assert np.array_equal(blocks.block_counts[number], blocks.counts[held].sum(axis=0))
    assert np.allclose(blocks.centre_square, np.square(blocks.centre).sum(axis=1), atol=1e-16)
    number = np.array([1])
    assert np.array_equal(blocks.blocks_of(number, number + 2), np.arange(blocks.cell_block[1], blocks.cell_block[3]))
    every = np.arange(len(blocks.ball))
    apart = np.square(blocks.xyz[:50, None] - blocks.centre[None]).sum(axis=2)
    assert np.abs(blocks.to_centres(blocks.xyz[:50], every) - apart).max() < 4e-15


def test_blocks_of_chosen_points_are_those_of_these_points_alone(blocks: Blocks) -> None:
    chosen = np.arange(len(blocks.point_id)) % 3 == 1
    part = only(blocks, chosen)
    alone, _ = sort_into_blocks(
        GRID, blocks.point_id[chosen], blocks.counts[chosen], GRID.cells(blocks.point_id[chosen])
    )
    for name, column in vars(alone).items():
        assert np.array_equal(getattr(part, name), column), name
    nothing = only(blocks, np.zeros(len(chosen), bool))
    assert [column.shape for column in vars(nothing).values()] == [
        (0,), (0, 3), (0, 2), (0,), (1,), (1,), (1,), (0, 3), (0,), (0,), (0, 2),
    ]  # fmt: skip
    assert (nothing.cell_start.tolist(), nothing.cell_block.tolist(), nothing.block_start.tolist()) == ([0], [0], [0])


def test_cells_that_touch_are_joined_by_no_more_edges_than_a_tree_has(some: Blocks) -> None:
    reach, every = chord(RADIUS_M + 0.001), np.ones(len(some.cells), bool)
    ranges = ranges_of(some, some)
    squares = np.square(some.xyz[:, None] - some.xyz[None]).sum(axis=2)
    cell = some.cell_of_points()
    one, other = np.nonzero(squares <= reach**2)
    expected = components(len(every), cell[one], cell[other])
    a, b = (np.searchsorted(some.cells, side) for side in touching_cells(some, ranges, every, reach))
    found = components(len(every), a, b)
    assert (
        len(set(zip(expected.tolist(), found.tolist(), strict=True)))
        == len(set(expected.tolist()))
        == len(set(found.tolist()))
    )
    assert len(a) == len(every) - len(set(expected.tolist()))
    nobody = touching_cells(some, ranges, np.zeros(len(every), bool), reach)
    assert [len(side) for side in nobody] == [0, 0]
    half = np.arange(len(every)) % 2 == 0
    of_half = [np.searchsorted(some.cells, side) for side in touching_cells(some, ranges, half, reach)]
    has_half = half[cell[one]] | half[cell[other]]
    part = components(len(every), cell[one][has_half], cell[other][has_half])
    assert len(of_half[0]) == len(every) - len(set(part.tolist()))


def test_core_points_are_those_with_the_threshold_within_reach_in_the_cells_asked_for(
    some: Blocks,
) -> None:
    reach = chord(RADIUS_M + 0.001)
    asked = np.arange(len(some.cells)) % 3 != 1
    squares = np.square(some.xyz[:, None] - some.xyz[None]).sum(axis=2)
    near = (squares <= reach**2).astype(float) @ some.counts
    weight = Weight.of(float(np.median(near.sum(axis=1))) * 2 / 3, Fraction(1, 3))
    found = core_points(some, ranges_of(some, some), asked, reach, weight)
    assert np.array_equal(found, weight.reached(near) & asked[some.cell_of_points()])
    assert 0.2 < found.mean() < 0.8
    nothing = only(some, np.zeros(len(some.point_id), bool))
    assert core_points(nothing, ranges_of(nothing, nothing), asked[:0], reach, weight).tolist() == []


def test_the_nearest_core_point_is_found_within_reach_and_of_equal_ones_the_smaller_id(some: Blocks) -> None:
    reach, tie = chord(RADIUS_M + 0.001), 0.001 / EARTH_RADIUS_M
    west = some.point_id & 0xFFFFFFFF
    cores = only(some, (np.arange(len(west)) % 7 == 0) & (west > np.median(west)))
    cell = some.cell_of_points()
    found = nearest_core(some.xyz, cell, cores, ranges_of(some, cores), reach)
    chords = np.sqrt(np.square(some.xyz[:, None] - cores.xyz[None]).sum(axis=2))
    for number, to_cores in enumerate(chords):
        best = to_cores.min()
        equal = np.flatnonzero(to_cores <= best + tie)
        expected = equal[cores.point_id[equal].argmin()] if best <= reach else -1
        assert found[number] == expected, number
    assert 0.1 < (found >= 0).mean() < 0.99
    twins = Blocks(**{**vars(cores), "xyz": np.repeat(cores.xyz[:1], len(cores.xyz), axis=0)})  # all at one place
    nowhere = only(cores, np.zeros(len(cores.point_id), bool))
    for others, answer in ((twins, cores.point_id.argmin()), (nowhere, -1)):
        everywhere = np.array([[0]]), np.array([[len(others.cells)]])
        assert nearest_core(cores.xyz[:2], np.zeros(2, np.int64), others, everywhere, 3.0).tolist() == [answer] * 2


def ranges_of(blocks: Blocks, others: Blocks) -> tuple[Longs, Longs]:
    first, last = GRID.ranges(blocks.cells)
    return np.searchsorted(others.cells, first), np.searchsorted(others.cells, last)


def test_a_cluster_has_the_smallest_point_of_all_its_cells() -> None:
    cell, smallest = np.array([10, 20, 30, 40]), np.array([9, 4, 7, 8])
    assert cluster_of_cells(cell, smallest, np.array([40, 10]), np.array([10, 30])).tolist() == [7, 4, 7, 7]
    none = np.zeros(0, np.int64)
    assert cluster_of_cells(none, none, none, none).tolist() == []
    assert cluster_of_cells(cell[:1], smallest[:1], none, none).tolist() == [9]
