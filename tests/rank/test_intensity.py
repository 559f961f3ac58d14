"""People round clusters and intensity: sums over pixels against every pixel and point compared by hand."""

from __future__ import annotations

from math import hypot
from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession

from conftest import rows_of
from held import until_the_test_ends
from oracles.dbscan import Places
from stclusters.errors import BadInput, SessionNotReady
from stclusters.rank import population
from stclusters.rank.intensity import rank_intensity
from stclusters.rank.population import people_of_places, population_round, read_raster

STEP = 0.01
NO_DATA = -200.0
WIDE, HIGH = 40, 30
Values = np.ndarray


def write_raster(spark: SparkSession, file: Path, west: float, north: float, values: Values, srid: int = 4326) -> None:
    """A GeoTIFF of one band of doubles, from the north-west corner, with pixels of 0.01 degrees."""
    high, wide = values.shape
    cells = ",".join(f"{float(value)}D" for value in values.ravel())
    empty = f"RS_MakeEmptyRaster(1, 'D', {wide}, {high}, {west}D, {north}D, {STEP}D, -{STEP}D, 0D, 0D, {srid})"
    banded = f"RS_AddBandFromArray({empty}, array({cells}), 1)"
    row = spark.sql(f"SELECT RS_AsGeoTiff(RS_SetBandNoDataValue({banded}, 1, {NO_DATA}D)) AS tiff").collect()[0]
    file.write_bytes(bytes(row["tiff"]))


def drawn_values(seed: int, high: int = HIGH, wide: int = WIDE) -> Values:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 1000, (high, wide)) + rng.choice([0.0, 0.25], (high, wide))
    return np.where(rng.random((high, wide)) < 0.1, NO_DATA, values)


def centres(west: float, north: float, values: Values) -> list[tuple[float, float, float]]:
    return [
        (west + (x + 0.5) * STEP, north - (y + 0.5) * STEP, float(value))
        for (y, x), value in np.ndenumerate(values)
        if value != NO_DATA
    ]


def labels(spark: SparkSession, spots: list[tuple[int | None, float, float]]) -> DataFrame:
    """`point_labels` of points (cluster or None, lon, lat)."""
    rounded = [(round(lon * 1e6), round(lat * 1e6), 1, 0) for _, lon, lat in spots]
    ids = Places.of(rounded).point_id().tolist()
    rows = [(i, "noise" if c is None else "core", c) for i, (c, _, _) in zip(ids, spots, strict=True)]
    return spark.createDataFrame(rows, "point_id bigint, role string, cluster_id bigint")


def near(spots: list[tuple[int | None, float, float]], people: list[tuple[float, float, float]]) -> dict[int, float]:
    """Cluster -> people within 0.05 degrees of one of its points, each pixel with each point."""
    found = {}
    for cluster in {c for c, _, _ in spots if c is not None}:
        own = [(round(lon, 6), round(lat, 6)) for c, lon, lat in spots if c == cluster]
        found[cluster] = sum(
            value
            for lon, lat, value in people
            if any(hypot((lon - a + 180) % 360 - 180, lat - b) <= 0.05 + 1e-9 for a, b in own)
        )
    return found


def drawn_spots(seed: int, lon: float, lat: float) -> list[tuple[int | None, float, float]]:
    """Two clusters and noise in the middle of a raster of 0.4 by 0.3 degrees; the clusters overlap."""
    rng = np.random.default_rng(seed)
    spots: list[tuple[int | None, float, float]] = []
    for cluster, n in ((1, 30), (2, 4), (None, 5)):
        for east, north in rng.uniform(-0.1, 0.1, (n, 2)):
            spots.append((cluster, (lon + east + 180) % 360 - 180, lat + north))
    return spots


def test_a_pixel_counts_once_where_its_centre_is_near(spark: SparkSession, tmp_path: Path) -> None:
    values = drawn_values(1)
    write_raster(spark, tmp_path / "people.tif", 10.0, 50.0, values)
    spots = drawn_spots(2, 10.2, 49.85)
    told = labels(spark, spots)
    people = until_the_test_ends(read_raster(spark, tmp_path / "people.tif", told))
    found = population_round(told, people)
    expected = near(spots, centres(10.0, 50.0, values))
    assert min(expected.values()) > 10_000
    assert rows_of(found, "cluster_id", "population") == [(c, pytest.approx(expected[c], abs=1e-9)) for c in (1, 2)]


def test_a_folder_of_rasters_and_a_cluster_over_180_degrees(spark: SparkSession, tmp_path: Path) -> None:
    east, west = drawn_values(3, wide=20), drawn_values(4, wide=20)
    write_raster(spark, tmp_path / "east.tif", 179.8, -17.0, east)
    write_raster(spark, tmp_path / "west.tif", -180.0, -17.0, west)
    write_raster(spark, tmp_path / "far.tif", 30.0, 10.0, drawn_values(5))
    spots = [*drawn_spots(6, 180.0, -17.15), (3, 60.0, 60.0)]
    told = labels(spark, spots)
    people = [*centres(179.8, -17.0, east), *centres(-180.0, -17.0, west)]
    expected = near(spots, people)
    assert expected[1] > near(spots, centres(179.8, -17.0, east))[1] > 0
    read = until_the_test_ends(read_raster(spark, tmp_path, told))
    assert read.where("lon BETWEEN 0 AND 100").count() == 0
    assert rows_of(population_round(told, read), "cluster_id", "population") == [
        *[(c, pytest.approx(expected[c], abs=1e-9)) for c in (1, 2)],
        (3, 0.0),
    ]


@pytest.mark.parametrize(("lon", "counted"), [(10.05, 7.0), (10.0500001, 0.0), (9.95, 7.0)])
def test_a_centre_at_exactly_the_distance_counts(spark: SparkSession, lon: float, counted: float) -> None:
    people = spark.createDataFrame([(lon, 50.0, 7.0)], "lon double, lat double, people double")
    found = population_round(labels(spark, [(1, 10.0, 50.0)]), people)
    assert rows_of(found, "population") == [(counted,)]


def test_places_of_the_gazetteer_count_where_there_is_no_raster(spark: SparkSession) -> None:
    rows = [(1, 10.01, 50.0, 500), (2, 10.01, 50.0, 30), (3, 10.2, 50.0, 9000), (4, 10.0, 50.049, 4)]
    places = spark.createDataFrame(rows, "place_id long, lon double, lat double, population long")
    told = labels(spark, [(1, 10.0, 50.0), (1, 10.001, 50.0)])
    found = population_round(told, until_the_test_ends(people_of_places(places, told)))
    assert rows_of(found, "cluster_id", "population") == [(1, 534.0)]


def test_the_score_per_million_is_ranked_and_who_has_no_people_has_no_rank(spark: SparkSession) -> None:
    ranking = spark.createDataFrame(
        [(1, "A", 10.0, 20.0, 3.0), (2, "B", 0.0, 8.0, 1.0), (3, "C", 1.0, 1.0, 9.0), (4, "D", 5.0, 5.0, 1.5)],
        "cluster_id long, name string, patents double, articles double, score double",
    )
    people = spark.createDataFrame([(1, 2e6), (2, 4e5), (3, 0.0), (4, 1e6)], "cluster_id long, population double")
    columns = ("cluster_id", "population_source", "patents_per_million", "score_per_million", "intensity_rank")
    assert rows_of(rank_intensity(ranking, people, "gazetteer"), *columns) == [
        (1, "gazetteer", 5.0, 1.5, 2),
        (2, "gazetteer", 0.0, 2.5, 1),
        (3, "gazetteer", None, None, None),
        (4, "gazetteer", 5.0, 1.5, 2),
    ]


def test_a_raster_that_cannot_be_used_is_refused_in_one_sentence(spark: SparkSession, tmp_path: Path) -> None:
    told = labels(spark, [(1, 10.2, 49.85)])
    good = np.ones((HIGH, WIDE))

    def refusal(path: Path) -> str:
        with pytest.raises(BadInput) as refused:
            read_raster(spark, path, told)
        assert "\n" not in str(refused.value)
        return str(refused.value)

    assert "none.tif: is no GeoTIFF and no folder of .tif files" in refusal(tmp_path / "none.tif")
    (tmp_path / "text.tif").write_text("no raster")
    assert "The population raster cannot be read" in refusal(tmp_path / "text.tif")
    write_raster(spark, tmp_path / "metres.tif", 0, 0, good, srid=3857)
    assert "metres.tif: is not in EPSG:4326" in refusal(tmp_path / "metres.tif")
    write_raster(spark, tmp_path / "minus.tif", 10.0, 50.0, -good)
    assert "minus.tif: has pixels with fewer than no people" in refusal(tmp_path / "minus.tif")
    folder = tmp_path / "twice"
    folder.mkdir()
    for name in ("a.tif", "b.tif"):
        write_raster(spark, folder / name, 10.0, 50.0, good)
    assert "twice: some of its rasters overlap" in refusal(folder)


def test_a_missing_jar_is_named_with_the_cure(tmp_path: Path) -> None:
    class WithoutJar:
        def sql(self, _: str) -> None:
            raise RuntimeError("java.lang.NoClassDefFoundError: org/geotools/coverage/grid/GridCoverage2D")

    with pytest.raises(SessionNotReady, match="geotools-wrapper, is not on the class path: run scripts/setup"):
        population.read_raster(WithoutJar(), tmp_path / "people.tif", None)  # type: ignore[arg-type]
