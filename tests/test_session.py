"""What is asked of a session before any work, and the smoke test that a platform is tried with."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from built_wheel import run_python, unpacked_wheel
from pipeline import ROOT, fingerprint, method_file, place_file, run_as_a_user, stored
from stclusters.errors import SessionNotReady
from stclusters.jars import check_jars, locked
from stclusters.session import open_session
from stclusters.steps import smoke

Properties = Callable[..., Path]


@pytest.fixture
def properties(tmp_path: Path) -> Properties:
    """A properties file that names jars of the given contents, and a lock of the given lines or of these jars."""

    def make(*contents: bytes, lock: str | None = None) -> Path:
        jars = [tmp_path / f"{number}.jar" for number in range(len(contents))]
        for jar, content in zip(jars, contents, strict=True):
            jar.write_bytes(content)
        lines = [f"org:name:1 {hashlib.sha256(jar.read_bytes()).hexdigest()} {jar.name}\n" for jar in jars]
        (tmp_path / "jars.lock").write_text("# a comment\n" + ("".join(lines) if lock is None else lock))
        conf = tmp_path / "spark.conf"
        conf.write_text(f"# jars\nspark.master  local[1]\nspark.jars    {','.join(map(str, jars))}\n")
        return conf

    return make


def test_the_locked_jars_pass_and_another_one_is_told_with_both_hashes(properties: Properties) -> None:
    conf = properties(b"a", b"b")
    check_jars(conf)
    (conf.parent / "1.jar").write_bytes(b"c")
    with pytest.raises(SessionNotReady, match=r"1\.jar has the SHA-256 2e7d2c03.* wants 3e23e816.*: delete it"):
        check_jars(conf)
    (conf.parent / "1.jar").unlink()
    with pytest.raises(SessionNotReady, match=r"1\.jar is not there: run scripts/setup"):
        check_jars(conf)


def test_a_jar_that_is_not_in_the_lock_is_refused(properties: Properties) -> None:
    with pytest.raises(SessionNotReady, match=r"0\.jar is not in .*jars\.lock: add a line"):
        check_jars(properties(b"a", lock=""))


def test_a_wrong_jar_stops_a_job_before_spark_starts(properties: Properties, small: Path, tmp_path: Path) -> None:
    conf = properties(b"a", lock=f"org:name:1 {'0' * 64} 0.jar\n")
    place = place_file(tmp_path, small)
    place.write_text(place.read_text().replace("conf/spark.conf", str(conf)))
    command = [sys.executable, "jobs/step3_place.py", "--place", str(place), "--edition", "2024"]
    done = run_as_a_user(command, timeout=60)
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith("stclusters: ")
    assert "0.jar has the SHA-256" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture
def started_with(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The arguments of `spark-submit` with which a session would be started, under some variables."""

    def start(conf: Path | None, **variables: str) -> str:
        found: list[str] = []

        def launch(**_: object) -> None:
            found.append(os.environ["PYSPARK_SUBMIT_ARGS"])
            raise OSError("no Java is started in this test")

        for name in ("PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT", "SPARK_CONF_DIR", "SPARK_REMOTE"):
            monkeypatch.delenv(name, raising=False)
        for name, text in variables.items():
            monkeypatch.setenv(name, text)
        monkeypatch.setattr(SparkSession, "getActiveSession", lambda: None)
        monkeypatch.setattr("pyspark.SparkContext._gateway", None)
        monkeypatch.setattr("stclusters.session.launch_gateway", launch)
        with pytest.raises(SessionNotReady, match="no Java is started") as refused:
            open_session("x", conf)
        assert refused.value.exit_code == 4
        assert os.environ.get("PYSPARK_SUBMIT_ARGS") == variables.get("PYSPARK_SUBMIT_ARGS")
        return found[0]

    return start


def test_what_the_user_sets_for_spark_holds(
    started_with: Callable[..., str], properties: Properties, tmp_path: Path
) -> None:
    conf = properties(b"a")
    ours = f"--properties-file {conf}"
    assert started_with(conf) == f"{ours} pyspark-shell"
    given = "--driver-memory 8g --conf 'spark.x=a b'"
    for theirs in (given, f"{given} pyspark-shell"):
        assert started_with(conf, PYSPARK_SUBMIT_ARGS=theirs) == f"{ours} {given} pyspark-shell"
    elsewhere = "--properties-file other.conf pyspark-shell"
    assert started_with(None, PYSPARK_SUBMIT_ARGS=elsewhere) == elsewhere
    (tmp_path / "spark-defaults.conf").write_text("spark.executor.memory 2g\n")
    assert started_with(conf, SPARK_CONF_DIR=str(tmp_path)) == f"{ours} --load-spark-defaults pyspark-shell"


@pytest.mark.parametrize(
    ("variable", "text", "words"),
    [
        ("PYSPARK_SUBMIT_ARGS", "--properties-file x pyspark-shell", "names another properties file than spark_conf"),
        ("PYSPARK_SUBMIT_ARGS", "--properties-file=x pyspark-shell", "names another properties file than spark_conf"),
        ("PYSPARK_SUBMIT_ARGS", "--conf 'a=b", "cannot be read .No closing quotation.: fix its quotes"),
        ("SPARK_REMOTE", "sc://localhost", "asks for Spark Connect, where Sedona cannot be loaded: unset"),
        ("SPARK_API_MODE", "connect", "asks for Spark Connect, where Sedona cannot be loaded: unset"),
    ],
)
def test_what_the_user_sets_and_cannot_hold_is_refused(
    started_with: Callable[..., str], properties: Properties, variable: str, text: str, words: str
) -> None:
    with pytest.raises(AssertionError, match=words):
        started_with(properties(b"a"), **{variable: text})


class Conf(dict[str, str]):
    """The settings of a session that is not there."""


class Limited:
    """A session as a platform gives it: it can be asked for settings, and takes none."""

    def __init__(self, **settings: str) -> None:
        self.conf = Conf({key.replace("_", "."): value for key, value in settings.items()})


class Connect(Limited):
    """A session of Spark Connect."""


Connect.__module__ = "pyspark.sql.connect.session"


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Callable[[Limited], None]:
    """Makes a session the running one, and Sedona one that says nothing."""

    def make(session: Limited) -> None:
        monkeypatch.setattr(SparkSession, "getActiveSession", lambda: session)
        monkeypatch.setattr("sedona.spark.SedonaContext.create", lambda spark: spark)
        monkeypatch.setattr("stclusters.session.SparkSession.builder", None)  # nobody may build another session

    return make


def test_a_session_of_databricks_is_taken_as_it_is(
    running: Callable[[Limited], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Limited()
    running(session)
    with pytest.raises(SessionNotReady, match="Delta Lake is not in the session"):
        open_session("x")
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "17.3")
    assert open_session("x", Path("no such file")) is session  # type: ignore[comparison-overlap]
    assert session.conf == {}


def test_a_session_of_spark_connect_is_refused_with_the_cure(running: Callable[[Limited], None]) -> None:
    running(Connect())
    with pytest.raises(SessionNotReady, match=r"is of Spark Connect.* in Dedicated access mode"):
        open_session("x")


@pytest.mark.parametrize("key", ["ignoreCorruptFiles", "ignoreMissingFiles"])
def test_a_session_that_would_lose_rows_is_refused(running: Callable[[Limited], None], key: str) -> None:
    session = Limited()
    session.conf[f"spark.sql.files.{key}"] = "TRUE"
    running(session)
    with pytest.raises(SessionNotReady, match=f"{key} is true, and would lose rows"):
        open_session("x")


def test_the_smoke_test_passes_here_and_leaves_its_record(
    spark: SparkSession, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (sedona,) = (sha256 for name, sha256 in locked(ROOT / "conf/jars.lock").items() if name.startswith("sedona-"))
    place = str(place_file(tmp_path, small))
    arguments = ("--method", method_file(tmp_path), "--place", place, "--edition", "2024")
    assert run_smoke("--sedona-sha256", sedona, *arguments) == 0
    assert f"smoke: Spark {spark.version}\n" in capsys.readouterr().err
    assert [row["step"] for row in stored(spark, tmp_path, "runs").collect()] == ["smoke"]
    assert run_smoke("--sedona-sha256", "0" * 64, *arguments) == 4
    assert "put the locked jar in the volume" in capsys.readouterr().err.strip().splitlines()[-1]


def run_smoke(*arguments: str) -> int:
    return smoke.main(list(arguments))


def test_a_plan_without_an_index_and_a_wrong_answer_are_refused_with_the_cure(spark: SparkSession) -> None:
    left, right = spark.range(3).toDF("a"), spark.range(3).toDF("b")
    with pytest.raises(SessionNotReady, match="is planned as NestedLoop: use classic compute in Dedicated access"):
        smoke.check_plan(left.join(right, left["a"] < right["b"]))
    with pytest.raises(SessionNotReady, match="is planned as no indexed join"):
        smoke.check_plan(left)
    with pytest.raises(SessionNotReady, match=r"A spatial join gave .* and should give"):
        smoke.check_answer(spark.createDataFrame([(0, "DE")], "point_id bigint, border_economy string"))


AS_ON_DATABRICKS = """
import sys
from importlib.metadata import distribution
from pyspark.sql import SparkSession

packages, folder, place, method, jars = sys.argv[1:]
delta = "io.delta.sql.DeltaSparkSessionExtension"
catalog = "org.apache.spark.sql.delta.catalog.DeltaCatalog"
spark = (
    SparkSession.builder.master("local[2]").config("spark.jars", jars).config("spark.sql.extensions", delta)
    .config("spark.sql.catalog.spark_catalog", catalog).config("spark.sql.shuffle.partitions", 2)
    .config("spark.sql.session.timeZone", "UTC").config("spark.driver.memory", "2g").config("spark.ui.enabled", False)
    .config("spark.databricks.delta.snapshotPartitions", 2).config("spark.checkpoint.dir", folder + "/checkpoints")
    .config("spark.sql.warehouse.dir", folder + "/warehouse")
    .getOrCreate()
)
spark.sql(f"CREATE SCHEMA spark_catalog.stclusters LOCATION '{folder}/tables'")
(entry,) = (entry for entry in distribution("stclusters").entry_points if entry.name == "stclusters")
def run(step, *edition):
    sys.argv[:] = ["stclusters", step, "--method", method, "--place", place, *edition]
    entry.load()()


def settings():
    found = {row["key"]: row["value"] for row in spark.sql("SET").collect()}
    found.pop("spark.databricks.delta.lastCommitVersionInSession", None)  # Delta's own note of each write
    return found


run("smoke", "--edition", "2024")
before = settings()  # Sedona, when it is registered, adds GeoParquet to one of Spark's lists
for step in ("ingest", "cluster", "place", "rank", "collaborate", "publish"):
    run(step, "--edition", "2024")
run("maintain")
assert settings() == before, set(settings().items()) ^ set(before.items())
assert entry.load().__code__.co_filename.startswith(packages)
"""


@pytest.mark.cluster
def test_the_wheel_gives_the_same_rows_in_a_session_as_databricks_has_it(
    spark: SparkSession, small: Path, small_run: Path, tmp_path: Path
) -> None:
    """A session that is there already, no extension nor registrator of Sedona, tables by name in a schema."""
    packages = unpacked_wheel(tmp_path / "wheel")
    place, method = place_file(tmp_path, small), method_file(tmp_path, min_weight="5.0")
    in_schema = place.read_text().replace(f"{tmp_path}/tables", "spark_catalog.stclusters")
    place.write_text(in_schema.replace('spark_conf = "conf/spark.conf"\n', ""))
    jars = ",".join(str(ROOT / ".jars" / name) for name in locked(ROOT / "conf/jars.lock"))
    arguments = (str(packages), str(tmp_path), str(place), method, jars)
    variables = {"DATABRICKS_RUNTIME_VERSION": "17.3", "PYSPARK_PYTHON": sys.executable}  # the platform sets both
    done = run_python(packages, AS_ON_DATABRICKS, *arguments, **variables)
    assert done.returncode == 0, done.stderr[-3000:]
    assert fingerprint(spark, tmp_path) == fingerprint(spark, small_run)
    assert (tmp_path / "published/2024/explorer.html").is_file()
