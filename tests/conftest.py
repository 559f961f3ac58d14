"""One Spark session for the whole test run, in which no test leaves anything, and scratch folders."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from pyspark.sql import DataFrame, SparkSession

from held import nothing_left
from no_skip import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401 (hooks)
from pipeline import Prints, fingerprint, method_file, place_file, run_job
from stclusters.session import open_session

pytest_plugins = ("pytester",)
settings.register_profile("the same examples in every run", derandomize=True, database=None)
settings.load_profile("the same examples in every run")
ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
JOBS = ("step1_ingest", "step2_cluster", "step3_place", "step4_rank", "step5_collaborate", "step6_publish")
CANARY = "Quillfeather"  # the name of no place, organisation or field


COMPILED = " -XX:-DontCompileHugeMethods"  # long expressions run a few times here: compiling costs more than it saves
ROOM = " -XX:ReservedCodeCacheSize=512m"  # for what Java compiles of the code that is kept
KEPT = "spark.sql.codegen.cache.maxEntries 5000\n"  # Spark keeps the code of a hundred queries; the tests have more


def start_spark(folder: Path, more: str = "") -> SparkSession:
    """Starts Spark as all tests have it, with a properties file in the folder; `more` is added to that file."""
    conf = folder / "spark.conf"
    properties = (ROOT / "conf" / "spark.conf").read_text()
    conf.write_text(properties.replace(COMPILED, ROOM) + KEPT + more)
    session = open_session("stclusters tests", conf)
    session.conf.set("spark.sql.shuffle.partitions", "2")
    return session


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    os.chdir(ROOT)
    session = start_spark(tmp_path_factory.mktemp("conf"))
    yield session
    session.stop()


@pytest.fixture(autouse=True)
def _nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test leaves nothing in the session; what fixtures of a module or of all tests have made may stay."""
    if "spark" not in request.fixturenames:
        yield
        return
    with nothing_left(request.getfixturevalue("spark")):
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference tables and real data; a test that needs it is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the reference data beside the project (../shared) are not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of canonical CSV files: two towns of ten patents, an article between them, some dirt.

    Persons' names stand in every column that may hold one; tests/security looks for them in all that is written.
    """
    folder = tmp_path_factory.mktemp("small") / "input"
    folder.mkdir()
    addresses = ["document_id,kind,person_id,lon,lat,economy,inventor_name"]
    documents = ["document_id,kind,year"]
    fields = ["document_id,kind,ipc"]
    for i in range(20):
        lon, lat, economy = (2.35, 48.86, "FR") if i % 2 else (-0.13, 51.51, "GB")
        for person, east in (("a", lon + i / 1000), ("b", lon)):
            addresses.append(f"P{i},patent,{person} {CANARY},{east:.6f},{lat},{economy},{CANARY}")
        documents.append(f"P{i},patent,2020")
        fields.append(f"P{i},patent,{'G06F 17/30' if i % 3 else 'A61K 31/00'}")
    for person, place in (("x", "2.35,48.86,FR"), ("y", "-0.13,51.51,GB"), ("z", "999,51.51,GB")):
        addresses.append(f"W1,article,{person} {CANARY},{place},{CANARY}")
    documents += ["W1,article,2020", "W2,article,1999"]
    tables = {"addresses": addresses, "documents": documents, "document_fields": fields}
    tables["document_organisations"] = [
        "document_id,kind,organisation_id,organisation_name,type",
        f"P1,patent,{CANARY} 1,{CANARY},person",
    ]
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def small_run(spark: SparkSession, small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The six steps on `small`, each by its own job, with a threshold of five inventors; the folder is only read."""
    folder = tmp_path_factory.mktemp("small run")
    place, method = str(place_file(folder, small)), method_file(folder, min_weight="5.0")
    for job in JOBS:
        assert run_job(job, "--method", method, "--place", place, "--edition", "2024") == 0
    return folder


@pytest.fixture(scope="session")
def two_editions(small: Path, small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of `small_run`, edition 2024, and edition 2025 up to rank, with later documents of a third town.

    The folder is only read: a test that writes copies `tables`. Both editions are from one source, a folder that has
    grown by a year when the later one is ingested.
    """
    folder = tmp_path_factory.mktemp("editions")
    shutil.copytree(small_run / "tables", folder / "tables")
    madrid = [("patent", 2024, i) for i in range(15)] + [("article", 2023, i) for i in range(9)]
    more = {
        "addresses": [f"M{i},{kind},a,{-3.7 + i / 1000:.6f},40.42,ES," for kind, _, i in madrid],
        "documents": [f"M{i},{kind},{year}" for kind, year, i in madrid],
        "document_fields": [f"M{i},patent,A61K 31/00" for i in range(15)],
    }
    before = {name: (small / f"{name}.csv").read_text() for name in more}
    try:
        for name, lines in more.items():
            (small / f"{name}.csv").write_text(before[name] + "\n".join(lines) + "\n")
        place, method = str(place_file(folder, small)), method_file(folder, min_weight="5.0")
        for job in JOBS[:4]:
            assert run_job(job, "--method", method, "--place", place, "--edition", "2025") == 0
    finally:
        for name, text in before.items():
            (small / f"{name}.csv").write_text(text)
    return folder


@pytest.fixture(scope="session")
def small_print(spark: SparkSession, small_run: Path) -> Prints:
    """The fingerprint of the tables of `small_run`."""
    return fingerprint(spark, small_run)


def rows_of(frame: DataFrame, *columns: str) -> list[tuple[object, ...]]:
    """The rows of the named columns as sorted tuples (null before everything)."""
    rows = [tuple(row) for row in frame.select(*columns).collect()]
    return sorted(rows, key=lambda row: [(value is not None, value) for value in row])
