"""The same rows with the same ids, however Spark divides the work and in whatever order the input comes."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import SparkSession

from pipeline import Prints, fingerprint, method_file, place_file, run_as_a_user, run_job, stored
from stclusters.tables import ALL, PUBLISHED

SEED = 20240601
TOWNS = {  # longitude, latitude, economy; the first two are neighbours, the last lies on both sides of 180 degrees
    "Paris": (2.35, 48.86, "FR"), "Coulommiers": (3.08, 48.81, "FR"), "London": (-0.13, 51.51, "GB"),
    "Basel": (7.59, 47.56, "CH"), "Tokyo": (139.69, 35.68, "JP"), "Suva": (179.995, -16.8, "FJ"),
}  # fmt: skip
SYMBOLS = ["G06F 17/30", "A61K 31/00", "H01L 21/02", "C07D 1/00"]
DIRT = [  # off the globe, no document, a document outside the window, an exact duplicate, one address in two places
    "D0,patent,far,a,999,51.51,GB,",
    "NONE,patent,p,a,2.35,48.86,FR,",
    "OLD,patent,p,a,2.35,48.86,FR,",
    *(["D1,patent,again,a,2.35,48.86,FR,"] * 2),
    *(f"D2,patent,moved,a,{lon},48.86,FR," for lon in (2.35, 2.41, 2.38)),
]
METHOD = {
    "most_elsewhere": "0.1",  # towns spread over the borders beside them
    **{"min_weight": "40.0", "merge_distance_m": "40_000.0"},
    **{"bootstrap_replicates": "100", "sensitivity_radii_m": "[20_000.0]"},
}
MADE = [table for table in ALL if table not in PUBLISHED]


def draw_tables() -> dict[str, list[str]]:
    """A small world as lines of CSV: persons at home and away, places by name, missing economies, organisations."""
    rng = np.random.default_rng(SEED)
    towns = list(TOWNS.items())
    addresses = ["document_id,kind,person_id,address_id,lon,lat,economy,city", *DIRT]
    documents, fields = ["document_id,kind,year", "OLD,patent,1999"], ["document_id,kind,ipc,field"]
    organisations = ["document_id,kind,organisation_id,organisation_name"]
    for number in range(700):
        kind = "patent" if number < 3 or rng.random() < 0.6 else "article"
        name, home = f"D{number}", int(rng.integers(len(towns)))
        documents.append(f"{name},{kind},{rng.integers(2019, 2023) if number > 2 else 2020}")
        for symbol in rng.choice(SYMBOLS, int(rng.integers(1, 4))):
            fields.append(f"{name},patent,{symbol}," if kind == "patent" else f"{name},article,,{symbol[:3]}")
        for organisation in rng.choice(30, int(rng.integers(1, 3)), replace=False):
            organisations.append(f"{name},{kind},o{organisation},Organisation {organisation}")
        for person in range(int(rng.integers(1, 6))):
            for _ in range(int(rng.choice([1, 1, 1, 2]))):
                town, (lon, lat, economy) = towns[home if rng.random() < 0.7 else int(rng.integers(len(towns)))]
                width = 0.05 if rng.random() < 0.9 else 0.3
                lon = (lon + rng.normal(0, width) + 180) % 360 - 180
                told = economy if rng.random() < 0.9 else ""
                if economy in ("FR", "JP") and rng.random() < 0.1:
                    addresses.append(f"{name},{kind},p{person},,,,{economy},{town}")
                else:
                    addresses.append(f"{name},{kind},p{person},,{lon:.4f},{lat + rng.normal(0, width):.4f},{told},")
    tables = {"addresses": addresses, "documents": documents, "document_fields": fields}
    return tables | {"document_organisations": organisations}


def write_tables(folder: Path, tables: dict[str, list[str]], files: int, seed: int | None) -> Path:
    """The tables, their rows shuffled if there is a seed, each in so many files; the folder."""
    for name, (head, *rows) in tables.items():
        if seed is not None:
            random.Random(seed).shuffle(rows)
        (folder / name).mkdir(parents=True)
        for number in range(files):
            (folder / name / f"{number}.csv").write_text("\n".join([head, *rows[number::files]]) + "\n")
    return folder


def run_steps(folder: Path, source: Path, *editions: str, **settings: str) -> None:
    """Runs steps 1 to 5; the sixth publishes what they stored."""
    command = ("--method", method_file(folder, **settings), "--place", str(place_file(folder, source)))
    assert run_job("run_all", *command, "--edition", *editions, "--to", "collaborate") == 0


@contextmanager
def planned(spark: SparkSession, partitions: int, adaptive: str) -> Iterator[None]:
    """Within it, Spark divides the work in so many partitions, and changes plans while they run or not."""
    wanted = {"spark.sql.shuffle.partitions": str(partitions), "spark.sql.adaptive.enabled": adaptive}
    before = {key: str(spark.conf.get(key)) for key in wanted}
    try:
        for key, value in wanted.items():
            spark.conf.set(key, value)
        yield
    finally:
        for key, value in before.items():
            spark.conf.set(key, value)


@contextmanager
def one_core_held(spark: SparkSession) -> Iterator[None]:
    """Within it, a task sleeps on one of the session's two cores: the tasks of all others run one after the other."""
    context, group = spark.sparkContext, "held"
    assert context.defaultParallelism == 2

    def hold() -> None:
        context.setJobGroup(group, "holds a core", interruptOnCancel=True)
        with suppress(Exception):  # it is cancelled
            context.parallelize([0], 1).foreach(lambda _: time.sleep(3600))

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        yield
        assert holder.is_alive()
    finally:
        context.cancelJobGroup(group)
        holder.join()


@dataclass(frozen=True)
class World:
    """The drawn tables, and the rows that a first run made of them."""

    tables: dict[str, list[str]]
    prints: Prints


@pytest.fixture(scope="module")
def world(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder, tables = tmp_path_factory.mktemp("world"), draw_tables()
    with planned(spark, 16, "true"):
        run_steps(folder, write_tables(folder / "input", tables, 1, None), "2024", **METHOD)
    prints = fingerprint(spark, folder, MADE)
    assert [name for name, (rows, *_) in prints.items() if not rows] == ["rank_changes"]  # of one edition
    for table, column, values in (
        ("point_labels", "role", {"core", "border", "noise"}),
        ("merge_decisions", "verdict", {"merged"}),
        ("address_rejects", "reason", {"off_the_globe", "no_document", "same_address_elsewhere"}),
    ):
        assert values <= {row[column] for row in stored(spark, folder, table).collect()}
    return World(tables, prints)


@pytest.mark.parametrize(
    ("partitions", "adaptive", "files", "cores"),
    [
        (1, "true", 3, nullcontext),
        pytest.param(3, "false", 4, one_core_held, marks=pytest.mark.cluster),
    ],
)
def test_partitions_plans_cores_and_the_order_and_files_of_the_input_change_no_row_of_any_table(
    spark: SparkSession,
    world: World,
    tmp_path: Path,
    partitions: int,
    adaptive: str,
    files: int,
    cores: Callable[[SparkSession], AbstractContextManager[None]],
) -> None:
    shuffled = write_tables(tmp_path / "input", world.tables, files, partitions)
    with planned(spark, partitions, adaptive), cores(spark):
        run_steps(tmp_path, shuffled, "2024", **METHOD)
    assert fingerprint(spark, tmp_path, MADE) == world.prints


@pytest.mark.cluster
def test_the_built_wheel_on_two_workers_gives_the_rows_of_one_process(
    spark: SparkSession, world: World, tmp_path: Path
) -> None:
    source = write_tables(tmp_path / "input", world.tables, 2, 2)
    settings = ("--method", method_file(tmp_path, **METHOD), "--place", str(place_file(tmp_path, source)))
    done = run_as_a_user(["scripts/run_on_cluster", *settings, "--edition", "2024"], timeout=1200)
    assert done.returncode == 0, done.stderr
    assert fingerprint(spark, tmp_path, MADE) == world.prints
    assert stored(spark, tmp_path, "releases").count() == 1


@pytest.mark.cluster
def test_two_editions_on_one_core_have_the_rows_they_have_on_two(
    spark: SparkSession, world: World, tmp_path: Path
) -> None:
    source = write_tables(tmp_path / "input", world.tables, 1, None)
    prints = []
    for name, cores in (("two", nullcontext()), ("one", one_core_held(spark))):
        folder = tmp_path / name
        folder.mkdir()
        with cores:
            run_steps(folder, source, "2023", "2024", **METHOD)
        prints.append(fingerprint(spark, folder, MADE))
    assert prints[0]["rank_changes"][0] > 0
    assert prints[0] == prints[1]
