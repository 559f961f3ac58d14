"""From the rows of a small calibrated world alone the pipeline finds the published clusters again, in order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pyspark.sql import SparkSession

from pipeline import ROOT, run_job
from stclusters.settings import read_method
from stclusters.world import declared, frames
from stclusters.world.basins import Published, read_basins
from stclusters.world.calibration import Calibration, Match, calibrate
from stclusters.world.frames import World
from stclusters.world.plan import Plan
from stclusters.world.settings import write_settings

ROWS = (
    200_000  # the threshold is then 28.9: what is published with less output than that of a rank of 80 is at its edge
)


@pytest.fixture(scope="module")
def found(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Calibration:
    """A world of 200,000 rows, its steps 1 to 4 by their jobs, and what they found."""
    folder = tmp_path_factory.mktemp("world")
    world = World.of(spark, Plan(ROWS, seed=1))
    for table in ("addresses", "documents", "document_fields"):
        getattr(frames, table)(spark, world, 4).write.parquet(str(folder / "input" / table))
    write_settings(world.plan, folder, ROOT)
    files = ("--method", str(folder / "method.toml"), "--place", str(folder / "place.toml"), "--edition", "2024")
    for job in ("step1_ingest", "step2_cluster", "step3_place", "step4_rank"):
        assert run_job(job, *files) == 0
    assert read_method(folder / "method.toml").min_weight == world.plan.threshold
    return calibrate(spark, folder / "tables", 2024)


def test_the_published_clusters_are_found_again(found: Calibration) -> None:
    assert len(found.found) >= 97
    assert not found.shared


def test_they_are_found_in_their_order(found: Calibration) -> None:
    assert found.correlation >= 0.97


def test_their_output_is_the_published_one(found: Calibration) -> None:
    """A count of n documents of a cluster varies by chance by about its root; here by three of them at most."""
    for match in found.found[:40]:
        for kind, total, error, count in zip(
            ("patent", "article"),
            (declared.PATENTS, declared.ARTICLES),
            match.errors(),
            (match.published.patents, match.published.articles),
            strict=True,
        ):
            drawn = count * found.documents[kind] / total
            assert abs(error) <= 0.03 + 3.5 / np.sqrt(drawn), (match.published.name, kind)


def test_they_have_their_published_names(found: Calibration) -> None:
    otherwise = [(match.published.name, match.name) for match in found.found if not match.is_named_alike]
    assert len(otherwise) <= 5, otherwise


def test_a_name_is_alike_in_any_order_of_its_cities_and_without_accents() -> None:
    published = Published(1, "Zürich–San José", "CH", 1, 1)
    same = Match(published, "San Jose–Zurich", (1,), (1,), 1.0, 1.0)
    assert same.is_named_alike
    assert not replace(same, name="San Jose").is_named_alike
    assert not replace(same, name="San Jose–Zurich–Basel").is_named_alike


def test_planted_neighbours_merge_and_strangers_stay_apart(found: Calibration) -> None:
    merged = [pair.facing for pair in declared.MERGING if found.together[pair]]
    assert len(merged) >= 7, merged  # in so small a world one or two are no cluster of their own, or not near enough
    assert not [pair for pair in declared.STRANGERS if found.together[pair]]


def test_the_number_of_clusters_is_near_the_published_one(found: Calibration) -> None:
    assert 200 <= found.clusters <= 290


def test_world_totals_and_fields_are_the_published_ones(found: Calibration) -> None:
    assert found.addresses == {kind: Plan(ROWS, 1).rows_of(kind) for kind in ("patent", "article")}
    assert found.fields["Computer technology"] == pytest.approx(0.116, abs=0.02)
    assert found.fields["Digital communication"] == pytest.approx(0.114, abs=0.02)
    assert found.strong[2] == pytest.approx(0.261, abs=0.05)


def test_planted_neighbours_are_parts_of_one_published_cluster_and_strangers_of_none() -> None:
    rank = {city: basin.rank for basin in read_basins() for city in basin.cities}
    assert all(rank[pair.anchor] == rank[pair.facing] > 0 and pair.mixing > 0 for pair in declared.MERGING)
    assert all(rank[pair.anchor] == rank[pair.facing] == 0 and pair.mixing == 0 for pair in declared.STRANGERS)
