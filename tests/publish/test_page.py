"""The page as text: escaping, policy, size, what it says; tests/publish/test_page_in_browser.py opens it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from pydantic import ValidationError
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

import stclusters
from stclusters.errors import GuardFailed, SchemaMismatch
from stclusters.publish import outlines
from stclusters.publish.about import About
from stclusters.publish.page import escaped_json, page_text, write_page
from stclusters.tables import ECONOMY_CLUSTERS

ABOUT = {"edition": 2024, "radius_m": 15_000.0, "min_weight": 4_500.0}
NASTY = "</script><!--<script>&\u2028\u2029{{style}}{{data}}'\"\u202e"


def data_of(page: str) -> dict[str, object]:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    data: dict[str, object] = json.loads(text)
    return data


CIRCLE = "ST_Buffer(ST_Point(lon, 10D), 0.2, false, 'quad_segs=50')"
STAR = """ST_GeomFromWKT(concat('POLYGON((', array_join(transform(sequence(0, 400), i -> concat_ws(' ',
    lon + (0.1 + 0.1 * pmod(i, 2)) * cos(pmod(i, 400) * pi() / 200),
    10 + (0.1 + 0.1 * pmod(i, 2)) * sin(pmod(i, 400) * pi() / 200))), ','), '))'))"""  # 200 rays: no simpler


def frames(spark: SparkSession, count: int, outline: str = CIRCLE) -> dict[str, object]:
    """`count` clusters in a row from west to east, each with such an outline, and an empty table of economies."""
    numbered = spark.range(1, count + 1).withColumn("lon", F.expr(f"id * 340D / {max(count, 1)} - 170"))
    clusters = numbered.selectExpr(
        "shiftleft(id, 40) + 1 AS cluster_id",
        "lon",
        "10D AS lat",
        "707.123456789 AS area_km2",
        "99L AS inventors",
        "77L AS authors",
        f"ST_AsBinary({outline}) AS outline",
    ).withColumn("area_km2", F.col("area_km2").cast("double"))
    ranking = numbered.selectExpr(
        "shiftleft(id, 40) + 1 AS cluster_id",
        "CAST(id AS INT) AS rank",
        "concat('A city of some length–Another city ', id) AS name",
        "'CH' AS home_economy",
        "array('CH', 'DE', 'FR') AS economies",
        "1000000 / CAST(id AS DOUBLE) AS patents",
        "3000000 / CAST(id AS DOUBLE) AS articles",
        "1 / (9 + CAST(id AS DOUBLE)) AS patent_share",
        "1 / (99 + CAST(id AS DOUBLE)) AS article_share",
        "100 / (9 + CAST(id AS DOUBLE)) + 100 / (99 + CAST(id AS DOUBLE)) AS score",
    )
    return {
        "clusters": clusters,
        "ranking": ranking,
        "economy_clusters": spark.createDataFrame([], ECONOMY_CLUSTERS.schema),
    }


def test_json_in_the_page_ends_no_element_and_reads_back() -> None:
    text = escaped_json({"name": NASTY})
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == {"name": NASTY}


def test_data_that_look_like_a_mark_of_the_template_stay_data() -> None:
    assert data_of(page_text({"name": NASTY})) == {"name": NASTY}


def test_the_policy_lets_only_the_page_s_own_style_and_script_run() -> None:
    page = page_text({"name": NASTY})
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for rule, element in (("script-src", "script"), ("style-src", "style")):
        (inner,) = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        assert rules[rule] == f"'sha256-{base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()}'"


def test_the_page_names_no_address_and_writes_no_markup() -> None:
    page = page_text({})
    assert set(re.findall(r"https?://[^\s\"']*", page)) == {"http://www.w3.org/2000/svg"}  # a namespace, never fetched
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|@import|url\(", page)
    assert not re.search(r"<[^>]+\s(on\w+|style)=", page)


def test_the_page_can_be_made_from_a_zipped_package(tmp_path: Path) -> None:
    root = Path(stclusters.__file__).parent
    with zipfile.ZipFile(tmp_path / "package.whl", "w") as package:
        for path in sorted(root.rglob("*")):
            if path.suffix in {".py", ".html", ".css", ".js", ".json"} and "sample" not in path.parts:
                package.write(path, path.relative_to(root.parent))
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from stclusters.publish import page, outlines\n"
        "assert page.__file__.startswith(sys.argv[1]), page.__file__\n"
        "print(len(page.page_text({'coastline': outlines.coastline()})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "package.whl")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) == len(page_text({"coastline": outlines.coastline()}))


def test_a_page_of_2500_clusters_is_under_5_mb(spark: SparkSession, tmp_path: Path) -> None:
    write_page(tmp_path / "index.html", about=ABOUT, **frames(spark, 2_500, STAR))  # type: ignore[arg-type]
    assert (tmp_path / "index.html").stat().st_size < 5_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_the_page_holds_ids_as_text_and_figures_as_numbers(spark: SparkSession, tmp_path: Path) -> None:
    write_page(tmp_path / "index.html", about=ABOUT, **frames(spark, 3))  # type: ignore[arg-type]
    data = data_of((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert data["clusters"][1] == [  # type: ignore[index]
        *(str((2 << 40) + 1), 2, "A city of some length–Another city 2", "CH", ["CH", "DE", "FR"]),
        *(500000.0, 1500000.0, 0.09090909091, 0.009900990099, 10.08100810, 56.666667, 10.0, 707.12, 99, 77),
    ]


def test_outlines_are_the_same_shapes_to_200_metres(spark: SparkSession) -> None:
    clusters = frames(spark, 1)["clusters"]
    ((key, (ring,)),) = outlines.page_outlines(clusters).items()  # type: ignore[arg-type]
    assert key == str((1 << 40) + 1)
    x = y = 0
    places = []
    for step_x, step_y in zip(ring[::2], ring[1::2], strict=True):
        x, y = x + step_x, y + step_y
        places.append((x / 1000, y / 1000))
    assert places[0] == places[-1]
    assert len(places) < 60  # of 200
    assert all(0.2 - 0.003 < ((x - 170) ** 2 + (y - 10) ** 2) ** 0.5 < 0.2 + 0.002 for x, y in places)


def test_outlines_that_are_too_many_are_drawn_coarser(spark: SparkSession) -> None:
    clusters = frames(spark, 20)["clusters"]
    fine, coarse, boxes = (outlines.page_outlines(clusters, largest) for largest in (10**6, 2_500, 10))  # type: ignore[arg-type]
    vertices = [sum(len(ring) // 2 for rings in each.values() for ring in rings) for each in (fine, coarse, boxes)]
    assert vertices[0] > vertices[1] > vertices[2] == 20 * 5
    assert len(json.dumps(coarse, separators=(",", ":"))) <= 2_500


def test_an_outline_on_both_sides_of_180_degrees_has_all_its_rings(spark: SparkSession) -> None:
    wkt = "MULTIPOLYGON(((179 1, 180 1, 180 2, 179 1)), ((-180 1, -179 1, -180 2, -180 1)))"
    frame = spark.sql(f"SELECT 5L AS cluster_id, ST_AsBinary(ST_GeomFromWKT('{wkt}')) AS outline")
    east, west = outlines.page_outlines(frame)["5"]
    assert (east[0], west[0]) == (179_000, -180_000)


def test_no_coastline_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(outlines, "files", lambda package: tmp_path)
    assert outlines.coastline() == []


def test_a_ranked_cluster_without_a_place_and_a_missing_column_are_refused(spark: SparkSession, tmp_path: Path) -> None:
    made = frames(spark, 3)
    fewer = made | {"clusters": made["clusters"].limit(2)}  # type: ignore[attr-defined]
    with pytest.raises(GuardFailed, match="1 clusters are not in the table clusters"):
        write_page(tmp_path / "index.html", about=ABOUT, **fewer)
    narrower = made | {"clusters": made["clusters"].drop("lon")}  # type: ignore[attr-defined]
    with pytest.raises(SchemaMismatch, match="lon"):
        write_page(tmp_path / "index.html", about=ABOUT, **narrower)
    assert not list(tmp_path.iterdir())


def test_about_refuses_a_key_that_it_does_not_know() -> None:
    with pytest.raises(ValidationError, match="radius_km"):
        About.model_validate(ABOUT | {"radius_km": 15})


def test_about_says_method_sources_run_and_rejects() -> None:
    source = {
        "name": "Offices",
        "licence": "CC BY 4.0",
        "attribution": "The offices",
        "note": "A sample.",
        "folder": "x",
    }
    about = About.model_validate(
        ABOUT
        | {
            "author_weight": 0.125,
            "patent_window": (2019, 2023),
            "article_window": (2018, 2022),
            "run_id": "R1",
            "version": "0.1.0",
            "sources": [source],
            "rejects": {"null_island": 1, "not_geocoded": 1200, "off_the_globe": 0},
        }
    )
    said = {str(part["heading"]): part for part in about.sections()}
    method = dict(said["Method"]["facts"])  # type: ignore[call-overload]
    assert method["Radius"] == "15 km"
    assert method["Density threshold"] == "4,500 inventor-equivalents"
    assert method["Weight of an author"] == "0.125 (an inventor weighs 1)"
    assert method["Windows"] == "patents 2019–2023, articles 2018–2022"
    assert said["Source: Offices"]["facts"] == [("Licence", "CC BY 4.0"), ("Attribution", "The offices")]
    assert said["Run"]["facts"] == [("Run", "R1"), ("stclusters", "0.1.0")]
    assert said["Rejected rows"]["facts"] == [("not_geocoded", "1,200"), ("null_island", "1")]
    assert about.top_note() == "A sample."
