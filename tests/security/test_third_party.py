"""THIRD_PARTY.md lists what is locked and shipped, all of it and nothing else, each with a licence that fits ours."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from pipeline import ROOT

PAGE = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")
FITTING = r"MIT|BSD|Apache-2.0|ISC|MPL-2\.0|PSF|Unicode-3\.0|CC0|CC BY 4\.0|public domain|facts named by the source"


def listed(section: str) -> dict[str, str]:
    """The names of a table of the page and their licences."""
    (text,) = re.findall(rf"## {section}\n(.*?)(?:\n## |\Z)", PAGE, flags=re.DOTALL)
    rows = [re.split(r" *\| *", line.strip("| ")) for line in text.splitlines() if line.startswith("| ")]
    assert all(len(row) == 3 and all(row) for row in rows), rows
    return {name: licence for name, licence, _ in rows[1:]}


def test_the_python_packages_are_those_that_the_lock_installs_for_a_run() -> None:
    packages: dict[str, list[dict[str, list[dict[str, str]]]]] = {}
    for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]:
        packages.setdefault(package["name"], []).append(package)
    (ours,) = packages["stclusters"]
    wanted = [*ours["dependencies"], *ours["optional-dependencies"]["spark"]]  # type: ignore[call-overload]
    needed: set[str] = set()
    while wanted:
        name = wanted.pop()["name"]
        if name not in needed:
            needed.add(name)
            wanted += [more for package in packages[name] for more in package.get("dependencies", [])]
    assert set(listed("Python packages")) == needed


def test_the_jars_are_those_of_their_lock() -> None:
    lines = [line for line in (ROOT / "conf/jars.lock").read_text().splitlines() if not line.startswith("#")]
    assert set(listed("Jars")) == {line.split()[0] for line in lines}


def test_the_packages_of_the_page_are_those_that_are_bundled() -> None:
    locked = json.loads((ROOT / "explorer/package-lock.json").read_text(encoding="utf-8"))["packages"]
    bundled = {path.removeprefix("node_modules/"): item["license"] for path, item in locked.items() if path}
    dev = {path.removeprefix("node_modules/") for path, item in locked.items() if item.get("dev")}
    assert listed("In the explorer's page") == {name: lic for name, lic in bundled.items() if name not in dev}


def test_the_data_are_those_that_the_package_ships() -> None:
    folder = ROOT / "lib/stclusters/data"
    shipped = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != "NOTICE"}
    assert set(listed("Data in the package")) == shipped


@pytest.mark.parametrize("section", ["Python packages", "Jars", "In the explorer's page", "Data in the package"])
def test_every_licence_lets_the_whole_be_passed_on(
    section: str,
) -> None:
    for name, licence in listed(section).items():
        assert re.search(FITTING, licence) or "LGPL" in licence, name
        assert not re.search(r"(?<!L)GPL|AGPL|NC|proprietary", licence), name
        if licence.startswith("LGPL"):
            assert "used only where" in licence, name
