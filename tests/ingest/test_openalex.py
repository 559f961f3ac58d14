"""The OpenAlex snapshot: which works count, where their authors are, and what fails."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

import bulk
from bulk import I1, WORKS, author, small_gazetteer, work, write_openalex
from conftest import rows_of
from pipeline import PLACE, method_file, run_job, stored
from stclusters.errors import BadInput
from stclusters.ingest.gazetteer import read_gazetteer
from stclusters.ingest.sources.authorships import OF_TEXT
from stclusters.ingest.sources.institutions import read_institutions
from stclusters.ingest.sources.openalex import WORK, read_openalex, science_fields
from stclusters.ingest.sources.raw_tables import RawTables
from stclusters.ingest.sources.records import FILE, read_records
from stclusters.ingest.sources.snapshot import find_entity
from stclusters.tables import ALL, WRITTEN_BY

ADDRESS = ("document_id", "person_id", "lon", "lat", "city", "region", "economy", "accuracy")
EXPECTED = [
    ("W1", "A1", 2.35, 48.86, "Paris", None, "FR", "city of institution"),
    ("W1", "A1", None, None, "London", None, "GB", None),
    ("W1", "A2", None, None, "Lyon", None, "FR", None),
    ("W7", "A3", None, None, "London", None, "GB", None),
    ("W8", "A4", None, None, None, None, None, None),
    ("W9", "#0", None, None, "Cambridge", "MA", "US", None),
    ("W9", "A5", -0.12574, 51.50853, "London", None, "GB", OF_TEXT),  # the institution has its seat in Paris
    ("W9", "A5", None, None, "London", None, "GB", None),
]
READ = {  # all that the parser makes values of
    *("id", "publication_year", "type", "updated_date", "is_retracted", "primary_topic.field.id"),
    *("authorships.author.id", "authorships.countries", "authorships.raw_affiliation_strings"),
    *(f"authorships.institutions.{name}" for name in ("id", "ror", "country_code", "display_name")),
    *(f"authorships.affiliations.{name}" for name in ("raw_affiliation_string", "institution_ids")),
}
REASONS = {
    **dict.fromkeys(("retracted", "type_excluded", "not_science", "no_topic", "outside_window"), 1),
    **{"superseded": 1, "no_year": 1, None: 4},
}


def read(spark: SparkSession, folder: Path, institutions: Path | None = None) -> RawTables:
    return read_openalex(spark, folder, institutions, small_gazetteer(spark), (2018, 2022), ("article",))


def fails(spark: SparkSession, folder: Path) -> str:
    with pytest.raises(BadInput) as caught:
        read(spark, folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def scanned(works: DataFrame) -> set[str]:
    """The fields, nested ones by their path, that the plan of the works has the parser of their files read."""
    scans = works.select("*")._jdf.queryExecution().sparkPlan().collectLeaves()  # type: ignore[operator]
    schemas = (json.loads(scans.apply(i).requiredSchema().json()) for i in range(scans.size()))
    return {path for schema in schemas for path in leaves(schema)}


def leaves(kind: dict[str, Any] | str, path: str = "") -> Iterator[str]:
    """The paths of the fields of a type, as Spark writes it in JSON, that hold no others."""
    if isinstance(kind, dict) and kind["type"] == "array":
        yield from leaves(kind["elementType"], path)
    elif isinstance(kind, dict):
        for field in kind["fields"]:
            yield from leaves(field["type"], f"{path}.{field['name']}".lstrip("."))
    else:
        yield path


def by_text(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return sorted(rows, key=str)


@pytest.mark.parametrize("layout", ["data/jsonl", "data/parquet"])  # "data" equals them in test_sources.py
def test_every_layout_gives_the_same_articles_and_every_other_work_a_reason(
    spark: SparkSession, tmp_path: Path, layout: str
) -> None:
    raw = read(spark, write_openalex(tmp_path, layout=layout))
    assert by_text(rows_of(raw.addresses, *ADDRESS)) == by_text(EXPECTED)
    assert rows_of(raw.documents, "document_id", "kind", "year", "type") == [
        (name, "article", 2020, "article") for name in ("W1", "W7", "W8", "W9")
    ]
    assert raw.records is not None
    assert {row["reason"]: row["rows"] for row in raw.records.collect()} == REASONS
    assert raw.document_fields is not None
    assert rows_of(raw.document_fields, "document_id", "field") == [
        *((name, "Engineering") for name in ("W1", "W7", "W8")),
        ("W9", "Physics and Astronomy"),
    ]
    assert raw.document_organisations is not None
    assert rows_of(raw.document_organisations, "document_id", "organisation_id", "organisation_name") == [
        *(("W1", name, f"University {name}") for name in ("I1", "I2")),
        ("W7", "I2", "University I2"),
        *(("W9", name, f"University {name}") for name in ("I1", "I2", "I3")),
    ]
    raw.release()
    assert scanned(raw.stored[0]) == READ


def test_the_fields_of_social_sciences_do_not_count() -> None:
    assert len(science_fields()) == 20
    assert "33" not in science_fields()
    assert science_fields()["27"] == "Medicine"


def test_a_file_that_the_manifest_does_not_tell_of_so_fails_by_name(spark: SparkSession, tmp_path: Path) -> None:
    works = write_openalex(tmp_path) / "data" / "works"
    manifest, part = works / "manifest", works / "updated_date=2024-05-01" / "part_000.gz"
    told = manifest.read_text()
    other = works / "updated_date=2024-05-02" / "old part.gz"
    other.write_bytes(part.read_bytes())
    assert "old part.gz: is not in manifest" in fails(spark, tmp_path)
    other.unlink()
    manifest.write_text(told.replace("05-02/part_000.gz", "05-02/part_001.gz"))
    assert "part_001.gz, which is not there" in fails(spark, tmp_path)
    manifest.write_text(told.replace(f'"content_length": {part.stat().st_size}', '"content_length": 7'))
    assert f"part_000.gz: has {part.stat().st_size} bytes, and 7 in manifest" in fails(spark, tmp_path)
    manifest.write_text(told.replace('"record_count": 6', '"record_count": 60'))
    assert "05-01/part_000.gz: has 6 records, and 60 in the manifest" in fails(spark, tmp_path)
    manifest.unlink()
    (tmp_path / "data" / "manifest.json").write_text(f'{{"works": {told}}}')  # of all entities, as in newer snapshots
    read(spark, tmp_path).release()


def test_a_field_that_no_work_has_fails_unless_it_is_one_that_old_snapshots_lack(
    spark: SparkSession, tmp_path: Path
) -> None:
    def without(name: str) -> list[bulk.Row]:
        return [{key: value for key, value in one.items() if key != name} for one in WORKS]

    assert "no work has the field authorships" in fails(spark, write_openalex(tmp_path / "a", without("authorships")))
    raw = read(spark, write_openalex(tmp_path / "b", without("is_retracted")))
    assert raw.inputs[0]["absent"] == ["is_retracted"]
    raw.release()


def test_records_merged_into_others_do_not_count(spark: SparkSession, tmp_path: Path) -> None:
    folder = write_openalex(tmp_path)
    merged = folder / "data" / "merged_ids" / "works"
    merged.mkdir(parents=True)
    row = b"merge_date,id,merge_into_id\n2024-01-01,W9,W1\n"
    (merged / "2024-01-01.csv.gz").write_bytes(gzip.compress(row))
    raw = read(spark, folder)
    assert ("merged_away", 1) in rows_of(raw.records, "reason", "rows")  # type: ignore[arg-type]
    assert "W9" not in {row[0] for row in rows_of(raw.documents, "document_id")}
    raw.release()


def test_coordinates_come_from_ror_in_each_of_its_schemas(spark: SparkSession, tmp_path: Path) -> None:
    details = {"lat": 48.86, "lng": 2.35, "name": "Paris", "country_code": "FR"}
    second = [{"id": "https://ror.org/01", "locations": [{"geonames_details": details}]}]
    place = {"lat": 48.86, "lng": 2.35, "city": "Paris"}
    first = [{"id": "https://ror.org/01", "addresses": [place], "country": {"country_code": "FR"}}]
    texts = {
        "v2.json": json.dumps(second),
        "v1.json": json.dumps(first),
        "own.csv": 'ror_id,name,city,country_code,lat,lng\nhttps://ror.org/01,"a, b",Paris,FR,48.86,2.35\n',
        "v2.csv": "id,locations.geonames_details.country_code,locations.geonames_details.lat,"
        "locations.geonames_details.lng,locations.geonames_details.name\n"
        "https://ror.org/01,FR; GB,48.86; 51.5,2.35; 0,Paris; London\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        found = read_institutions(spark, tmp_path, tmp_path / name)
        assert rows_of(found.frame, found.key, "lon", "lat", "at_city", "at_economy") == [
            ("01", 2.35, 48.86, "Paris", "FR")
        ], name
    (tmp_path / "bad.csv").write_text("id,lat\nx,1\n")
    with pytest.raises(BadInput, match=r"bad\.csv: lacks the column lng or "):
        read_institutions(spark, tmp_path, tmp_path / "bad.csv")


def test_the_step_records_what_was_left_out_and_no_name_of_a_person(spark: SparkSession, tmp_path: Path) -> None:
    source = write_openalex(
        tmp_path / "snapshot", [*WORKS, work("W11", author("A9", I1, texts={"CANARY, Person": []}))]
    )
    place = tmp_path / "place.toml"
    place.write_text(PLACE.format(folder=tmp_path, source=source) + 'kind = "openalex"\n')
    assert run_job("step1_ingest", "--method", method_file(tmp_path), "--place", str(place), "--edition", "2024") == 0
    record = stored(spark, tmp_path, "runs").collect()[0]
    assert record["rows_in"]["works"] == len(WORKS) + 1
    assert record["rejects"]["works: retracted"] == 1
    assert record["guards"]["records of the source are documents or left out with a reason"] == "held"
    written = [table.name for table in ALL if WRITTEN_BY.get(table.name) == "ingest"]
    rows = [row for name in written for row in stored(spark, tmp_path, name).toJSON().collect()]
    assert len(rows) > len(EXPECTED)
    assert not [row for row in rows if "CANARY" in row]


@pytest.mark.cluster
def test_hundreds_of_files_that_cannot_be_split_are_read_by_few_tasks_each_and_their_works_spread_evenly(
    spark: SparkSession, tmp_path: Path
) -> None:
    """300 gzip files, the last with as many works as all others; it is larger than what a task shall read."""
    part = tmp_path / "works" / "updated_date=2024-05-01"
    part.mkdir(parents=True)
    ids = iter(range(10_000))
    for number in range(300):
        count = number % 7 + 1 if number < 299 else 1_200
        lines = (json.dumps(work(f"W{next(ids)}", author("A1", I1))) + "\n" for _ in range(count))
        (part / f"part_{number:03d}.gz").write_bytes(gzip.compress("".join(lines).encode()))
    works, large = next(ids), (part / "part_299.gz").stat().st_size
    institutions = tmp_path / "ror.csv"
    institutions.write_text("ror_id,city,country_code,lat,lng\nhttps://ror.org/01,Paris,FR,48.86,2.35\n")
    settings = {
        "spark.sql.files.openCostInBytes": large // 30,
        "spark.sql.files.maxPartitionBytes": large // 2,
        "spark.sql.adaptive.enabled": "false",  # which joins partitions as small as these
        "spark.sql.shuffle.partitions": 8,
    }
    before = {name: spark.conf.get(name) for name in settings}
    try:
        for name, value in settings.items():
            spark.conf.set(name, value)
        records = read_records(spark, find_entity(tmp_path, "works"), WORK)
        of_task = records.groupBy(F.spark_partition_id().alias("task"))
        tasks = of_task.agg(F.collect_set(FILE).alias("files"), F.count("*").alias("rows")).collect()
        raw = read(spark, tmp_path, institutions)
        spread = [row["count"] for row in raw.stored[0].groupBy(F.spark_partition_id()).count().collect()]
        raw.release()
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)
    assert sum(len(task["files"]) for task in tasks) == 300  # each by one task
    assert [len(task["files"]) for task in tasks if task["rows"] >= 1_200] == [1]
    assert 20 <= len(tasks) <= 60
    assert max(len(task["files"]) for task in tasks) <= 15
    assert sum(spread) == works
    assert len(spread) == 8
    assert max(spread) < 1.3 * works / 8


DHAHRAN, UPPSALA, LORRAINE = (50.11396, 26.28864), (17.63889, 59.85882), (6.18496, 48.68439)
LYON, EDMONTON, GENOA, LAHORE = (4.8795, 45.76601), (-113.46871, 53.55014), (8.94439, 44.40478), (74.35071, 31.558)
KHALIFA, GHENT, WARSAW, VANDOEUVRE = (54.394864, 24.447926), (3.71667, 51.05), (21.01178, 52.22977), (6.17114, 48.66115)
READ_BY_HAND: dict[
    str, list[tuple[str, object, str | None]]
] = {  # author, coordinate of the institution or city, economy
    "W2992404189": [
        ("A5040276116", (10.76028, 34.74056), "TN"),
        *((name, LYON, "FR") for name in ("A5084630459", "A5113658841")),
        ("A5085774022", (10.16579, 36.81897), "TN"),
        ("A5113097444", None, None),  # "faculté des sciences de Bizerte7021 JerzounaTunisie"
    ],
    "W3182053178": [
        ("A5061877618", (-83.01654, 42.30008), "CA"),
        ("A5061877618", (44.01193, 36.18333), "IQ"),
        *((name, KHALIFA, "AE") for name in ("A5018306569", "A5002268178", "A5057027693")),
        ("A5005194128", "Olomouc", "CZ"),  # a text without an institution
    ],
    "W4381888125": [
        *((name, DHAHRAN, "SA") for name in ("A5058048471", "A5029149528")),
        *((name, None, None) for name in ("A5024332011", "A5068063599")),  # "Yokogawa Saudi Arabia (YKSA)"
        ("A5014851309", None, "AE"),  # a company and an economy
    ],
    "W3189378671": [  # the CNRS has its seat in Paris, and the text says Nancy
        *(("A5063047677", place, "SE") for place in ("Stockholm", (18.06871, 59.32938), UPPSALA)),
        *((name, place, "FR") for name in ("A5080802270", "A5037048103") for place in (VANDOEUVRE, "Nancy", LORRAINE)),
        *((name, UPPSALA, "SE") for name in ("A5009361967", "A5081602852")),
    ],
    "W2955843737": [  # an institution that the file of ROR lacks, by its text
        *((name, "Dhahran", "SA") for name in ("A5030587820", "A5103799444", "A5012935449")),
        *((name, EDMONTON, "CA") for name in ("A5071875690", "A5111738454")),
    ],
    "W3175753205": [  # two authors of whom nothing is told
        *((name, None, None) for name in ("A5061408724", "A5058048370")),
        *((name, GENOA, "IT") for name in ("A5045365140", "A5025816670")),
    ],
    "W3028539868": [
        *((name, LAHORE, "PK") for name in ("A5031623196", "A5068231423")),
        ("A5008349940", (113.99163, 4.39928), "MY"),
        ("A5081158895", (115.8614, -31.95224), "AU"),
    ],
    "W4411150029": [  # the texts beside the institution are departments
        (name, DHAHRAN, "SA") for name in ("A5030821849", "A5025636051", "A5010595990", "A5046818830")
    ],
    "W2158291297": [
        *(("A5043278996", place, "FR") for place in ("Rennes", (-1.67429, 48.11198), (-1.67431, 48.11109))),
        ("A5043278996", GHENT, "BE"),
        ("A5043278996", "Uppsala", "SE"),  # a text beside the institutions
        ("A5039685767", (11.97947, 51.48158), "DE"),
        *(("A5017625781", WARSAW, "PL") for _ in range(2)),  # two institutions, one place
        ("A5029025019", GHENT, "BE"),
    ],
    "W2134130095": [  # the texts say Dhahran and Perth, and the institutions are in Houston and Canberra
        ("A5039734802", DHAHRAN, "SA"),
        ("A5039734802", "Dhahran", "SA"),
        ("A5054186525", "Perth", "AU"),
        ("A5103499964", (-0.12574, 51.50853), "GB"),
        ("A5103499964", DHAHRAN, "SA"),
    ],
    "W2736992399": [],  # of arts and humanities
    "W103112271": [],  # a chapter of a book
}


@pytest.mark.cluster
def test_real_works_have_the_addresses_that_one_reads_in_them(
    spark: SparkSession, shared: Path, tmp_path: Path
) -> None:
    works = tmp_path / "works" / "part_000.gz"
    works.parent.mkdir()
    works.write_bytes((shared / "data/openalex/works_raw_subset.jsonl.gz").read_bytes())
    ror = shared / "data/ror/ror_records_latest.csv"
    raw = read_openalex(spark, tmp_path, ror, read_gazetteer(spark), (1978, 2025), ("article",))
    assert raw.records is not None
    assert {row["reason"]: row["rows"] for row in raw.records.collect()} == {
        **{None: 4_582, "type_excluded": 858, "no_topic": 91, "not_science": 69, "outside_window": 21},
    }
    found: dict[str, list[tuple[str, object, str | None]]] = {name: [] for name in READ_BY_HAND}
    for row in raw.addresses.where(F.col("document_id").isin(*READ_BY_HAND)).collect():
        by_city = row["lon"] is None or row["accuracy"] == OF_TEXT
        place = row["city"] if by_city else (row["lon"], row["lat"])
        found[row["document_id"]].append((row["person_id"], place, row["economy"]))
    for name, rows in READ_BY_HAND.items():
        assert sorted(found[name], key=str) == sorted(rows, key=str), name
    raw.release()
