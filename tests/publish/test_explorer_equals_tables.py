"""The page of a whole run and the Delta tables of that run, read side by side."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright
from pyspark.sql import SparkSession

from conftest import rows_of
from pipeline import stored

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def data(small_run: Path) -> dict[str, Any]:
    page = (small_run / "published/2024/explorer.html").read_text(encoding="utf-8")
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    read: dict[str, Any] = json.loads(text)
    return read


@pytest.fixture(scope="module")
def ids(data: dict[str, Any]) -> list[int]:
    return [int(row[0]) for row in data["clusters"]["rows"]]


def by_name(grid: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(zip(grid["columns"], row, strict=True)) for row in grid["rows"]]


def in_groups(flat: list[int], size: int) -> list[list[int]]:
    return [flat[i : i + size] for i in range(0, len(flat), size)]


@pytest.mark.parametrize("table", ["ranking", "clusters"])
def test_figures_of_clusters_are_those_of_the_tables(
    spark: SparkSession, small_run: Path, data: dict[str, Any], ids: list[int], table: str
) -> None:
    rows = {row["cluster_id"]: row.asDict() for row in stored(spark, small_run, table).collect()}
    assert sorted(rows) == sorted(ids)
    for shown in by_name(data["clusters"]):
        row = rows[int(shown.pop("cluster_id"))]
        common = shown.keys() & row.keys()
        assert len(common) >= 5
        assert {name: shown[name] for name in common} == {
            name: pytest.approx(row[name], rel=1e-9) if isinstance(row[name], float) else row[name] for name in common
        }


def test_economies_are_those_of_the_table(spark: SparkSession, small_run: Path, data: dict[str, Any]) -> None:
    grid = data["economies"]
    rows = rows_of(stored(spark, small_run, "economy_clusters"), *grid["columns"])
    assert rows
    assert sorted(tuple(row) for row in grid["rows"]) == [
        tuple(pytest.approx(each, rel=1e-9) if isinstance(each, float) else each for each in row) for row in rows
    ]


def test_fields_are_those_of_the_tables(
    spark: SparkSession, small_run: Path, data: dict[str, Any], ids: list[int]
) -> None:
    own, top = {}, {}
    for kind, of_kind in data["fields"].items():
        for number, numbers in enumerate(of_kind["clusters"]):
            pairs = in_groups(numbers, 2)
            total = sum(documents for _, documents in pairs)
            for name, documents in pairs:
                own[ids[number], kind, of_kind["names"][name]] = (documents, documents / total)
        total = sum(of_kind["top"])
        top |= {(kind, name): (n, n / total) for name, n in zip(of_kind["names"], of_kind["top"], strict=True)}
    keys = ["cluster_id", "kind", "field"]
    for shown, table, key in ((own, "cluster_fields", keys), (top, "top_fields", keys[1:])):
        rows = rows_of(stored(spark, small_run, table), *key, "documents", "share")
        assert len(rows) == len(shown) > 0
        for *names, documents, share in rows:
            assert shown[tuple(names)] == pytest.approx((documents, share), rel=1e-6)


def test_collaboration_is_that_of_the_tables(
    spark: SparkSession, small_run: Path, data: dict[str, Any], ids: list[int]
) -> None:
    foreign = [(ids[i], kind, *pair) for kind, pairs in data["foreign"].items() for i, pair in enumerate(pairs)]
    table = stored(spark, small_run, "foreign_collaboration")
    assert sorted(foreign) == rows_of(table, "cluster_id", "kind", "documents", "foreign_documents")

    economies, scopes = data["partners"]["economies"], ("domestic", "foreign", "unknown")
    partners = [
        (ids[cluster], kind, economies[economy], scopes[scope], links)
        for cluster, economy, scope, *both in in_groups(data["partners"]["rows"], 5)
        for kind, links in zip(("patent", "article"), both, strict=True)
        if links
    ]
    table = stored(spark, small_run, "collaboration_links")
    assert sorted(partners) == rows_of(table, "cluster_id", "kind", "partner_economy", "scope", "links")

    pairs = [
        (ids[a], None if b < 0 else ids[b], kind, links)
        for a, b, *both in in_groups(data["links"]["rows"], 4)
        for kind, links in zip(("patent", "article"), both, strict=True)
        if links
    ]
    rows = rows_of(stored(spark, small_run, "cluster_links"), "cluster_a", "cluster_b", "kind", "links")
    in_order = [(*sorted(pair[:2], key=lambda each: each or 2**63), *pair[2:]) for pair in pairs]  # by id, not by rank
    assert sorted(in_order, key=str) == sorted(rows, key=str)
    assert partners
    assert pairs


def test_what_the_ranking_shows_is_what_the_table_holds(spark: SparkSession, small_run: Path) -> None:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_page()
        page.goto((small_run / "published/2024/explorer.html").as_uri())
        columns = [head.strip() for head in page.locator("main thead th").all_inner_texts()]
        shown = [row.split("\t") for row in page.locator("main tbody tr").all_inner_texts()]
        page.goto((small_run / "published/2024/index.html").as_uri())
        page.wait_for_url("**/explorer.html")
        chromium.close()
    rows = {row["name"]: row for row in stored(spark, small_run, "ranking").collect()}
    assert len(shown) == len(rows)
    for cells in shown:
        cell = dict(zip(columns, (text.strip() for text in cells), strict=True))
        name = cell["Cluster"]
        assert (int(cell["Rank"]), float(cell["Score"])) == (
            rows[name]["rank"],
            pytest.approx(rows[name]["score"], abs=0.005),
        )
