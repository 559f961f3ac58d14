"""The OpenAlex snapshot: which works count, where their authors are, and what fails."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

import bulk
from bulk import I1, I2, WORKS, author, work, write_openalex
from conftest import rows_of
from pipeline import PLACE, method_file, run_job, stored
from stclusters.errors import BadInput
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
    ("W1", "A2", None, None, "Lyon", "84", "FR", None),
    ("W7", "A3", None, None, "London", None, "GB", None),
    ("W8", "A4", None, None, None, None, None, None),
    ("W9", "#0", None, None, "Cambridge", "MA", "US", None),
    ("W9", "A5", -0.12574, 51.50853, "London", "ENG", "GB", OF_TEXT),  # the institution has its seat in Paris
    ("W9", "A5", None, None, "London", None, "GB", None),
]
READ = {  # all that the parser makes values of
    *("id", "publication_year", "type", "updated_date", "is_retracted", "primary_topic.field.id"),
    *("is_xpac", "is_authors_truncated", "authorships.author_position"),
    *("authorships.author.id", "authorships.countries", "authorships.raw_affiliation_strings"),
    *(f"authorships.institutions.{name}" for name in ("id", "ror", "country_code", "display_name")),
    *(f"authorships.affiliations.{name}" for name in ("raw_affiliation_string", "institution_ids")),
}
REASONS = {
    **dict.fromkeys(("retracted", "type_excluded", "not_science", "no_topic", "outside_window"), 1),
    **{"superseded": 1, "no_year": 1, None: 4},
}


def read(spark: SparkSession, folder: Path, institutions: Path | None = None) -> RawTables:
    return read_openalex(spark, folder, institutions, (2018, 2022), ("article",))


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
    assert raw.inputs[0]["absent"] == ["is_retracted", "is_xpac"]
    raw.release()


def many(count: int, last: str | None, **changes: Any) -> bulk.Row:
    """A work of so many authors, of whom the last has the position."""
    authors = [author(f"A{number}", I1) | {"author_position": "middle"} for number in range(count)]
    authors[-1]["author_position"] = last
    return work("", *authors, **changes)


TODAY = [  # works of a snapshot of 2026, and what becomes of each: the number of its persons, or a reason
    ("W1", work("", author("A9999999999", I1), author("A9999999999", I2), is_xpac=False), 2),
    ("W2", work("", author("A5317838346", I1, I2), author("a5317838346", I2), author("A7", I1), author("A7", I2)), 3),
    ("W3", work("", author(None, I1), author("", I1), author(" ", I1), {"institutions": [I1]}, {"author": None}), 5),
    ("W4", work("", author("A1", I1), is_xpac=True), "xpac"),
    ("W5", work("", author("A1", I1)), "deleted"),
    ("W6", work("", author("A1", I1), is_retracted=True), "deleted"),
    ("W7", work("", author("A1", I1)), "merged_away"),
    ("W8", work("", author("A1", I1)), "merged_away"),
    ("W11", many(100, "middle"), 100),  # a list that is cut
    ("W12", many(100, "last"), 100),
    ("W13", many(100, None), 100),  # cut, as far as anybody can tell
    ("W14", many(101, "middle"), 101),
    ("W15", many(3, "last", is_authors_truncated=True), 3),  # cut
    ("W16", many(100, "middle", is_authors_truncated=False), 100),
    ("W17", many(100, "middle", is_xpac=True), "xpac"),
]


def write_today(root: Path, layout: str = "data/jsonl") -> Path:
    """A snapshot with the works of TODAY; some of them are deleted or merged, and an institution is deleted."""
    works = [one | {"id": f"https://openalex.org/{name}"} for name, one, _ in TODAY]
    for each in works:  # Parquet has one schema
        for field in ("is_xpac", "is_authors_truncated"):
            each.setdefault(field, None)
    folder = write_openalex(root, works, layout) / layout
    log = b'deleted_date,note,work_id\n2026-08-14,,https://openalex.org/W5\n2026-08-15,"a, b", w6 \n2026-08-16,,\n'
    (folder / "works/deleted_ids.csv.gz").write_bytes(gzip.compress(log))
    (folder / "works/deleted_ids.csv").write_text("work_id,deleted_date\nW8,2026-08-14\nW99,2026-08-14\n")
    (folder / "institutions/deleted_ids.csv").write_text("institution_id\nhttps://openalex.org/I2\n")
    merged = folder / "merged_ids" / "works"
    merged.mkdir(parents=True)
    (merged / "2024-01-01.csv.gz").write_bytes(gzip.compress(b"merge_date,id,merge_into_id\n2024-01-01,W7,W1\n"))
    (merged / "2024-01-02.csv.gz").write_bytes(gzip.compress(b"id,merge_into_id,merge_date\nW8,W2,2024-01-02\n"))
    (folder / "authors/updated_date=2024-05-01").mkdir(parents=True)
    (folder / "authors/updated_date=2024-05-01/part_0000.gz").write_bytes(b"not looked at")
    return root


def test_works_of_today_are_left_out_with_a_reason_and_null_authors_are_persons_of_their_own(
    spark: SparkSession, tmp_path: Path
) -> None:
    raw = read(spark, write_today(tmp_path) / "data/jsonl")
    assert raw.records is not None
    reasons = Counter(what if isinstance(what, str) else None for _, _, what in TODAY)
    assert {row["reason"]: row["rows"] for row in raw.records.collect()} == reasons
    counted = raw.addresses.groupBy("document_id").agg(F.countDistinct("person_id").alias("persons")).collect()
    assert {row["document_id"]: row["persons"] for row in counted} == {
        name: what for name, _, what in TODAY if isinstance(what, int)
    }
    assert raw.flags == {"documents with a cut list of authors": 3}
    places = rows_of(raw.addresses.where("document_id = 'W2'"), "person_id", "city", "lon")
    assert by_text([row[:2] for row in places]) == [
        *(("#0", "Paris"), ("#0", None), ("#1", None)),
        *(("A7", "Paris"), ("A7", None)),
    ]
    assert raw.inputs[0]["include_xpac"] is False
    raw.release()


def test_the_expansion_pack_counts_where_the_setting_says_so_and_its_list_is_kept_in_every_layout(
    spark: SparkSession, tmp_path: Path
) -> None:
    folder = write_today(tmp_path / "b", "data/parquet")
    raw = read_openalex(spark, folder, None, (2018, 2022), ("article",), include_xpac=True)
    assert {"W4", "W17"} < {row[0] for row in rows_of(raw.documents, "document_id")}
    assert ("deleted", 2) in rows_of(raw.records, "reason", "rows")  # type: ignore[arg-type]
    assert raw.flags == {"documents with a cut list of authors": 4}
    raw.release()
    log = folder / "data/parquet/works/deleted_ids.csv"
    for content, sentence in (
        (
            "id_of_work,deleted_date\n",
            r"deleted_ids\.csv: lacks the column work_id \(it has id_of_work, deleted_date\)",
        ),
        (
            "work_id,deleted_date\nW1\n",
            r"deleted_ids\.csv: has a row of more or fewer cells than its header.* \(line 2\)",
        ),
        ("work_id\nW1\n\0\0", r"deleted_ids\.csv: has zero bytes where text should be"),
    ):
        log.write_text(content)
        assert re.search(sentence, fails(spark, folder))


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
    (tmp_path / "nan.csv").write_text("id;lat;lng;city;country_code\nhttps://ror.org/01;NaN;2.35;Paris;FR\n")
    found = read_institutions(spark, tmp_path, tmp_path / "nan.csv")
    assert rows_of(found.frame, found.key, "lon", "lat", "at_city") == [("01", None, None, "Paris")]
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
        *((name, None, "SA") for name in ("A5024332011", "A5068063599")),  # "Yokogawa Saudi Arabia (YKSA)"
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
    raw = read_openalex(spark, tmp_path, ror, (1978, 2025), ("article",))
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
