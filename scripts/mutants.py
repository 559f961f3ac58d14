"""Mutation testing: changes one operator or number of a module at a time, and runs its tests on each such mutant.

scripts/setup --group dev --group mutants; . .tools/environment.sh
.venv/bin/python scripts/mutants.py [MODULE]... [--survivors] [--out build/mutants]

scripts/mutants.toml names the modules, the tests of each, and the mutants that no test can kill, with the reason.
The operators are those of Cosmic Ray. All mutants of a module are tested from one process that has imported the
libraries and started Spark: it forks, and the child imports the mutant. Results are kept in the output folder, one
line a mutant; `--survivors` tests only those again that survived before.
"""

import argparse
import importlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from _mutants import Mutant, mutants_of

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("lib", "tests", "conf", "jobs")  # the other files are linked
SKIPPED = ("build", ".git", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")
ALIKE = "addopts=--import-mode=importlib -m 'not cluster'"  # and no random order
PYTEST = ("-x", "-q", "--no-header", "--tb=line", "-o", ALIKE, "-p", "no:randomly", "-p", "no:cacheprovider")
LIBRARIES = ("hypothesis.strategies", "pandas", "pyarrow", "pyspark.sql", "pytest", "scipy.stats", "sklearn.cluster")
NO_REUSE = "spark.python.worker.reuse false\n"  # Spark's Python workers must import the mutant too


def main() -> int:
    """Tests the mutants of the named modules, a process a module; 1 if one survives that is not named as equivalent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="for example cluster/grid; default: all")
    parser.add_argument("--survivors", action="store_true", help="only those that survived before")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "mutants")
    given = parser.parse_args()
    plan = tomllib.loads((ROOT / "scripts" / "mutants.toml").read_text(encoding="utf-8"))["module"]
    if unknown := set(given.modules) - set(plan):
        parser.error(f"scripts/mutants.toml does not name {', '.join(sorted(unknown))}")
    if len(given.modules) == 1:
        return test_module(given.modules[0], plan[given.modules[0]], given.out.resolve(), given.survivors)
    options = ["--out", str(given.out), *["--survivors"] * given.survivors]
    ends = [subprocess.call([sys.executable, __file__, name, *options]) for name in given.modules or plan]
    return max(ends)


def test_module(name: str, plan: dict, out: Path, only_survivors: bool) -> int:
    """Tests the mutants of a module that have no result yet; 1 if one survives that is not named as equivalent."""
    mutants = list(mutants_of((ROOT / "lib/stclusters" / f"{name}.py").read_text(encoding="utf-8")))
    results = out / f"{name.replace('/', '.')}.jsonl"
    before = read_results(results) if results.is_file() else {}
    if only_survivors:
        before = {mutant: result for mutant, result in before.items() if result != "survived"}
    equivalent = {mutant for group in plan.get("equivalent", []) for mutant in group["mutants"]}
    open_ones = [one for one in mutants if one.name not in before and one.name not in equivalent]
    if open_ones:
        test_mutants(name, plan, open_ones, out / name.replace("/", "."), results, before)
    after = read_results(results) if results.is_file() else {}
    counted = [one.name for one in mutants if one.name not in equivalent]
    alive = [mutant for mutant in counted if after[mutant] == "survived"]
    killed = len(counted) - len(alive)
    print(
        f"{name}: {killed} of {len(counted)} mutants killed ({killed / max(len(counted), 1):.1%}), "
        f"{len(mutants) - len(counted)} more are equivalent",
        *(f"survived: {mutant}" for mutant in alive),
        sep="\n  ",
        flush=True,
    )
    return min(len(alive), 1)


def read_results(path: Path) -> dict[str, str]:
    """The last result of each mutant."""
    return dict(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def test_mutants(
    name: str, plan: dict, mutants: list[Mutant], folder: Path, results: Path, known: dict[str, str]
) -> None:
    """Runs the tests on the module as it is, which must pass, then on every mutant, and writes the results."""
    copy_project(folder)
    file = folder / "lib/stclusters" / f"{name}.py"
    whole = file.read_text(encoding="utf-8")
    results.write_text("".join(json.dumps(list(result)) + "\n" for result in known.items()), encoding="utf-8")
    prepare(folder, plan.get("spark", False))
    started, before = time.monotonic(), os.times()
    if run_tests(folder, plan["tests"], 3600, 3600) != 0:
        sys.exit(f"The tests of {name} fail without a mutant: see {folder / 'tests.log'}.")
    seconds, after = time.monotonic() - started, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    print(f"{name}: {len(mutants)} mutants, {seconds:.0f} s for all tests", flush=True)
    sys.dont_write_bytecode = True
    for mutant in mutants:
        file.write_text(mutant.text, encoding="utf-8")
        code = run_tests(folder, plan["tests"], 10 * seconds + 60, int(1.5 * cpu + 4))
        outcome = {0: "survived", None: "timeout", -signal.SIGXCPU: "timeout"}.get(code, "killed")
        with results.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps([mutant.name, outcome]) + "\n")
        if code is None and plan.get("spark", False):  # what Spark answers next is for the child that is gone
            os.execv(sys.executable, [sys.executable, *sys.argv])
    file.write_text(whole, encoding="utf-8")


def copy_project(folder: Path) -> None:
    """A copy of the project whose library may be changed; what is only read is linked."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in ROOT.iterdir():
        if path.name in COPIED:
            shutil.copytree(path, folder / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.name not in SKIPPED:
            (folder / path.name).symlink_to(path)
    shared = folder.parent / "shared"
    if not shared.exists():
        shared.symlink_to(ROOT.parent / "shared")


def prepare(folder: Path, with_spark: bool) -> None:
    """Imports what is the same for all mutants, and starts Spark; nothing of the project stays imported."""
    paths = [str(folder / "lib"), str(folder / "tests"), str(folder / "jobs")]
    sys.path[:0] = paths
    os.environ |= {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    os.chdir(folder)
    for library in LIBRARIES:
        importlib.import_module(library)
    if with_spark:
        from conftest import start_spark

        start_spark(folder, NO_REUSE)
        for module in [name for name in sys.modules if name.split(".")[0] in ("stclusters", "conftest", "pipeline")]:
            del sys.modules[module]


def run_tests(folder: Path, tests: list[str], timeout: float, cpu: int) -> int | None:
    """Runs tests in a child of this process; pytest's exit code, or that of a signal, or None after the timeout.

    `cpu` seconds of its own are more than the child needs: most mutants that run for ever compute.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            log = os.open(folder / "tests.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(log, 1)
            os.dup2(log, 2)
            import pyspark.sql
            import pytest

            resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
            pyspark.sql.SparkSession.stop = lambda _: None  # the next child goes on with it
            code = int(pytest.main([*PYTEST, *tests]))
        finally:
            os._exit(code)
    ends = time.monotonic() + timeout
    while time.monotonic() < ends:
        gone, status = os.waitpid(child, os.WNOHANG)
        if gone:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


if __name__ == "__main__":
    sys.exit(main())
