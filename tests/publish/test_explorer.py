"""The explorer as text: escaping, policy, size, what it holds; tests/publish/test_explorer_in_browser.py opens it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from pydantic import ValidationError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

import stclusters
from pipeline import ROOT
from stclusters.errors import GuardFailed, SchemaMismatch
from stclusters.publish.about import About
from stclusters.publish.explorer import outlines
from stclusters.publish.explorer.clusters import PLACED, RANKED, cluster_rows
from stclusters.publish.explorer.data import explorer_data
from stclusters.publish.explorer.links import link_rows, partner_rows
from stclusters.publish.explorer.noise import noise_cells
from stclusters.publish.explorer.page import escaped_json, page_text, write_explorer
from stclusters.tables import ECONOMY_CLUSTERS

ABOUT = {"edition": 2024, "radius_m": 15_000.0, "min_weight": 4_500.0}
NASTY = "</script><!--<script>&\u2028\u2029{{style}}{{data}}'\"\u202e"
SOURCE = ROOT / "explorer"
NO_NOISE: dict[str, object] = {"step": 0.5, "cells": []}


def data_of(page: str) -> dict[str, object]:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    data: dict[str, object] = json.loads(text)
    return data


CIRCLE = "ST_Buffer(ST_Point(lon, 10D), 0.2, false, 'quad_segs=50')"
STAR = """ST_GeomFromWKT(concat('POLYGON((', array_join(transform(sequence(0, 400), i -> concat_ws(' ',
    lon + (0.1 + 0.1 * pmod(i, 2)) * cos(pmod(i, 400) * pi() / 200),
    10 + (0.1 + 0.1 * pmod(i, 2)) * sin(pmod(i, 400) * pi() / 200))), ','), '))'))"""  # 200 rays: no simpler


def frames(spark: SparkSession, count: int, outline: str = CIRCLE, each: int = 2) -> dict[str, DataFrame]:
    """The result tables of `count` clusters in a row from west to east; `each` fields, partners and links of each."""
    numbered = spark.range(1, count + 1).withColumn("lon", F.expr(f"id * 340D / {max(count, 1)} - 170"))
    clusters = numbered.selectExpr(
        "shiftleft(id, 40) + 1 AS cluster_id",
        "lon",
        "10D AS lat",
        "CAST(707.123456789 AS DOUBLE) AS area_km2",
        "99L AS inventors",
        "77L AS authors",
        f"ST_AsBinary({outline}) AS outline",
    )
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
    kinds = numbered.selectExpr(
        "id", "shiftleft(id, 40) + 1 AS cluster_id", "explode(array('patent', 'article')) AS kind"
    )
    several = kinds.withColumn("n", F.explode(F.sequence(F.lit(1), F.lit(each))))
    fields = several.selectExpr(
        "cluster_id", "kind", "concat('Field ', n) AS field", "1234567 / CAST(n + id AS DOUBLE) AS documents"
    )
    return {
        "clusters": clusters,
        "ranking": ranking,
        "economy_clusters": spark.createDataFrame([], ECONOMY_CLUSTERS.schema),
        "cluster_fields": fields,
        "top_fields": fields.groupBy("kind", "field").agg(F.sum("documents").alias("documents")),
        "foreign_collaboration": kinds.selectExpr(
            "cluster_id", "kind", "id * 10 AS documents", "id AS foreign_documents"
        ),
        "collaboration_links": several.selectExpr(
            *("cluster_id", "concat('E', n) AS partner_economy", "kind"),
            *("if(n = 1, 'domestic', 'foreign') AS scope", "1000L + n AS links"),
        ),
        "cluster_links": several.where(f"id + n <= {count}").selectExpr(
            "cluster_id AS cluster_a", "shiftleft(id + n, 40) + 1 AS cluster_b", "kind", "1000L + n AS links"
        ),
    }


def written(path: Path, tables: dict[str, DataFrame]) -> dict[str, object]:
    """Writes the page of the tables; the data in it."""
    write_explorer(path, explorer_data(tables, NO_NOISE, ABOUT))
    return data_of(path.read_text(encoding="utf-8"))


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
    page = re.sub(r"<!--.*?-->", "", page_text({}), flags=re.DOTALL)  # licences
    assert {found.split("/")[2] for found in re.findall(r"https?://[^\s\"'`]*", page)} == {"www.w3.org"}  # namespaces
    assert not re.search(r"document\.write|eval\(|new Function|@import|url\(|fetch\(|XMLHttpRequest|import\(", page)
    assert not re.search(r"<[^>]+\s(on\w+|style)=", page)
    assert "require-trusted-types-for 'script'; trusted-types 'none'" in page  # no text is made markup, by anyone
    ours = "".join(path.read_text(encoding="utf-8") for path in sorted((SOURCE / "src").rglob("*.js")))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|srcdoc|DOMParser", ours)


def test_the_shipped_asset_is_what_its_source_builds(tmp_path: Path) -> None:
    if not shutil.which("node") or not (SOURCE / "node_modules" / "esbuild").is_dir():
        pytest.skip("Node or its packages are missing: scripts/test installs them where npm is there")
    subprocess.run(["node", "build.mjs", tmp_path / "explorer.html"], cwd=SOURCE, check=True)
    shipped = Path(stclusters.__file__).parent / "publish" / "explorer" / "explorer.html"
    assert (tmp_path / "explorer.html").read_bytes() == shipped.read_bytes()


def test_the_page_can_be_made_from_a_zipped_package(tmp_path: Path) -> None:
    root = Path(stclusters.__file__).parent
    with zipfile.ZipFile(tmp_path / "package.whl", "w") as package:
        for path in sorted(root.rglob("*")):
            if path.suffix in {".py", ".html", ".css", ".js", ".json"} and "sample" not in path.parts:
                package.write(path, path.relative_to(root.parent))
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from stclusters.publish.explorer import page, outlines\n"
        "assert page.__file__.startswith(sys.argv[1]), page.__file__\n"
        "print(len(page.page_text({'coastline': outlines.coastline()})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "package.whl")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) == len(page_text({"coastline": outlines.coastline()}))


def test_a_page_of_2500_clusters_is_under_5_mb_and_says_what_it_leaves_out(spark: SparkSession, tmp_path: Path) -> None:
    data = written(tmp_path / "explorer.html", frames(spark, 2_500, STAR, each=30))
    assert (tmp_path / "explorer.html").stat().st_size < 5_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["explorer.html"]
    partners = data["partners"]
    assert (partners["most"], partners["left_out"]) == (10, 2_500 * 20)  # type: ignore[index]
    assert len(partners["rows"]) == 5 * 2_500 * 10  # type: ignore[index]
    assert data["links"]["left_out"] > 0  # type: ignore[index]


def test_the_page_holds_ids_as_text_and_figures_as_numbers(spark: SparkSession, tmp_path: Path) -> None:
    data = written(tmp_path / "explorer.html", frames(spark, 3))
    assert data["clusters"]["rows"][1] == [  # type: ignore[index]
        *(str((2 << 40) + 1), 2, "A city of some length–Another city 2", "CH", ["CH", "DE", "FR"]),
        *(500000.0, 1500000.0, 0.09090909091, 0.009900990099, 10.08100810, 56.66666667, 10.0, 707.1234568, 99, 77),
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


def test_a_ranked_cluster_without_a_place_and_a_missing_column_are_refused(spark: SparkSession) -> None:
    made = frames(spark, 3)
    with pytest.raises(GuardFailed, match="1 clusters are not in the table clusters"):
        explorer_data(made | {"clusters": made["clusters"].limit(2)}, NO_NOISE, ABOUT)
    with pytest.raises(SchemaMismatch, match="lon"):
        explorer_data(made | {"clusters": made["clusters"].drop("lon")}, NO_NOISE, ABOUT)


def test_columns_of_further_tables_are_there_where_the_tables_have_rows(spark: SparkSession) -> None:
    made = frames(spark, 2)
    ids = [(1 << 40) + 1, (2 << 40) + 1]
    changes = [(ids[0], "moved", 1, 2, 2023), (ids[0], "merged", None, 9, 2023), (ids[1], "entered", None, None, 2023)]
    columns = "cluster_id long, change string, rank_change int, earlier_rank int, earlier_edition int"
    people = (
        "cluster_id long, population double, population_source string, score_per_million double, intensity_rank int"
    )
    more = {"rank_changes": spark.createDataFrame(changes, columns), "intensity": spark.createDataFrame([], people)}
    grid = cluster_rows(made | more)
    assert grid["columns"] == [*RANKED, *PLACED, "change", "rank_change", "earlier_rank", "earlier_edition"]
    assert [row[-4:] for row in grid["rows"]] == [["moved", 1, 2, 2023], ["entered", None, None, 2023]]  # type: ignore[index]
    with pytest.raises(GuardFailed, match="1 clusters are not in the table rank_changes"):
        cluster_rows(made | {"rank_changes": more["rank_changes"].where("change = 'moved'")})


def test_links_are_the_strongest_of_each_cluster_with_both_kinds_in_one_row(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stclusters.publish.explorer.links.strongest_kept", lambda clusters: 1)
    order = {10: 0, 20: 1, 30: 2}
    rows = [
        (10, 20, "patent", 5),
        (10, 30, "article", 4),
        (20, 30, "patent", 1),
        (20, None, "patent", 3),
        (10, 20, "article", 1),
    ]
    made = link_rows(spark.createDataFrame(rows, "cluster_a long, cluster_b long, kind string, links long"), order)
    assert made == {"rows": [0, 1, 5, 1, 0, 2, 0, 4], "most": 1, "left_out": 2}  # 30 keeps its link to 10
    pairs = [
        (10, "FR", "domestic", "patent", 2),
        (10, "GB", "foreign", "article", 3),
        (30, "GB", "foreign", "patent", 1),
    ]
    columns = "cluster_id long, partner_economy string, scope string, kind string, links long"
    partners = partner_rows(spark.createDataFrame(pairs, columns), order)
    assert partners == {"economies": ["GB"], "rows": [0, 0, 1, 0, 3, 2, 0, 1, 1, 0], "most": 1, "left_out": 1}


def test_noise_is_shown_by_rounded_cells_and_none_of_fewer_than_five_records(spark: SparkSession) -> None:
    points = spark.createDataFrame(
        [
            (1, 2.1, 48.9, 3, 1),
            (2, 2.4, 48.6, 0, 30),
            (3, -180.0, -90.0, 5, 0),
            (4, 9.0, 9.0, 2, 2),
            (5, 20.0, 9.0, 900, 0),
        ],
        "point_id long, lon double, lat double, inventors long, authors long",
    )
    labels = spark.createDataFrame(
        [(i, "core" if i == 5 else "noise") for i in range(1, 6)], "point_id long, role string"
    )
    assert noise_cells(points, labels) == {"step": 0.5, "cells": [0, 0, 5, 364, 277, 30]}
    assert noise_cells(points, labels, most=1)["step"] == 2.0


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
    assert said["How to cite"]["paragraphs"][0] == (  # type: ignore[index]
        "Science and technology clusters, edition 2024. Computed with stclusters 0.1.0, run R1, from: Offices"
        " (The offices)."
    )
    assert {"What the numbers are not", "Uncertainty"} < set(said)
