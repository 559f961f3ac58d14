"""The settings of Spark for each kind of cluster: real keys, each explained, and the same rows as anywhere."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pyspark
import pytest

from pipeline import ROOT
from stclusters.jars import locked, named_jars
from stclusters.settings import read_place

CONFS = sorted((ROOT / "conf").glob("spark*.conf"))
CLUSTERS = [conf for conf in CONFS if conf.name != "spark.conf"]
JARS = ("spark-core", "spark-sql_", "spark-catalyst", "spark-sql-api", "spark-yarn", "spark-kubernetes", "spark-common")
JOINED = (  # keys that Spark and Delta put together from parts, of which the first is looked for
    r"(spark\.kubernetes\.(?:driver|executor)\.volumes\.)persistentVolumeClaim\.\w+\.(?:mount\.path|options\.claimName)",
    r"(spark\.kubernetes\.authenticate\.driver)\.serviceAccountName",
    r"(spark\.sql\.catalog\.)spark_catalog",
    r"(spark\.databricks\.delta\.)snapshotPartitions",
)


def settings(conf: Path) -> dict[str, str]:
    lines = [line for line in conf.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    pairs = [line.split(maxsplit=1) for line in lines]
    assert len({line[0] for line in pairs}) == len(pairs), "a key stands twice"
    return {line[0]: line[1] for line in pairs}


def options(found: dict[str, str], key: str) -> list[str]:
    """The options of Java but the one that says where the settings of the log are."""
    return [option for option in found[key].split() if not option.startswith("-Dlog4j2.configurationFile=")]


@pytest.fixture(scope="module")
def words_of_spark() -> set[str]:
    """Every text that begins with `spark.` in the classes of Spark and Delta, which name their settings so."""
    jars = [jar for jar in (Path(pyspark.__file__).parent / "jars").glob("*.jar") if jar.name.startswith(JARS)]
    found: set[str] = set()
    for jar in [*jars, *(ROOT / ".jars").glob("delta-spark*.jar")]:
        with zipfile.ZipFile(jar) as packed:
            for name in packed.namelist():
                if name.endswith(".class"):
                    found |= {word.decode() for word in re.findall(rb"spark\.[A-Za-z][\w.]+", packed.read(name))}
    return found


def test_there_is_one_for_each_kind_of_cluster() -> None:
    assert [conf.name for conf in CLUSTERS] == ["spark-kubernetes.conf", "spark-standalone.conf", "spark-yarn.conf"]


@pytest.mark.parametrize("conf", CONFS, ids=lambda conf: conf.name)
def test_every_key_is_one_that_spark_or_delta_knows(conf: Path, words_of_spark: set[str]) -> None:
    assert "spark.executor.memory" in words_of_spark
    assert "spark.executor.memories" not in words_of_spark
    for key in settings(conf):
        joined = [found[1] for part in JOINED if (found := re.fullmatch(part, key))]
        assert {*joined, key} & words_of_spark, key


@pytest.mark.parametrize("conf", CLUSTERS, ids=lambda conf: conf.name)
def test_what_changes_rows_or_plans_is_as_in_local_mode(conf: Path) -> None:
    local, found = settings(ROOT / "conf/spark.conf"), settings(conf)
    alike = r"spark\.(sql\.(?!shuffle|adaptive)|serializer|kryo|databricks)"
    assert {key: value for key, value in local.items() if re.match(alike, key)} == {
        key: value for key, value in found.items() if re.match(alike, key)
    }
    assert {jar.name for jar in named_jars(conf)} == set(locked(ROOT / "conf/jars.lock"))
    for process in ("driver", "executor"):
        key = f"spark.{process}.extraJavaOptions"
        assert options(local, key) == options(found, key)
    assert "spark.master" not in found
    assert found["spark.checkpoint.dir"], "a folder that every node sees"


@pytest.mark.parametrize("conf", CONFS, ids=lambda conf: conf.name)
def test_the_log_shows_no_rows_of_the_input(conf: Path) -> None:
    found = settings(conf)
    assert "conf/log4j2.properties" in found["spark.driver.extraJavaOptions"]
    sent = "-Dlog4j2.configurationFile=" in found["spark.executor.extraJavaOptions"]
    assert sent or conf.name in ("spark.conf", "spark-standalone.conf")  # local, and in Spark's own folder on the nodes
    text = conf.read_text(encoding="utf-8")
    assert conf.name != "spark-standalone.conf" or "conf/log4j2.properties in Spark's conf folder" in text


def test_starting_a_cluster_removes_no_table_of_its_place() -> None:
    (removed,) = re.findall(r"^HERE=\$PWD/(\S+)$", (ROOT / "scripts/spark_cluster").read_text(), flags=re.MULTILINE)
    for output in read_place(ROOT / "conf/cluster.toml").folders.values():
        assert not output.resolve().is_relative_to((ROOT / removed).resolve())


@pytest.mark.parametrize("conf", CLUSTERS, ids=lambda conf: conf.name)
def test_every_group_of_settings_is_explained_in_one_to_three_lines(conf: Path) -> None:
    head, *groups = conf.read_text(encoding="utf-8").strip().split("\n\n")
    assert "spark-submit --master" in head
    for group in groups:
        told = [line for line in group.splitlines() if line.startswith("# ")]
        assert 1 <= len(told) <= 3, group
        assert group.startswith("# ")
        assert len(group.splitlines()) > len(told)
