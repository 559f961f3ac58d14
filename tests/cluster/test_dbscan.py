"""Labels of points in arrays against DBSCAN by definition, and against relations that must hold; no Spark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from oracles import clouds, dbscan
from oracles.dbscan import Flags, Longs, Places, folded
from stclusters.cluster import blocks, border, components, density
from stclusters.cluster import tiles as cluster_tiles
from stclusters.cluster.grid import Grid
from stclusters.cluster.local import label_arrays, occupied_cells
from stclusters.cluster.points import Weight
from stclusters.cluster.tiles import plan_tiles
from stclusters.sphere import LAT_MICRO, LON_MICRO, Floats

SEED = 20240601
RADII_M = (1.0, 200.0, 15_000.0, 400_000.0)
BOUNDS = (1.0, 2.0, 5.0, 7.5, 12.3, 40.0, 80.0)
WEIGHTS = (Fraction(1), Fraction(1, 3), Fraction(4_113_927, 27_022_686), Fraction(5, 2))


def label(places: Places, radius_m: float, least: float, weight: Fraction, tiles: int = 1) -> tuple[Flags, Longs]:
    """Core flags and cluster ids of the tested kernel, for each place given."""
    ids, inventors, authors, number = folded(places)
    order = np.random.default_rng(len(ids)).permutation(len(ids))
    core, cluster = label_arrays(ids[order], inventors[order], authors[order], radius_m, least, weight, tiles=tiles)
    back = np.argsort(order)[number]
    return core[back], cluster[back]


def assert_equal(places: Places, radius_m: float, least: float, weight: Fraction, tiles: int = 1) -> None:
    """The kernel gives the oracle's core flags and cluster ids."""
    expected = dbscan.label(places, radius_m, least, weight)
    core, cluster = label(places, radius_m, least, weight, tiles)
    said = f"{radius_m=!r} {least=} {weight=} {tiles=} places={places.rows()}"
    assert core.tolist() == expected.core.tolist(), said
    assert cluster.tolist() == expected.cluster.tolist(), said


@pytest.mark.parametrize("radius_m", RADII_M)
@pytest.mark.parametrize("kind", clouds.KINDS)
def test_every_drawn_cloud_gets_the_labels_of_the_definition(kind: str, radius_m: float) -> None:
    rng = np.random.default_rng([SEED, list(clouds.KINDS).index(kind), RADII_M.index(radius_m)])
    compared = 0
    for i, (lon, lat) in enumerate(clouds.WORLD):
        drawn = clouds.KINDS[kind](rng, radius_m, round(lon * 1e6), round(lat * 1e6))
        if dbscan.settled(drawn, radius_m):
            compared += 1
            weight, tiles = WEIGHTS[int(rng.integers(4))], (1, 2, 7)[i % 3]
            assert_equal(drawn, radius_m, BOUNDS[int(rng.integers(7))], weight, tiles)
            assert_equal(drawn, radius_m, weight_near_one_of(drawn, radius_m, weight, rng), weight, tiles)
    assert compared >= 2


def weight_near_one_of(places: Places, radius_m: float, weight: Fraction, rng: np.random.Generator) -> float:
    """A threshold that one of the places just reaches, or misses by a rounding, and about as many others do as not."""
    near = dbscan.distances_m(places) <= radius_m
    return float(dbscan.weights_within(places, near, weight)[int(rng.integers(len(places)))])


@pytest.mark.parametrize("radius_m", RADII_M)
def test_several_clouds_on_one_globe_do_not_disturb_each_other_in_any_number_of_tiles(radius_m: float) -> None:
    rng = np.random.default_rng(SEED)
    drawn = [
        draw(rng, radius_m, round(lon * 1e6), round(lat * 1e6))
        for draw, (lon, lat) in zip(clouds.KINDS.values(), clouds.WORLD, strict=True)
    ]
    for tiles in (1, 2, 7):
        assert_equal(clouds.joined(*drawn), radius_m, 5.0, Fraction(1, 3), tiles)


@pytest.mark.parametrize("at_once", [1, 9, 100])
def test_work_in_small_portions_changes_no_label(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    sizes: list[tuple[int, int]] = []

    def measured(work: Callable[..., Floats]) -> Callable[..., Floats]:
        def done(*arrays: object) -> Floats:
            result = work(*arrays)
            sizes.append(result.shape)
            return result

        return done

    for module in (border, components, density):
        monkeypatch.setattr(module, "PAIRS_AT_ONCE", at_once)
        monkeypatch.setattr(module, "squares_between", measured(blocks.squares_between))
    monkeypatch.setattr(blocks.Blocks, "to_centres", measured(blocks.Blocks.to_centres))
    monkeypatch.setattr(cluster_tiles, "CELLS_AT_ONCE", at_once * 10)
    rng = np.random.default_rng(SEED)
    drawn = [
        draw(rng, 15_000.0, round(lon * 1e6), round(lat * 1e6))
        for draw, (lon, lat) in zip(clouds.KINDS.values(), clouds.WORLD, strict=True)
    ]
    assert_equal(clouds.joined(*drawn), 15_000.0, 5.0, Fraction(1, 3), 2)
    assert [(rows, columns) for rows, columns in sizes if rows > 1 and rows * columns > at_once] == []
    assert at_once < 100 or max(rows for rows, _ in sizes) > 1


@st.composite
def small_lattices(draw: st.DrawFn) -> tuple[Places, float]:
    """Up to a dozen places on a coarse lattice anywhere, and the distance of two of them, or nearly, as the radius."""
    lon = draw(st.sampled_from([0, 180_000_000, -179_999_990, 77_123_456]))
    lat = draw(st.sampled_from([0, 45_000_001, -89_999_990, 90_000_000]))
    step = draw(st.sampled_from([1, 40, 30_000]))
    offset, count = st.integers(-4, 4), st.integers(0, 3)
    rows = draw(
        st.lists(
            st.tuples(offset, offset, count, count).filter(lambda row: row[2] + row[3] > 0), min_size=2, max_size=12
        )
    )
    table = np.array(rows, dtype=np.int64)
    lats = (lat + table[:, 1] * step).clip(-dbscan.QUARTER_TURN, dbscan.QUARTER_TURN)
    places = Places(clouds.turned_lon(lon + table[:, 0] * step), lats, table[:, 2], table[:, 3])
    distance = float(dbscan.distances_m(places)[0, 1])
    return places, max(1.0, distance + draw(st.sampled_from([0.0, 0.001, -0.001])))


@given(small_lattices(), st.sampled_from(BOUNDS), st.sampled_from(WEIGHTS), st.sampled_from([1, 2, 7]))
@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.filter_too_much])
def test_any_few_places_get_the_labels_of_the_definition(
    drawn: tuple[Places, float], least: float, weight: Fraction, tiles: int
) -> None:
    places, radius_m = drawn
    assume(dbscan.settled(places, radius_m))
    assert_equal(places, radius_m, least, weight, tiles)


@pytest.mark.parametrize(
    ("inventors", "authors", "least", "weight", "core"),
    [
        (0, 3, 1.0, Fraction(1, 3), True),  # three thirds are one
        (0, 2, 1.0, Fraction(1, 3), False),
        (1, 0, 1.0, Fraction(1, 3), True),
        (1, 0, 1.0000001, Fraction(1, 3), False),
        (0, 7, 0.7, Fraction(1, 10), True),  # ten tenths added one by one are less than 1
        (4_499, 27_022_686, 4_113_927 + 4_499.0, Fraction(4_113_927, 27_022_686), True),
        (4_499, 27_022_685, 4_113_927 + 4_499.0, Fraction(4_113_927, 27_022_686), False),
    ],
)
def test_a_place_is_core_exactly_from_the_threshold_on(
    inventors: int, authors: int, least: float, weight: Fraction, core: bool
) -> None:
    assert label(Places.of([(0, 0, inventors, authors)]), 15_000.0, least, weight)[0].tolist() == [core]


CROWDS = Places.of([(0, -230_000, 10, 0), (0, -130_000, 1, 0), (0, 0, 1, 0), (0, 130_000, 1, 0), (0, 230_000, 10, 0)])


def test_two_crowds_that_touch_through_a_core_place_are_one_cluster() -> None:
    core, cluster = label(CROWDS, 15_000.0, 3.0, Fraction(1))
    assert (core.all(), len(set(cluster.tolist()))) == (True, 1)


def test_two_crowds_that_touch_through_a_border_place_are_two_and_the_smaller_id_takes_it() -> None:
    core, cluster = label(CROWDS, 15_000.0, 4.0, Fraction(1))
    a, b = CROWDS.point_id()[[0, 3]].tolist()
    assert (core.tolist(), cluster.tolist()) == ([True, True, False, True, True], [a, a, a, b, b])


def test_a_border_place_goes_to_the_nearer_core_place_not_to_the_smaller_id() -> None:
    nearer_north = replace(CROWDS, lat_micro=CROWDS.lat_micro + np.array([0, 0, 10, 0, 0]))
    _, cluster = label(nearer_north, 15_000.0, 4.0, Fraction(1))
    assert cluster[2] == cluster[3] != cluster[1]


def test_dense_cells_that_touch_only_by_points_inside_are_joined() -> None:
    grid = Grid(15_000.0)
    south = grid.height * (LAT_MICRO // 2 // grid.height)  # of the band of the equator, from the south pole
    width = int(grid.widths(np.array([south // grid.height]))[0])
    west = width * (LON_MICRO // 2 // width)

    def place(columns: float, rows: float) -> tuple[int, int, int, int]:
        lon, lat = west + round(columns * width) - LON_MICRO // 2, south + round(rows * grid.height) - LAT_MICRO // 2
        return lon, lat, 5, 0

    first = [place(0.01, 0.97), place(0.99, 0.01), place(0.95, 0.95)]  # two ends, and one between them
    second = [place(1.05, 1.99), place(1.98, 1.06), place(1.06, 1.07)]
    places = Places.of([*first, *second])
    assert len(set(grid.cells(places.point_id()).tolist())) == 2
    apart = dbscan.distances_m(places)[:3, 3:]
    assert apart[2, 2] < 5_000
    assert apart[:2, :2].min() > 15_000
    for tiles in (1, 2):
        assert_equal(places, 15_000.0, 10.0, Fraction(1), tiles)
    core, cluster = label(places, 15_000.0, 10.0, Fraction(1))
    assert (core.all(), len(set(cluster.tolist()))) == (True, 1)


def test_a_city_of_many_points_is_sent_to_tiles_at_its_edge_and_not_through_all_of_it() -> None:
    rng, grid, points = np.random.default_rng(SEED), Grid(15_000.0), 200_000
    away, angle = 400_000 * np.sqrt(rng.random(points)), 2 * np.pi * rng.random(points)  # 44 km, evenly
    north, east = (np.rint(away * turn(angle)).astype(np.int64) for turn in (np.sin, np.cos))
    ids = np.unique((north + LAT_MICRO // 2 << 32) + east + LON_MICRO // 2)
    one_each = np.stack([np.ones_like(ids), np.zeros_like(ids)], axis=1)
    cells = occupied_cells(ids, one_each, grid.cells(ids))
    plan = plan_tiles(grid, cells, Weight.of(1_000.0, Fraction(1)), lambda _: 12)
    sent = cells.points[np.searchsorted(cells.cell, plan.cell)]
    assert np.bincount(plan.tile, weights=sent).max() < 0.4 * points
    assert sent.sum() < 3.5 * points
    of_tiles = np.isin(cells.cell, plan.cell[plan.owned])
    assert cells.points[of_tiles].sum() + cells.points[np.isin(cells.cell, plan.settled)].sum() == len(ids)


@pytest.mark.parametrize("seed", range(12))
def test_a_larger_radius_parts_no_two_core_points(seed: int) -> None:
    rng = np.random.default_rng([SEED, seed])
    drawn = clouds.joined(*(draw(rng, 15_000.0, 0, 89_000_000) for draw in clouds.KINDS.values()))
    before_core, before = label(drawn, 15_000.0, 8.0, Fraction(1, 3))
    after_core, after = label(drawn, 16_500.0, 8.0, Fraction(1, 3))
    assert not (before_core & ~after_core).any()
    for cluster in set(before[before_core].tolist()):
        assert len(set(after[before_core & (before == cluster)].tolist())) == 1
