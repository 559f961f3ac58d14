"""A step is bound to the settings and to the source of the steps that it builds on, and to nothing else."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row

from pipeline import ROOT
from stclusters.errors import SettingsError
from stclusters.noted import SETTINGS
from stclusters.records import ask_same_making, source_of
from stclusters.run import Record, Run
from stclusters.settings import Method, OpenAlex, PatentsView, Source, Tables, read_method, read_place

OTHER: dict[str, Any] = {  # another value of every setting
    "radius_m": 25_000.0,
    "min_weight": 4_501.0,
    "author_weight": 2.0,
    "patent_years": (6, 1),
    "article_years": (6, 1),
    "patent_types": ("utility",),
    "article_types": (),
    "longitudes_to_360": True,
    "coast_tolerance_m": 0.0,
    "economy_groups": {"HK": "CN"},
    "label_share": 0.02,
    "merge_distance_m": 0.0,
    "merges": ({"places": ("Baltimore, US", "Washington, DC, US"), "merge": True, "reason": "one labour market"},),
    "top_clusters": 50,
    "compared_years": 0,
    "bootstrap_replicates": 0,
    "sensitivity_radii_m": (),
    "sensitivity_weights": (0.5,),
    "quality": {"least_located": 0.8},
}
METHOD = read_method(ROOT / "conf/method.toml")
RIGHTS = {"licence": "CC0 1.0", "attribution": "nobody", "redistribute": True}
SOURCE = Tables(folder=Path("/data/a"), name="A", **RIGHTS)


def changed(**settings: Any) -> Method:
    return Method.model_validate(METHOD.model_dump() | settings)


def run_with(method: Method = METHOD, source: Source = SOURCE) -> Run:
    place = read_place(ROOT / "conf/local.toml").model_copy(update={"source": source})
    record = Record("rank", datetime.now(UTC))
    return Run(None, method, place, 2024, "run", None, record, "0")  # type: ignore[arg-type]


def record_of(*settings: str, source: Source = SOURCE) -> Row:
    return Row(parameters=METHOD.model_dump_json(), settings_read=list(settings), source=json.dumps(source_of(source)))


def refusal(run: Run, **newest: Row) -> str:
    """What is said to a run that builds on steps with these records; empty if it is not refused."""
    try:
        ask_same_making(run, list(newest), newest)
    except SettingsError as refused:
        return str(refused)
    return ""


READS: dict[str, tuple[Callable[[Method], object], set[str]]] = {
    "one": (lambda method: method.radius_m, {"radius_m"}),
    "one by its name": (lambda method: getattr(method, "merges"), {"merges"}),  # noqa: B009
    "a window": (lambda method: method.window("patent", 2024), {"patent_years", "article_years"}),
    "within another": (lambda method: method.quality.least_located, {"quality"}),
    "an entry": (lambda method: method.economy_groups.get("HK"), {"economy_groups"}),
    "none": (lambda method: type(method).__name__, set()),
    "a dump": (lambda method: method.model_dump(), set(SETTINGS)),
    "a dump as JSON": (lambda method: method.model_dump_json(), set(SETTINGS)),
    "a dictionary": (dict, set(SETTINGS)),
    "all variables": (lambda method: vars(method)["radius_m"], set(SETTINGS)),
    "a copy": (copy.copy, set(SETTINGS)),
    "a changed copy": (lambda method: method.model_copy(update={"radius_m": 1.0}), set(SETTINGS)),
    "a way to a Python worker": (lambda method: pickle.loads(pickle.dumps(method)).radius_m, set(SETTINGS)),
}


@pytest.mark.parametrize(("read", "names"), READS.values(), ids=READS.keys())
def test_a_run_notes_which_settings_are_read(read: Callable[[Method], object], names: set[str]) -> None:
    run = run_with()
    plain, noted = read(METHOD), read(run.method)
    assert run.record.settings_read == names
    if isinstance(plain, (int, float, str, tuple)) and names:
        assert noted == plain
    run.record = Record("publish", datetime.now(UTC))
    assert run.method.top_clusters == 100
    assert run.record.settings_read == {"top_clusters"}


def test_every_setting_that_a_step_before_read_must_be_the_same_and_no_other() -> None:
    assert set(OTHER) == SETTINGS
    for name, value in OTHER.items():
        run = run_with(changed(**{name: value}))
        said = refusal(run, ingest=record_of(), cluster=record_of(name), place=record_of(*SETTINGS))
        assert said.startswith(f"The step cluster ran with another {name} than the method file says ({name} was ")
        assert said.endswith("run the step cluster again for edition 2024, and the steps after it.")
        assert refusal(run, ingest=record_of(*(SETTINGS - {name}))) == ""
        assert refusal(run_with(), ingest=record_of(*SETTINGS)) == ""


def test_a_refusal_has_both_values_of_each_setting_and_no_more_of_a_long_one_than_fits() -> None:
    other = changed(radius_m=25_000.0, author_weight=2.0)
    assert "another author_weight, radius_m than the method file says (author_weight was " in refusal(
        run_with(other), cluster=record_of("author_weight", "radius_m")
    )
    assert 'author_weight was "equal", now 2.0; radius_m was 15000.0, now 25000.0)' in refusal(
        run_with(other), cluster=record_of("author_weight", "radius_m")
    )
    many = changed(patent_types=tuple(f"type {number}" for number in range(1_000)))
    assert len(refusal(run_with(many), ingest=record_of("patent_types"))) < 400


def test_a_setting_that_a_later_version_does_not_have_is_another_one() -> None:
    old = Row(parameters='{"border_m": 5.0}', settings_read=["border_m"], source=json.dumps(source_of(SOURCE)))
    assert "border_m was 5.0, now not set" in refusal(run_with(), ingest=old)


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        (SOURCE, Tables(folder=Path("/data/b"), name="A", **RIGHTS), 'folder was "/data/a", now "/data/b"'),
        (SOURCE, Tables(folder=Path("/data/a"), name="B", **RIGHTS), 'name was "A", now "B"'),
        (
            PatentsView(kind="patentsview", folder=Path("/p"), name="P", **RIGHTS),
            PatentsView(kind="patentsview", folder=Path("/p"), name="P", year_of="filing", **RIGHTS),
            'year_of was "grant", now "filing"',
        ),
        (
            OpenAlex(kind="openalex", folder=Path("/o"), name="O", **RIGHTS),
            OpenAlex(kind="openalex", folder=Path("/o"), name="O", institutions=Path("/ror"), **RIGHTS),
            'institutions was not set, now "/ror"',
        ),
        (SOURCE, PatentsView(kind="patentsview", folder=Path("/data/a"), name="A", **RIGHTS), 'kind was "tables"'),
    ],
)
def test_another_source_is_refused(then: Source, now: Source, words: str) -> None:
    said = refusal(run_with(source=now), ingest=record_of(source=then))
    assert said.startswith("The step ingest of edition 2024 had another source than the place file names (")
    assert words in said
    assert said.endswith("give the place file that it had, or run the step ingest again for edition 2024, "
                         "and the steps after it.")  # fmt: skip
    assert refusal(run_with(source=then), ingest=record_of(source=then)) == ""


def test_the_same_source_is_the_same_by_another_path_and_with_other_words_on_its_rights(tmp_path: Path) -> None:
    folder = tmp_path / "input"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    then = Tables(folder=folder, name="A", **RIGHTS)
    rights = {"licence": "CC BY 4.0", "attribution": "A", "redistribute": False}
    now = Tables(folder=tmp_path / "link" / ".." / "input", name="A", note="A sample.", **rights)  # type: ignore[arg-type]
    assert refusal(run_with(source=now), ingest=record_of(source=then)) == ""
