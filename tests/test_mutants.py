"""What scripts/mutants.toml names is there: a mutant called equivalent must be one of the module as it is."""

from __future__ import annotations

import re
import tomllib

import pytest

from pipeline import ROOT

PLAN = tomllib.loads((ROOT / "scripts/mutants.toml").read_text(encoding="utf-8"))["module"]
CHANGE = re.compile(r"\{(.*?) => (.*?)\}")


@pytest.mark.parametrize("module", PLAN)
def test_modules_tests_and_lines_of_the_plan_of_mutants_are_there(module: str) -> None:
    text = (ROOT / "lib/stclusters" / f"{module}.py").read_text(encoding="utf-8")
    for test in PLAN[module]["tests"]:
        if test.startswith("tests/"):
            file, _, name = test.partition("::")
            assert f"def {name}" in (ROOT / file).read_text(encoding="utf-8")
    packed = re.sub(r"\s", "", text)
    for group in PLAN[module].get("equivalent", []):
        assert len(group["why"]) > 10
        for mutant in group["mutants"]:
            line = CHANGE.sub(r"\1", re.sub(r" \(\d+\)$", "", mutant)).removeprefix("a decorator removed from ")
            assert re.sub(r"\s", "", line) in packed, mutant
