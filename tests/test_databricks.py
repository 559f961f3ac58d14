"""The bundle for Databricks holds to the rules of docs/databricks.md; nothing here needs a workspace."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from typing import Any

import pytest
import yaml

from pipeline import ROOT
from stclusters.commands import STEPS
from stclusters.jars import locked, named_jars
from stclusters.job import _parser as step_parser
from stclusters.maintain import SAFE_DAYS
from stclusters.settings import read_method, read_place
from stclusters.steps.maintain import parser as maintain_parser
from stclusters.stored import schema_name

BUNDLE: dict[str, Any] = yaml.safe_load((ROOT / "databricks.yml").read_text(encoding="utf-8"))
JOB = BUNDLE["resources"]["jobs"]["stclusters"]
TASKS = {task["task_key"]: task for task in JOB["tasks"]}
CLUSTER = JOB["job_clusters"][0]["new_cluster"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SPARK_CONF = dict(
    line.split(maxsplit=1)
    for line in (ROOT / "conf/spark.conf").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
REFERENCE = re.compile(r"\$\{([\w.]+)\}|\{\{([\w.]+)\}\}")


def resolved(text: object, target: str) -> str:
    """A text of the bundle with its references put in, as the platform does it; an unknown reference is an error."""
    known: dict[str, object] = {"bundle.target": target, "bundle.name": "stclusters", "workspace.file_path": str(ROOT)}
    known |= {f"var.{name}": variable.get("default", name) for name, variable in BUNDLE["variables"].items()}
    known |= {f"var.{name}": value for name, value in BUNDLE["targets"][target].get("variables", {}).items()}
    known |= {f"job.parameters.{parameter['name']}": parameter["default"] for parameter in JOB["parameters"]}
    done = str(text)
    while REFERENCE.search(done):
        done = REFERENCE.sub(lambda found: str(known[found[1] or found[2]]), done)
    return done


def test_every_reference_of_the_bundle_is_known() -> None:
    for target in BUNDLE["targets"]:
        assert "${" not in resolved(yaml.safe_dump(BUNDLE), target)


def test_the_tasks_are_the_smoke_test_the_six_steps_and_maintenance_in_their_order() -> None:
    assert tuple(TASKS) == STEPS[:-1]
    assert [task.get("depends_on", []) for task in JOB["tasks"]] == [[], *([{"task_key": key}] for key in TASKS)][
        : len(TASKS)
    ]


@pytest.mark.parametrize("key", TASKS)
def test_a_task_calls_a_command_of_the_wheel_that_takes_its_arguments(key: str) -> None:
    call = TASKS[key]["python_wheel_task"]
    assert call["package_name"] == PROJECT["name"]
    assert call["entry_point"] in PROJECT["scripts"]
    for target in BUNDLE["targets"]:
        step, *arguments = (resolved(argument, target) for argument in call["parameters"])
        assert step == key
        if step == "smoke":
            option, sha256, *arguments = arguments
            assert option == "--sedona-sha256"
            assert re.fullmatch(r"[0-9a-f]{64}", sha256)
        parser = maintain_parser() if step == "maintain" else step_parser([step])
        given = parser.parse_args(arguments)
        assert read_method(given.method).radius_m == 15_000
        assert step != "maintain" or given.retain_days >= SAFE_DAYS
        place = read_place(given.place)
        assert schema_name(place.tables) == f"`{target}`.`stclusters`"
        assert place.spark_conf is None
        for folder in (place.published, place.source.folder):
            assert folder.is_relative_to(f"/Volumes/{target}/stclusters")


@pytest.mark.parametrize("key", TASKS)
def test_a_task_runs_on_the_one_cluster_with_the_wheel_and_the_locked_jars(key: str) -> None:
    task = TASKS[key]
    assert task["job_cluster_key"] == JOB["job_clusters"][0]["job_cluster_key"]
    assert (task["max_retries"], task["timeout_seconds"] <= JOB["timeout_seconds"]) == (1, True)
    wheel, *jars = task["libraries"]
    assert wheel == {"whl": "dist/*.whl"}
    lock = locked(ROOT / "conf/jars.lock")
    for target in BUNDLE["targets"]:
        paths = [resolved(jar["jar"], target) for jar in jars]
        assert all(path.startswith(f"/Volumes/{target}/stclusters/files/jars/") for path in paths)
        names = {path.rsplit("/", 1)[1] for path in paths}
        assert names == {name for name in lock if not name.startswith("delta-")}
        (sedona,) = (name for name in names if name.startswith("sedona-"))
        assert lock[sedona] == resolved("${var.sedona_sha256}", target)


def test_the_lock_is_of_the_jars_that_spark_loads_elsewhere() -> None:
    assert {jar.name for jar in named_jars(ROOT / "conf/spark.conf")} == set(locked(ROOT / "conf/jars.lock"))


def test_the_cluster_is_one_that_sedona_can_be_loaded_on() -> None:
    assert len(JOB["job_clusters"]) == 1
    assert CLUSTER["spark_version"] == "17.3.x-scala2.13"
    assert CLUSTER["data_security_mode"] == "SINGLE_USER"
    assert CLUSTER["runtime_engine"] == "STANDARD"
    assert not {"environments", "existing_cluster_id"} & set(JOB)
    for target in BUNDLE["targets"]:
        assert int(resolved(CLUSTER["num_workers"], target)) >= 1


def test_settings_of_spark_are_those_of_everywhere_and_none_that_the_platform_forbids() -> None:
    settings = dict(CLUSTER["spark_conf"])
    assert settings.pop("spark.checkpoint.dir") == "${var.checkpoints}"
    for key, value in settings.items():
        assert SPARK_CONF[key] == value, key
    forbidden = r"spark\.(sql\.extensions|serializer|kryo|sql\.catalog|jars|master|driver|executor)"
    assert not [key for key in settings if re.match(forbidden, key)]
    of_rows = {key for key in SPARK_CONF if re.match(r"spark\.sql\.(session|ansi|files|execution)", key)}
    of_speed = {"spark.sql.files.maxPartitionBytes", "spark.sql.execution.replaceHashWithSortAgg"}
    assert set(settings) == of_rows - of_speed  # the platform has its own ways to be fast


def test_the_wheel_does_not_bring_a_second_spark() -> None:
    assert not [name for name in PROJECT["dependencies"] if re.match("pyspark|delta-spark", name)]
    assert PROJECT["optional-dependencies"]["spark"] == ["pyspark==4.0.1", "delta-spark==4.0.1"]


def test_nobody_has_to_watch_the_job() -> None:
    assert JOB["max_concurrent_runs"] == 1
    assert JOB["queue"] == {"enabled": True}
    assert JOB["email_notifications"]["on_failure"] == ["${var.mail}"]
    seconds, minutes, hours, day, month, weekday = resolved(JOB["schedule"]["quartz_cron_expression"], "prod").split()
    assert all(part.isdigit() for part in (seconds, minutes, hours, day))
    assert (month, weekday) == ("*", "?")  # quartz wants one of day and weekday to be ?
    dev, prod = BUNDLE["targets"]["dev"], BUNDLE["targets"]["prod"]
    assert (dev["mode"], prod["mode"], dev["default"]) == ("development", "production", True)
    assert "service_principal_name" in prod["run_as"]
    assert prod["resources"]["jobs"]["stclusters"]["schedule"]["pause_status"] == "UNPAUSED"


def test_the_timeouts_leave_time_for_a_task_that_is_tried_again() -> None:
    longest = max(task["timeout_seconds"] for task in JOB["tasks"])
    assert JOB["timeout_seconds"] >= 2 * longest


def test_the_page_says_the_names_that_the_bundle_has() -> None:
    page = (ROOT / "docs/databricks.md").read_text(encoding="utf-8")
    for name in re.findall(r"BUNDLE_VAR_(\w+)", page):
        assert name in BUNDLE["variables"]
    for name in re.findall(r"\.jars/([\w.-]+\.jar)", page):
        assert name in locked(ROOT / "conf/jars.lock")
    needed = {name for name, variable in BUNDLE["variables"].items() if "default" not in variable}
    assert needed <= set(re.findall(r"BUNDLE_VAR_(\w+)", page))
    assert all(before < after for before, after in pairwise(page.index(f"## {number}.") for number in (1, 2, 3, 4)))
