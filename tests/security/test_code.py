"""The code runs nothing that comes from data, and what it depends on is locked with hashes."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from pipeline import ROOT

CODE = [path for folder in ("lib", "jobs", "scripts") for path in sorted((ROOT / folder).rglob("*.py"))]
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "telnetlib", "xmlrpc"}
FORBIDDEN_CALLS = {
    *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load"),
    *("pd.read_pickle", "pandas.read_pickle", "joblib.load", "torch.load", "pickle.load", "pickle.loads"),
}


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def faults(source: str) -> list[str]:
    """What a source does that it must not do: unpickle, run text, hand a text to a shell, put values in SQL text."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [f"import {name}" for name in names if name.split(".")[0] in FORBIDDEN_MODULES]
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func)
        if name in FORBIDDEN_CALLS:
            found.append(name)
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        for option in ("shell", "allow_pickle"):
            if isinstance(value := given.get(option), ast.Constant) and value.value is True:
                found.append(f"{option}=True")
        if name.endswith(".sql") and node.args and isinstance(node.args[0], (ast.JoinedStr, ast.BinOp)):
            found.append("a query put together from texts")
    return found


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_code_runs_what_comes_from_data(path: Path) -> None:
    assert not faults(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from cloudpickle import loads",
        "eval(text)",
        "yaml.load(file)",
        "subprocess.run(text, shell=True)",
        "np.load(file, allow_pickle=True)",
        "spark.sql(f'SELECT * FROM {name}')",
        "spark.sql('SELECT ' + name)",
    ],
)
def test_the_search_finds_what_it_looks_for(source: str) -> None:
    assert len(faults(source)) == 1


def test_every_package_is_locked_with_the_hash_of_each_of_its_files() -> None:
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    fetched = [package for package in packages if "registry" in package["source"]]
    assert [package["name"] for package in packages if package not in fetched] == ["stclusters"]
    for package in fetched:
        files = [*([package["sdist"]] if "sdist" in package else []), *package.get("wheels", [])]
        assert files, package["name"]
        for file in files:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"]), file["url"]


def test_every_jar_is_locked_with_its_hash() -> None:
    lines = [line for line in (ROOT / "conf/jars.lock").read_text().splitlines() if not line.startswith("#")]
    for line in lines:
        assert re.fullmatch(r"[\w.]+:[\w.-]+:[\w.-]+ [0-9a-f]{64} [\w.-]+\.jar", line), line


def test_the_set_up_installs_what_is_locked_and_nothing_else() -> None:
    assert '"--locked"' in (ROOT / "scripts/_setup.py").read_text(encoding="utf-8")
