"""What scripts/setup says and does on machines that lack something: each is a folder of stand-ins for the PATH."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BASH = shutil.which("bash") or "/bin/bash"
JAR = b"a jar"
JAR_FILE = "part_2.13-1.0.jar"
UNREACHABLE = "http://127.0.0.1:9/simple"

# Stand-ins. Ivy gets `-retrieve FOLDER/PATTERN` last; what it fetches is the content of the variable JAR.
JAVA = """
echo "    java.specification.version = ${JAVA_VERSION:-17}" >&2
echo "    java.home = $(cd "${0%/*}/.." && pwd)" >&2
for last in "$@"; do :; done
case "$*" in *-retrieve*)
    echo ivy >> "$CALLS"
    [[ -n ${JAR:-} ]] || { echo "Server access error at url"; exit 1; }
    printf "$JAR" > "${last%/*}/part_2.13-1.0.jar"
esac
"""
UV = """
[[ $1 == sync ]] || { echo "uv 0.99.0"; exit 0; }
echo "uv $*" >> "$CALLS"
mkdir -p .venv/bin .venv/lib/python3.11/site-packages/pyspark/jars
: > .venv/lib/python3.11/site-packages/pyspark/jars/ivy-2.5.jar
ln -sf "$PYTHON" .venv/bin/python
"""
PYTHON = 'exec "$PYTHON" "$@"'


class Machine:
    """A copy of the project's set-up, and a PATH with only what is put there."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "the project"
        self.bin = folder / "machine" / "bin"
        self.bin.mkdir(parents=True)
        for name in ("scripts/setup", "scripts/_setup.py", "scripts/_checks.py", "scripts/run", "scripts/_run.py"):
            (self.project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.project / name)
        for name in ("pyproject.toml", "uv.lock"):
            shutil.copy(ROOT / name, self.project / name)
        self.write("conf/jars.lock", f"# a comment\norg.a:part_2.13:1.0 {hashlib.sha256(JAR).hexdigest()} {JAR_FILE}\n")
        for tool in ("bash", "env", "mkdir", "ln"):
            (self.bin / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
        self.calls = folder / "calls"
        self.variables = {
            "PATH": str(self.bin),
            "HOME": str(folder),
            "CALLS": str(self.calls),
            "PYTHON": sys.executable,
        }

    def has(self, *, java: bool = True, python: bool = True, uv: bool = True) -> Machine:
        for wanted, name, text in ((java, "java", JAVA), (python, "python3", PYTHON), (uv, "uv", UV)):
            if wanted:
                self.put(name, text)
        return self

    def put(self, name: str, text: str, folder: Path | None = None) -> None:
        file = (folder or self.bin) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!{BASH}\n{text}")
        file.chmod(0o755)

    def write(self, name: str, text: str) -> Path:
        file = self.project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def run(
        self, script: str, *arguments: str, folder: Path = Path("/"), **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BASH, str(self.project / "scripts" / script), *arguments],
            env={**self.variables, **variables}, cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def refusal(self, **variables: str) -> str:
        """Run scripts/setup, hold it to exit code 4 and one sentence, and return that."""
        done = self.run("setup", **variables)
        sentences = [line for line in done.stderr.splitlines() if not line.startswith("set-up:")]
        assert done.returncode == 4, done.stderr
        assert done.stdout == ""
        assert len(sentences) == 1
        assert sentences[0].endswith(".")
        assert not (self.project / ".tools" / "stamp.json").exists()
        return sentences[0]

    def called(self) -> list[str]:
        return [line.split()[0] for line in self.calls.read_text().splitlines()] if self.calls.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_no_java_is_one_sentence_with_the_command_that_installs_it(machine: Machine) -> None:
    said = machine.has(java=False).refusal()
    assert said.startswith("Java 17 or 21 is needed and none was found: install it")
    assert "apt-get install openjdk-17-jre-headless" in said


@pytest.mark.parametrize("version", ["11", "1.8", "25"])
def test_a_java_of_another_version_is_named_with_its_version(machine: Machine, version: str) -> None:
    said = machine.has().refusal(JAVA_VERSION=version)
    assert f"{machine.bin}/java is version {version.removeprefix('1.')}: install" in said


def test_the_java_of_java_home_goes_before_the_one_on_the_path(machine: Machine) -> None:
    home = machine.project.parent / "jdk"
    machine.has().put("java", f"JAVA_VERSION=21\n{JAVA}", folder=home / "bin")
    done = machine.run("setup", JAVA_HOME=str(home), JAR=JAR.decode())
    assert done.returncode == 0, done.stderr
    assert f"JAVA_HOME={home}\n" in (machine.project / ".tools" / "environment.sh").read_text()


def test_a_java_home_of_another_version_gives_way_to_the_java_on_the_path(machine: Machine) -> None:
    home = machine.project.parent / "jdk"
    machine.has().put("java", f"JAVA_VERSION=11\n{JAVA}", folder=home / "bin")
    done = machine.run("setup", JAVA_HOME=str(home), JAR=JAR.decode())
    assert done.returncode == 0, done.stderr
    assert f"JAVA_HOME={machine.bin.parent}\n" in (machine.project / ".tools" / "environment.sh").read_text()


def test_no_python_is_one_sentence_with_the_command_that_installs_it(machine: Machine) -> None:
    said = machine.has(python=False).refusal()
    assert said.startswith("Python 3.11 or 3.12 is needed and none was found: install it")
    assert "apt-get install python3.11" in said


def test_a_python_of_another_version_is_named_with_its_version(machine: Machine) -> None:
    machine.has(python=False).put("python3", "echo 3.10")
    assert "is needed and python3 is version 3.10: install it" in machine.refusal()


def test_too_little_disk_is_one_sentence_with_what_is_needed(machine: Machine) -> None:
    said = machine.has().refusal(STCLUSTERS_DISK_GB="1000000000")
    assert re.search(r"1e\+09 GB of free disk are needed and .* has \d+\.\d GB: free some space", said)


@pytest.mark.parametrize("room", ["abc", "-1", "nan", "inf"])
def test_a_room_that_is_no_number_is_refused(machine: Machine, room: str) -> None:
    said = machine.has().refusal(STCLUSTERS_DISK_GB=room)
    assert said == f"STCLUSTERS_DISK_GB is {room!r}: set it to a number of gigabytes, 0 for no check."


def test_a_jar_that_is_there_with_another_hash_is_named_before_anything_is_fetched(machine: Machine) -> None:
    machine.has().write(f".jars/{JAR_FILE}", "another jar")
    assert machine.refusal().startswith(
        f".jars/{JAR_FILE} has the SHA-256 {hashlib.sha256(b'another jar').hexdigest()}"
    )
    assert machine.called() == []


def test_a_jar_that_is_fetched_with_another_hash_does_not_get_where_spark_looks(machine: Machine) -> None:
    said = machine.has().refusal(JAR="another jar")
    assert "conf/jars.lock wants" in said
    assert list((machine.project / ".jars").iterdir()) == []


def test_a_jar_index_that_cannot_be_reached_is_one_sentence(machine: Machine) -> None:
    assert machine.has().refusal(JAR="").startswith("The package index cannot be reached: check the network")


def test_no_network_for_uv_is_one_sentence(machine: Machine) -> None:
    said = machine.has(uv=False).refusal(PIP_INDEX_URL=UNREACHABLE, PIP_RETRIES="0")
    assert said.startswith("The package index cannot be reached: check the network")
    assert "build/setup.log" in said


@pytest.mark.skipif("UV" not in os.environ, reason="no uv: run by scripts/test, which sets UV")
def test_no_network_for_the_python_packages_is_one_sentence(machine: Machine) -> None:
    machine.has(uv=False)
    (machine.bin / "uv").symlink_to(os.environ["UV"])
    said = machine.refusal(
        UV_DEFAULT_INDEX=UNREACHABLE, UV_HTTP_RETRIES="0", UV_CACHE_DIR=str(machine.project / "cache")
    )
    assert said.startswith("The package index cannot be reached: check the network")


def touch_lock(machine: Machine) -> None:
    (machine.project / "uv.lock").write_text("changed")


def drop_jar(machine: Machine) -> None:
    (machine.project / ".jars" / JAR_FILE).unlink()


def drop_environment(machine: Machine) -> None:
    shutil.rmtree(machine.project / ".venv")


def nothing(machine: Machine) -> None:
    """Leave all as it is."""


@pytest.mark.parametrize(
    ("between", "again"),
    [(nothing, []), (touch_lock, ["uv"]), (drop_jar, ["ivy"]), (drop_environment, ["uv"])],
)
def test_a_second_set_up_does_only_what_is_not_done(
    machine: Machine, between: Callable[[Machine], None], again: list[str]
) -> None:
    machine.has()
    assert machine.run("setup", JAR=JAR.decode()).returncode == 0
    assert machine.called() == ["uv", "ivy"]
    between(machine)
    second = machine.run("setup", JAR=JAR.decode())
    assert second.returncode == 0, second.stderr
    assert machine.called() == ["uv", "ivy", *again]
    assert (second.stderr == "") is (again == [])


def test_a_set_up_without_the_development_packages_does_not_forget_them(machine: Machine) -> None:
    machine.has()
    for groups in ([], ["--group", "dev"], [], ["--group", "dev"]):
        assert machine.run("setup", *groups, JAR=JAR.decode()).returncode == 0
    assert machine.called() == ["uv", "ivy", "uv"]
    drop_jar(machine)
    for groups in ([], ["--group", "dev"]):
        assert machine.run("setup", *groups, JAR=JAR.decode()).returncode == 0
    assert machine.called() == ["uv", "ivy", "uv", "ivy"]
    plain, _, with_dev, _ = machine.calls.read_text().splitlines()
    assert with_dev.endswith("--group dev")
    assert "--inexact" in plain


RUN_ALL = "import sys, pathlib\npathlib.Path('out').mkdir(exist_ok=True)\nprint(sys.argv[1:])\nsys.exit({code})\n"
PLACE = 'tables = "tables"\npublished = "out"\n'


def test_run_hands_arguments_on_and_says_where_the_results_are(machine: Machine) -> None:
    machine.has().write("conf/local.toml", PLACE)
    machine.write("jobs/run_all.py", RUN_ALL.format(code=0))
    for page in ("out/2022/explorer.html", "out/2023/explorer.html", "out/2024/explorer.html", "out/index.html"):
        machine.write(page, "")
    done = machine.run("run", "--edition", "2023", "2024", "2025", "--other", "two words", JAR=JAR.decode())
    assert done.returncode == 0, done.stderr
    arguments, first, second, index, published, tables = done.stdout.splitlines()
    options = "'--method=conf/sample.toml', '--place=conf/local.toml', '--edition', '2024', '--edition', '2023', "
    assert arguments.endswith(options + "'2024', '2025', '--other', 'two words']")
    assert first.endswith("the project/out/2023/explorer.html")
    assert second.endswith("the project/out/2024/explorer.html")
    assert index.endswith("the project/out/index.html")
    assert published.endswith("the project/out")
    assert tables.endswith("tables")


@pytest.mark.parametrize("form", [["--place", "a b.toml"], ["--place=a b.toml"], ["--pl", "a b.toml"]])
def test_run_finds_a_file_in_the_folder_that_it_is_called_from(
    machine: Machine, tmp_path: Path, form: list[str]
) -> None:
    machine.has().write("jobs/run_all.py", RUN_ALL.format(code=0))
    (tmp_path / "a b.toml").write_text(PLACE)
    done = machine.run("run", *form, "--method=b.toml", folder=tmp_path, JAR=JAR.decode())
    assert done.returncode == 0, done.stderr
    assert f"'--method=b.toml', '--place={tmp_path}/a b.toml'" in done.stdout
    assert "published files:" in done.stdout


def test_run_ends_with_the_code_of_a_job_that_fails_and_does_not_point_to_results(machine: Machine) -> None:
    machine.has().write("conf/local.toml", PLACE)
    machine.write("jobs/run_all.py", RUN_ALL.format(code=5))
    done = machine.run("run", JAR=JAR.decode())
    assert done.returncode == 5
    assert "tables" not in done.stdout


def test_the_jars_that_spark_loads_are_those_of_the_lock_in_the_versions_of_the_python_packages() -> None:
    locked = [
        line.split() for line in (ROOT / "conf" / "jars.lock").read_text().splitlines() if not line.startswith("#")
    ]
    loaded = re.search(r"^spark\.jars\s+(\S+)$", (ROOT / "conf" / "spark.conf").read_text(), flags=re.MULTILINE)
    assert loaded is not None
    assert sorted(loaded[1].split(",")) == sorted(f".jars/{file}" for _, _, file in locked)

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["spark"]]
    version = dict(pin.split("==") for pin in wanted if "==" in pin)
    found = {coordinate.split(":")[0]: coordinate.split(":")[2] for coordinate, _, _ in locked}
    sedona = version["apache-sedona"]
    assert found == {"io.delta": version["delta-spark"], "org.apache.sedona": sedona}
