"""Times the clustering beside its peers and its limits on calibrated worlds, and holds its labels against scikit-learn.

    scripts/setup --group bench
    . .tools/environment.sh
    .venv/bin/python scripts/bench_cluster.py [--rows 1000000 5000000 31000000] [--folder build/bench_cluster]

Every contender runs in a process of its own, whose memory is that of the driver, the Java machine and all workers
together. Worlds are made where they are not there yet. The table is printed, and kept in FOLDER/cluster.md.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from _bench import ROOT, in_process_of_its_own, keep_nothing, make_world, tell, timed
from stclusters.cluster.dbscan import label_points
from stclusters.cluster.local import label_arrays
from stclusters.cluster.points import equal_weight, fold_points
from stclusters.session import open_session
from stclusters.sphere import EARTH_RADIUS_M, TIE_M, chord, latitudes, longitudes, point_id, unit_vectors

RADIUS_M = 15_000.0
FULL_ROWS, FULL_WEIGHT = (
    31_000_000,
    4_500.0,
)  # the published threshold is for the full input; smaller worlds have a part
REPEATS = 3
WARM_UP_ROWS = 100_000
EXACT_POINTS = 1_000_000
EXACT_RADIUS_M = 5_000.0  # scikit-learn holds every pair of neighbours: at 15 km they would take over 100 GB
SEDONA_POINTS = (250, 1_000, 4_000, 8_000)
DIFFERENT = 5  # exit code where labels are not those of another way to compute them
PATIENCE_S = 400.0  # a peer that takes longer is not asked for a larger size


def min_weight(rows: int) -> float:
    """The threshold for a world of so many rows, in inventor-equivalents."""
    return max(1.0, float(round(FULL_WEIGHT * rows / FULL_ROWS)))


def addresses_of(folder: Path, rows: int) -> Path:
    """The Parquet files of the addresses of a world of so many rows, made if they are not there."""
    return make_world(folder, rows) / "input" / "addresses"


def read_points(spark: SparkSession, addresses: Path) -> DataFrame:
    """The folded points of Parquet files with `kind`, `lon` and `lat`."""
    raw = spark.read.parquet(str(addresses.absolute()))
    return fold_points(raw.select("kind", point_id(F.col("lon"), F.col("lat")).alias("point_id")))


def label(spark: SparkSession, addresses: Path, rows: int, weight: Fraction | None = None) -> DataFrame:
    """The labels of all points: what step 2 does up to its table `point_labels` before merging."""
    points = read_points(spark, addresses).persist()
    return label_points(points, RADIUS_M, min_weight(rows), weight or equal_weight(points))


def measure_spark(folder: Path, rows: int) -> dict[str, Any]:
    """Ours and the limit in Spark in turn: read and fold alone, then all. Medians after a warm-up."""
    spark = open_session("bench_cluster", ROOT / "conf" / "spark.conf")
    small, addresses = addresses_of(folder, WARM_UP_ROWS), addresses_of(folder, rows)
    for _ in range(2):
        keep_nothing(read_points(spark, small))
        keep_nothing(label(spark, small, WARM_UP_ROWS))
        spark.catalog.clearCache()
    limits, ours = [], []
    for _ in range(REPEATS):
        limits.append(timed(lambda: keep_nothing(read_points(spark, addresses))))
        ours.append(timed(lambda: keep_nothing(label(spark, addresses, rows))))
        spark.catalog.clearCache()
    points = read_points(spark, addresses).persist()
    points.write.mode("overwrite").parquet(str((folder / f"points_{rows}").absolute()))
    of_all = points.agg(F.count("*"), F.sum(F.col("inventors") + F.col("authors"))).collect()[0]
    labels = label(spark, addresses, rows)
    labels.write.mode("overwrite").parquet(str((folder / f"labels_{rows}").absolute()))
    clusters = labels.select("cluster_id").distinct().where("cluster_id IS NOT NULL").count()
    return {"limit": middle(limits), "ours": middle(ours), "points": of_all[0], "rows": of_all[1], "clusters": clusters}


def middle(runs: list[dict[str, Any]]) -> dict[str, float]:
    """The medians of seconds and processor seconds."""
    return {name: median(one[name] for one in runs) for name in ("seconds", "cpu")}


def measure_native(folder: Path, rows: int) -> dict[str, Any]:
    """DuckDB scans and folds on all cores, then the arrays are labelled in one process; and are the labels the same?"""
    import duckdb

    lat, lon = "round_even((lat + 90) * 1e6, 0)::BIGINT", "round_even((lon + 180) * 1e6, 0)::BIGINT % 360000000"
    query = f"""SELECT ({lat} << 32) + CASE WHEN abs(lat) = 90 THEN 0 ELSE {lon} END AS point_id,
        count(*) FILTER (kind = 'patent') AS inventors, count(*) FILTER (kind <> 'patent') AS authors
        FROM read_parquet('{addresses_of(folder, rows)}/*.parquet') GROUP BY 1"""

    def solve() -> tuple[Any, Any, Any]:
        found = duckdb.connect(config={"threads": os.cpu_count() or 1}).execute(query).fetchnumpy()
        inventors, authors = (np.asarray(found[name], np.int64) for name in ("inventors", "authors"))
        ids, weight = np.asarray(found["point_id"]), Fraction(int(inventors.sum()), int(authors.sum()))
        return ids, *label_arrays(ids, inventors, authors, RADIUS_M, min_weight(rows), weight)

    first = timed(solve)
    second = timed(solve)
    ids, core, cluster = second.pop("found")
    first.pop("found")
    stored = read_arrays(folder / f"labels_{rows}", "point_id")
    order = np.argsort(ids)
    same = (
        np.array_equal(ids[order], stored["point_id"])
        and np.array_equal(cluster[order], stored["cluster_id"])
        and np.array_equal(core[order], stored["role"] == "core")
    )
    return {**min((first, second), key=lambda one: float(one["seconds"])), "same": bool(same)}


def read_arrays(parquet: Path, order: str) -> dict[str, Any]:
    """The columns of Parquet files as arrays, in the order of one of them; -1 for a cluster that is none."""
    import pyarrow.parquet as pq

    table = pq.read_table(parquet).sort_by(order)
    columns = {name: table[name] for name in table.column_names}
    return {name: (one.fill_null(-1) if name == "cluster_id" else one).to_numpy() for name, one in columns.items()}


def radians_of(ids: Any) -> Any:
    """Latitude and longitude in radians, as scikit-learn's haversine wants them."""
    return np.radians(np.stack([latitudes(ids), longitudes(ids)], axis=1))


def fit_sklearn(points: dict[str, Any], radius_m: float, least: float) -> dict[str, Any]:
    """scikit-learn's DBSCAN on folded points with weights, in whole numbers: inventors and authors weigh the same."""
    from sklearn.cluster import DBSCAN

    authors = Fraction(int(points["inventors"].sum()), int(points["authors"].sum()))
    weight = points["inventors"] * authors.denominator + points["authors"] * authors.numerator
    reach, samples = (radius_m + TIE_M) / EARTH_RADIUS_M, math.ceil(least * authors.denominator)
    model = DBSCAN(eps=reach, min_samples=samples, metric="haversine", algorithm="ball_tree", n_jobs=-1)
    radians = radians_of(points["point_id"])
    return timed(lambda: model.fit(radians, sample_weight=weight))


def measure_sklearn(folder: Path, rows: int) -> dict[str, Any]:
    """scikit-learn on points already folded: reading and folding are not counted."""
    result = fit_sklearn(read_arrays(folder / f"points_{rows}", "point_id"), RADIUS_M, min_weight(rows))
    del result["found"]
    return result


def measure_pypi(folder: Path, rows: int) -> dict[str, Any]:
    """The package `dbscan` on unit vectors of all rows: it takes no weights, so that every address weighs 1."""
    from dbscan import DBSCAN

    points = read_arrays(folder / f"points_{rows}", "point_id")
    vectors = np.repeat(unit_vectors(points["point_id"]), points["inventors"] + points["authors"], axis=0)
    reach, least = chord(RADIUS_M + TIE_M), math.ceil(min_weight(rows))
    result = timed(lambda: DBSCAN(vectors, reach, least))
    _, core = result.pop("found")
    ours, _ = label_arrays(
        *(points[name] for name in ("point_id", "inventors", "authors")), RADIUS_M, least, Fraction(1)
    )
    first = np.append(0, np.cumsum(points["inventors"] + points["authors"])[:-1])
    return {**result, "wrong": int((np.asarray(core)[first] != ours).sum())}


def measure_sedona(folder: Path, rows: int) -> dict[str, Any]:
    """Sedona's dbscan and ours on more and more points round the densest place, until it takes too long."""
    from sedona.spark.stats import dbscan

    spark = open_session("bench_cluster", ROOT / "conf" / "spark.conf")
    points = read_arrays(folder / f"points_{rows}", "point_id")
    vectors = unit_vectors(points["point_id"])
    heaviest = vectors[np.argmax(points["inventors"] + points["authors"])]
    nearest = np.argsort(((vectors - heaviest) ** 2).sum(axis=1))
    result: dict[str, Any] = {}
    for size in SEDONA_POINTS:
        ids = np.sort(points["point_id"][nearest[:size]])
        some = list(zip(ids.tolist(), longitudes(ids).tolist(), latitudes(ids).tolist(), strict=True))
        frame = spark.createDataFrame(some, "point_id long, lon double, lat double").persist()
        frame.count()
        counted = frame.withColumns({"inventors": F.lit(1).cast("long"), "authors": F.lit(0).cast("long")})
        drawn = frame.select("point_id", F.expr("ST_Point(lon, lat)").alias("geometry"))

        def sedona(drawn: DataFrame = drawn) -> None:
            keep_nothing(dbscan(drawn, RADIUS_M, 10, use_spheroid=True))

        def ours(counted: DataFrame = counted) -> None:
            keep_nothing(label_points(counted, RADIUS_M, 10, Fraction(1)))

        ours()
        own = middle([timed(ours) for _ in range(REPEATS)])
        try:
            theirs = timed(sedona)
        except Exception as error:  # out of memory: the size before is its largest
            print(f"Sedona, {size} points: {str(error).strip().splitlines()[0][:100]}", flush=True)
            break
        result = {"points": size, "seconds": theirs["seconds"], "cpu": theirs["cpu"], "ours": own}
        print(f"Sedona, {size} points: {theirs['seconds']:.1f} s, ours {own['seconds']:.1f} s", flush=True)
        if theirs["seconds"] > PATIENCE_S / 4:  # twice the points take four times as long
            break
    return result


def measure_exact(folder: Path, rows: int) -> dict[str, Any]:
    """Ours in Spark against scikit-learn on a million folded points: core, border and noise, and the clusters."""
    from sklearn.metrics import adjusted_rand_score

    spark = open_session("bench_cluster", ROOT / "conf" / "spark.conf")
    all_points = spark.read.parquet(str((folder / f"points_{rows}").absolute()))
    chosen = all_points.orderBy(F.xxhash64("point_id")).limit(EXACT_POINTS).persist()
    least = 50.0
    labels = label_points(chosen, EXACT_RADIUS_M, least, equal_weight(chosen)).toArrow().sort_by("point_id")
    columns = chosen.toArrow().sort_by("point_id")
    points = {name: columns[name].to_numpy() for name in columns.column_names}
    theirs = fit_sklearn(points, EXACT_RADIUS_M, least)
    model = theirs.pop("found")
    role, cluster = np.array(labels["role"].to_pylist()), labels["cluster_id"].fill_null(-1).to_numpy()
    is_core = np.zeros(len(role), bool)
    is_core[model.core_sample_indices_] = True
    border = (role == "border") & (model.labels_ >= 0) & ~is_core
    core_of = dict(zip(model.labels_[is_core].tolist(), cluster[is_core].tolist(), strict=True))
    elsewhere = sum(
        core_of[a] != b for a, b in zip(model.labels_[border].tolist(), cluster[border].tolist(), strict=True)
    )
    return {
        **theirs,
        "points": len(role),
        "core": int(is_core.sum()),
        "core_equal": bool(np.array_equal(role == "core", is_core)),
        "noise_equal": bool(np.array_equal(role == "noise", model.labels_ == -1)),
        "rand": float(adjusted_rand_score(model.labels_[is_core], cluster[is_core])),
        "border": int(border.sum()),
        "border_elsewhere": int(elsewhere),
    }


CONTENDERS: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "spark": measure_spark,
    "native": measure_native,
    "sklearn": measure_sklearn,
    "pypi": measure_pypi,
    "sedona": measure_sedona,
    "exact": measure_exact,
}


def compare(folder: Path, sizes: list[int]) -> dict[str, dict[str, Any]]:
    """The results of all contenders: every size for ours and the limits, sizes that they bear for the peers."""
    asked = [(name, rows) for rows in sizes for name in ("spark", "native")]
    asked += [("sklearn", rows) for rows in sizes if rows <= 5_000_000]
    asked += [("pypi", sizes[0]), ("sedona", sizes[0]), ("exact", sizes[-1])]
    results = {}
    for name, rows in asked:
        addresses_of(folder, WARM_UP_ROWS)
        addresses_of(folder, rows)
        started = time.perf_counter()
        arguments = ["--measure", name, "--rows", str(rows), "--folder", str(folder)]
        try:
            results[f"{name} {rows}"] = in_process_of_its_own(Path(__file__), arguments)
        except RuntimeError as error:
            results[f"{name} {rows}"] = {"failed": str(error)}
        print(f"{name:8} {rows:>11,} rows: {time.perf_counter() - started:6.0f} s", file=sys.stderr, flush=True)
    return results


def table(results: dict[str, dict[str, Any]], sizes: list[int]) -> list[str]:
    """The table, in Markdown."""
    lines = [
        f"{os.cpu_count()} cores, {platform.machine()}, {date.today()}; radius 15 km, threshold 4,500 per 31 M rows.",
        "",
        "| what | rows | points | wall s | CPU s | peak GiB | ratio |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]

    def row(what: str, rows: int, points: int, one: dict[str, Any], peak: float | str, ratio: str) -> None:
        memory = peak if isinstance(peak, str) else f"{peak:.1f}"
        lines.append(
            f"| {what} | {rows:,} | {points:,} | {one['seconds']:.1f} | {one['cpu']:.1f} | {memory} | {ratio} |"
        )

    def result(name: str, rows: int) -> dict[str, Any] | None:
        found = results.get(f"{name} {rows}")
        if found and "failed" in found:
            lines.append(f"| {name} | {rows:,} | | failed | | | {found['failed'].splitlines()[-1][:80]} |")
            return None
        return found

    for rows in sizes:
        if spark := result("spark", rows):
            points, limit, ours = spark["points"], spark["limit"], spark["ours"]
            row("Spark reads and folds, nothing else (the limit)", rows, points, limit, "", "1")
            ratio = f"{ours['seconds'] / limit['seconds']:.2f} of the limit"
            row("**ours: Parquet to labels**", rows, points, ours, spark["peak_gib"], ratio)
            if native := result("native", rows):
                of_native = ours["seconds"] / native["seconds"]
                note = f"ours takes {of_native:.2f} of it; labels {'equal' if native['same'] else 'DIFFER'}"
                row("DuckDB folds, one process labels", rows, points, native, native["peak_gib"], note)
            if sklearn := result("sklearn", rows):
                note = f"ours is {sklearn['seconds'] / ours['seconds']:.0f} times faster, folding included"
                row("scikit-learn, ball tree, folded points", rows, points, sklearn, sklearn["peak_gib"], note)
    if (pypi := result("pypi", sizes[0])) and "points" in results[f"spark {sizes[0]}"]:
        note = f"{pypi['wrong']} core flags wrong; no weights"
        row(
            "PyPI dbscan, 3-D, in memory",
            sizes[0],
            results[f"spark {sizes[0]}"]["points"],
            pypi,
            pypi["peak_gib"],
            note,
        )
    if sedona := result("sedona", sizes[0]):
        ours_s = sedona["ours"]["seconds"]
        note = f"ours is {sedona['seconds'] / ours_s:.0f} times faster ({ours_s:.2f} s)"
        row("Sedona dbscan, one dense place", sedona["points"], sedona["points"], sedona, sedona["peak_gib"], note)
    if exact := result("exact", sizes[-1]):
        words = {name: "equal" if exact[f"{name}_equal"] else "DIFFER" for name in ("core", "noise")}
        lines += [
            "",
            f"Against scikit-learn on {exact['points']:,} folded points (radius {EXACT_RADIUS_M / 1000:g} km): core "
            f"{words['core']} ({exact['core']:,}), noise {words['noise']}, adjusted Rand index of core points "
            f"{exact['rand']:.6f}; {exact['border_elsewhere']:,} of {exact['border']:,} border points are in another "
            "cluster there, by order of the data.",
        ]
    timings = [(rows, results[f"spark {rows}"]) for rows in sizes if "ours" in results[f"spark {rows}"]]
    for (fewer, before), (more, after) in pairwise(timings):
        growth = (after["ours"]["seconds"] / before["ours"]["seconds"]) / (more / fewer)
        lines += ["", f"From {fewer:,} to {more:,} rows the time grows {growth:.2f} times as fast as the rows."]
    return lines


def main() -> None:
    """Measures one contender where it is asked for, else all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 5_000_000, FULL_ROWS])
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench_cluster")
    parser.add_argument("--measure", choices=CONTENDERS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        tell(CONTENDERS[asked.measure](asked.folder, asked.rows[0]))
        return
    asked.folder.mkdir(parents=True, exist_ok=True)
    results = compare(asked.folder, asked.rows)
    (asked.folder / "cluster.json").write_text(json.dumps(results, indent=1))
    text = "\n".join(table(results, asked.rows)) + "\n"
    (asked.folder / "cluster.md").write_text(text)
    print(text)
    if "DIFFER" in text or any(one.get("rand", 1.0) != 1.0 for one in results.values()):
        sys.exit(DIFFERENT)


if __name__ == "__main__":
    main()
