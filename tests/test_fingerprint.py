"""Two frames have equal fingerprints exactly if they have the same rows, each as often, in whatever order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession

from frames import local_frame
from pipeline import fingerprint_of
from stclusters.fingerprint import fingerprint

TEXTS, NUMBERS = "a string, b string, n int", "x double, f float, d decimal(6,2)"
ALL_DIFFERENT: dict[str, tuple[str, list[list[tuple[object, ...]]]]] = {
    "a null is not a value, and is somewhere": (
        TEXTS,
        [
            [("v", None, 0)],
            [(None, "v", 0)],
            [("v", "", 0)],
            [("", "v", 0)],
            [(None, None, 0)],
            [("", "", 0)],
            [("v", "v", 0)],
            [("null", None, 0)],
            [("v", None, None)],
            [("v", "0", None)],
            [("v0", None, None)],
        ],
    ),
    "values belong to a column and a row": (
        TEXTS,
        [
            [("u", "v", 1)],
            [("v", "u", 1)],
            [("uv", "", 1)],
            [("", "uv", 1)],
            [("u", "v", 1), ("w", "x", 2)],
            [("u", "x", 1), ("w", "v", 2)],
            [("u", "v", 2), ("w", "x", 1)],
            [("u", None, 1), ("w", "x", 2)],
            [("u", "x", 1), ("w", None, 2)],
        ],
    ),
    "a row counts as often as it is there": (
        TEXTS,
        [
            [],
            [("u", "v", 1)],
            [("u", "v", 1)] * 2,
            [("u", "v", 1)] * 3,
            [("u", "v", 1), (None, None, None)],
            [(None, None, None)],
            [(None, None, None)] * 2,
        ],
    ),
    "numbers": (
        NUMBERS,
        [
            [(0.0, 1.0, None)],
            [(1.0, 0.0, None)],
            [(None, 0.0, None)],
            [(float("nan"), 0.0, None)],
            [(float("inf"), 0.0, None)],
            [(-float("inf"), 0.0, None)],
            [(5e-324, 0.0, None)],
            [(0.1 + 0.2, 0.0, None)],
            [(0.3, 0.0, None)],
        ],
    ),
    "arrays": (
        "a array<string>, b array<array<int>>",
        [
            [(None, None)],
            [([], None)],
            [(None, [])],
            [([None], None)],
            [([None, "v"], None)],
            [(["v", None], None)],
            [(["v"], None)],
            [(["v", ""], None)],
            [([None, None], None)],
            [([], [[1], [2]])],
            [([], [[1, 2]])],
            [([], [[1, 2], []])],
            [([], [[], [1, 2]])],
            [([], [[2], [1]])],
            [([], [None, [1, 2]])],
            [([], [[1, 2], None])],
            [([], [[1, None, 2]])],
        ],
    ),
    "structs, maps and binary": (
        "s struct<a:int,b:struct<c:int,d:int>>, m map<string,int>, y binary",
        [
            [(None, None, None)],
            [((None, None), None, None)],
            [((None, (None, None)), None, None)],
            [((1, (None, None)), None, None)],
            [((None, (1, None)), None, None)],
            [((None, (None, 1)), None, None)],
            [(None, {}, None)],
            [(None, {"k": None}, None)],
            [(None, {"k": 1}, None)],
            [(None, {"k": 1, "l": 2}, None)],
            [(None, {"k": 2, "l": 1}, None)],
            [(None, {"l": 1, "k": None}, None)],
            [(None, {"l": None, "k": 1}, None)],
            [(None, None, b"")],
            [(None, None, b"\x00")],
            [(None, None, b"\x00\x00")],
        ],
    ),
}


@pytest.fixture(params=ALL_DIFFERENT, ids=str)
def frames(spark: SparkSession, request: pytest.FixtureRequest) -> dict[str, DataFrame]:
    schema, contents = ALL_DIFFERENT[request.param]
    return {str(rows): local_frame(spark, rows, schema) for rows in contents}


def equal_ones(prints: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(one, other) for one, other in combinations(prints, 2) if prints[one] == prints[other]]


def test_other_rows_have_another_fingerprint_and_equal_rows_the_same(frames: dict[str, DataFrame]) -> None:
    prints = {rows: fingerprint(frame) for rows, frame in frames.items()}
    assert equal_ones(prints) == []
    assert len({each[1] for each in prints.values()}) == len({each[2] for each in prints.values()}) == len(prints)
    mixed, again = (frame.unionByName(frame.limit(1)) for frame in [list(frames.values())[-1]] * 2)
    assert fingerprint(mixed.repartition(3)) == fingerprint(again.coalesce(1))


def test_the_fingerprint_of_the_tests_sees_the_same_and_is_made_in_another_way(frames: dict[str, DataFrame]) -> None:
    prints = fingerprint_of(frames)
    assert equal_ones(prints) == []
    assert not {each[1] for each in prints.values()} & {fingerprint(frame)[1] for frame in frames.values()} - {0}


def test_what_spark_takes_for_the_same_value_has_the_same_fingerprint(spark: SparkSession) -> None:
    def of(schema: str, *rows: tuple[object, ...]) -> tuple[int, int, int]:
        return fingerprint(local_frame(spark, list(rows), schema))

    assert of(NUMBERS, (-0.0, -0.0, None)) == of(NUMBERS, (0.0, 0.0, None))
    other_nan = float(np.array([0x7FF8_0000_0000_0001], np.uint64).view(np.float64)[0])
    assert of(NUMBERS, (other_nan, 0.0, None)) == of(NUMBERS, (float("nan"), 0.0, None))
    entries = "m map<string,int>"
    assert of(entries, ({"k": 1, "l": None},)) == of(entries, ({"l": None, "k": 1},))
    strict = spark.range(3).selectExpr("id AS `the id`", "array(id) AS ids")  # declared without nulls
    loose = local_frame(spark, [(2, [2]), (0, [0]), (1, [1])], "other bigint, ids array<bigint>")
    assert fingerprint(strict) == fingerprint(loose)


def test_drawn_rows_are_equal_exactly_if_they_are_as_counted_by_python(spark: SparkSession) -> None:
    """Small values in many columns, so that rows, their moves and their repetitions are often nearly equal."""
    drawn, schema = np.random.default_rng(5), "a int, b int, c boolean, d string"
    values = ([None, 0, 1], [None, 0, 1], [None, False, True], [None, "", "0"])
    contents = [
        [tuple(column[drawn.integers(3)] for column in values) for _ in range(drawn.integers(1, 3))] for _ in range(60)
    ]
    frames = {f"{number} {rows}": local_frame(spark, rows, schema) for number, rows in enumerate(contents)}
    counted = {name: Counter(rows) for name, rows in zip(frames, contents, strict=True)}
    kinds = {name: {tuple((type(v), v) for v in row): n for row, n in of.items()} for name, of in counted.items()}
    assert equal_ones({name: fingerprint(frame) for name, frame in frames.items()}) == equal_ones(kinds)
