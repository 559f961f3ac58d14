"""Measures the gazetteer on real rows that have both a text and a coordinate.

    python scripts/geocoding_report.py --ror ror_records.csv --works works.jsonl.gz [--failures FOLDER]

Three samples: the organisations of ROR by their city and economy; the affiliation texts of OpenAlex works, each linked
to one institution whose ROR coordinate is known, with the economy that OpenAlex tells of it; and those of the texts in
which the institution's city stands, for others name another place of it, or none. Printed of each: rows, the share that
is matched, and of the matched the median error in km and the share within 15 km. `--failures` writes what is not
matched, and what is far.
"""

import argparse
import sys
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "lib"))

from stclusters.ingest.affiliations import has_city, read_affiliations  # noqa: E402 (path set above)
from stclusters.ingest.economies import normalise_economy  # noqa: E402 (path set above)
from stclusters.ingest.gazetteer import place_cities  # noqa: E402 (path set above)
from stclusters.session import open_session  # noqa: E402 (path set above)
from stclusters.sphere import distance_m  # noqa: E402 (path set above)

WITHIN_M = 15_000
KEYS = ["city", "region", "economy"]


def main() -> None:
    """Prints the samples' figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ror", type=Path, required=True, help="CSV with ror_id, city, country_code, lat, lng")
    parser.add_argument("--works", type=Path, help="OpenAlex works as JSON lines")
    parser.add_argument("--failures", type=Path, help="folder for the rows that are not matched or far")
    arguments = parser.parse_args()
    spark = open_session("geocoding_report", ROOT / "conf" / "spark.conf")
    samples = {"ror": organisations(spark, arguments.ror)}
    if arguments.works:
        samples["openalex"] = affiliations(spark, arguments.works, arguments.ror)
        samples["openalex_naming_the_city"] = samples["openalex"].where("names_city")
    for name, placed in samples.items():
        report(name, placed, arguments.failures)


def organisations(spark: SparkSession, ror: Path) -> DataFrame:
    """Every ROR organisation with a city and a coordinate: `text`, `lon`, `lat` (true), `found_lon`, `found_lat`."""
    rows = _ror(spark, ror).where("city IS NOT NULL AND lon IS NOT NULL")
    asked = rows.select("city", F.lit(None).cast("string").alias("region"), "economy").distinct()
    return _found(rows.withColumn("text", F.concat_ws(", ", "city", "economy")), asked, ["city", "economy"])


def affiliations(spark: SparkSession, works: Path, ror: Path) -> DataFrame:
    """Every distinct affiliation text that is linked to one institution with a coordinate; also `names_city`."""
    affiliation = "struct<raw_affiliation_string string, institution_ids array<string>>"
    institution = "struct<id string, ror string, country_code string>"
    author = f"struct<affiliations array<{affiliation}>, institutions array<{institution}>>"
    authors = (
        spark.read.schema(f"authorships array<{author}>").json(str(works)).select(F.explode("authorships").alias("a"))
    )
    linked = authors.select("a.institutions", F.explode("a.affiliations").alias("f")).where(
        "size(f.institution_ids) = 1"
    )
    stated = linked.select(
        F.col("f.raw_affiliation_string").alias("text"),
        F.expr("get(filter(institutions, i -> i.id = get(f.institution_ids, 0)), 0)").alias("one"),
    ).distinct()
    known = stated.select(
        "text", F.col("one.ror").alias("ror_id"), normalise_economy(F.col("one.country_code")).alias("stated")
    )
    rows = known.join(
        _ror(spark, ror).select("ror_id", "lon", "lat", F.col("city").alias("of_ror")), "ror_id", how="inner"
    )
    rows = rows.withColumn("names_city", has_city(F.col("text"), F.col("of_ror")))
    read = read_affiliations(rows.select("text", "stated"))
    met = rows.join(read, ["text", "stated"], how="inner")
    return _found(met, read.select(*KEYS).where("city IS NOT NULL").distinct(), KEYS)


def _ror(spark: SparkSession, ror: Path) -> DataFrame:
    rows = spark.read.option("header", True).option("escape", '"').csv(str(ror))
    numbers = (F.col(name).try_cast("double").alias(to) for name, to in (("lng", "lon"), ("lat", "lat")))
    return rows.select("ror_id", "city", normalise_economy(F.col("country_code")).alias("economy"), *numbers)


def _found(rows: DataFrame, asked: DataFrame, keys: list[str]) -> DataFrame:
    placed = place_cities(asked).select(
        *(F.col(key).alias(f"asked_{key}") for key in keys),
        F.col("lon").alias("found_lon"),
        F.col("lat").alias("found_lat"),
        "match",
        "reason",
    )
    same = F.lit(True)
    for key in keys:
        same &= rows[key].eqNullSafe(F.col(f"asked_{key}"))
    met = rows.join(placed, same, how="left")
    metres = distance_m(F.col("lon"), F.col("lat"), F.col("found_lon"), F.col("found_lat"))
    return met.withColumn("metres", metres).persist()


def figures(placed: DataFrame) -> dict[str, float]:
    """Rows, the share that is matched, and of the matched the share within 15 km and the median error in km."""
    row = placed.agg(
        F.count("*").alias("rows"),
        F.count("metres").alias("matched"),
        F.count_if(F.col("metres") <= WITHIN_M).alias("near"),
        F.expr("percentile(metres, 0.5)").alias("median"),
    ).collect()[0]
    rows, matched = row["rows"], row["matched"]
    shares = {"matched": matched / rows, "within_15_km": row["near"] / matched}
    return {"rows": rows, **shares, "median_km": row["median"] / 1000}


def report(name: str, placed: DataFrame, failures: Path | None) -> None:
    """Prints the figures of a sample, and writes what failed."""
    found = figures(placed)
    print(
        f"{name}: {found['rows']:,} rows, matched {found['matched']:.4f}, "
        f"of the matched within 15 km {found['within_15_km']:.4f}, median error {found['median_km']:.2f} km"
    )
    if failures:
        failures.mkdir(parents=True, exist_ok=True)
        failed = placed.where((F.col("metres") > WITHIN_M) | F.col("metres").isNull())
        failed.toPandas().to_csv(failures / f"{name}.csv", index=False)


if __name__ == "__main__":
    main()
