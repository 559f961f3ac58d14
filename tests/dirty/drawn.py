"""Drawn input: whole files of hostile cells, and valid files that were broken; what may become of them.

Hypothesis draws a pool of cells and a seed, from which files of thousands of rows are filled: so each row is a case.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from pipeline import method_file, place_file, run_job, stored
from stclusters.errors import StclustersError
from stclusters.ingest.sources.faults import read_error
from stclusters.ingest.sources.tables import read_tables

# fmt: off
HOSTILE = [
    "", " ", "\t", "\u00a0", "null", "NULL", "None", "nan", "NaN", "-inf", "Infinity", "1e400", "-1e-400", "0x10",
    "'; DROP TABLE addresses; --", '=HYPERLINK("http://x")', "</script><script>", "{{7*7}}", "../../etc", "%41", "a=b",
    "\x00", "a\x00b", "\u202eevil", "\ufeff", "\ufffd", "\r", "\n", "a\r\nb", "\u2028",
    '"', '""', ",", ";", "\\", "x" * 10_240,
    "٤٨", "12,5", "48°51'N", " 12.5 ", "1_000", "--1", "+", "e", ".", "90.0000001", "180.1", "359", "-0.0", "1e-12",
]
# fmt: on
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
CELL = st.sampled_from(HOSTILE) | TEXT | st.floats().map(repr) | st.integers().map(str)
NUMBERS = ["2.35", "48.86", "-122.4", "37.77", "139.69", "35.68", "0", "180", "-180", "90", "-90", "12", "2020"]
COLUMNS = ("document_id", "kind", "person_id", "address_id", "lon", "lat", "economy", "city", "region", "accuracy")
USUAL = {
    "kind": ["patent", "article"],
    "person_id": ["p", "q", ""],
    "address_id": ["a", "b", ""],
    "lon": NUMBERS,
    "lat": NUMBERS,
    "economy": ["FR", "JP", "US", "EP", ""],
    "city": ["Paris", "Tokyo", ""],
    "region": ["", "Texas"],
    "accuracy": ["city", ""],
    "year": ["2019", "2020", "2021", "2020.0"],
    "type": ["", "article", "B2"],
}
POOLS = st.lists(CELL, min_size=30, max_size=90).map(lambda cells: HOSTILE + cells)  # no table is without one


@dataclass(frozen=True)
class Drawn:
    """An input to be made: the pool of hostile cells, the seed of the choices, the forms of addresses and documents."""

    pool: list[str]
    seed: int
    forms: tuple[str, str]


FORM = st.sampled_from(["csv", "csv.gz", "parquet", "numbers"])  # the last: Parquet with numbers where they belong
DRAWN = st.builds(Drawn, POOLS, st.integers(0, 2**32), st.tuples(FORM, FORM))


def draw_rows(drawn: Drawn, rows: int, columns: tuple[str, ...]) -> list[list[str]]:
    """Rows of usual and hostile cells: three in four have an id of their own, `d` and a number, one in ten is twice."""
    chance = random.Random(drawn.seed)
    made = []
    for number in range(rows):
        row = [
            chance.choice(USUAL[name] if name in USUAL and chance.random() < 0.8 else drawn.pool) for name in columns
        ]
        row[0] = f"d{number}" if chance.random() < 0.75 else chance.choice(drawn.pool)
        made.append(row)
        if chance.random() < 0.1 and len(made) < rows:
            made.append(list(row))
    return made[:rows]


def write_input(folder: Path, drawn: Drawn, rows: int) -> dict[str, list[list[str]]]:
    """Writes addresses and documents of so many rows each in their forms; the rows of each table."""
    folder.mkdir(parents=True)
    tables = {
        "addresses": (COLUMNS, draw_rows(drawn, rows, COLUMNS)),
        "documents": (documents := ("document_id", "kind", "year", "type"), draw_rows(drawn, rows, documents)),
    }
    for (name, (columns, made)), form in zip(tables.items(), drawn.forms, strict=True):
        if form.startswith("csv"):
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerows([columns, *made])
            data = text.getvalue().encode()
            (folder / f"{name}.{form}").write_bytes(gzip.compress(data) if form == "csv.gz" else data)
        else:
            cells = {column: pa.array([row[at] for row in made]) for at, column in enumerate(columns)}
            if form == "numbers":
                cells |= {column: numbers(cells[column]) for column in ("lon", "lat", "year") if column in cells}
            pq.write_table(pa.table(cells), folder / f"{name}.parquet")
    return {name: made for name, (_, made) in tables.items()}


def numbers(cells: pa.Array) -> pa.Array:
    """The cells as doubles; what is no number for Python is a null."""
    made: list[float | None] = []
    for cell in cells.to_pylist():
        try:
            made.append(float(cell))
        except ValueError:
            made.append(None)
    return pa.array(made, pa.float64())


def check_ingest(spark: SparkSession, folder: Path, drawn: Drawn, rows: int) -> None:
    """Ingests the drawn input; every row is kept, rejected or counted as dropped, and none is twice."""
    tables = write_input(folder / "input", drawn, rows)
    place, method = str(place_file(folder, folder / "input")), method_file(folder)
    assert run_job("step1_ingest", "--method", method, "--place", place, "--edition", "2024") == 0
    dropped = stored(spark, folder, "runs").collect()[0]["rejects"]
    for name, made in tables.items():
        kept = Counter(row["document_id"] for row in stored(spark, folder, name).select("document_id").collect())
        rejects = stored(spark, folder, f"{name.removesuffix('es') if name == 'addresses' else name[:-1]}_rejects")
        rejected: Counter[str] = Counter()
        for row in rejects.select("document_id", "rows").collect():
            rejected[row["document_id"]] += row["rows"]
        again = sum(count for reason, count in dropped.items() if reason.startswith(f"{name}: dropped"))
        assert kept.total() + rejected.total() + again == len(made) == rows
        given = Counter(row[0] for row in made if row[0].startswith("d") and row[0][1:].isdigit() and row[0].isascii())
        lost = {key: count for key, count in given.items() if count == 1 and kept[key] + rejected[key] != 1}
        assert not lost
        assert not {key for key, count in given.items() if not 1 <= kept[key] + rejected[key] <= count}


@dataclass(frozen=True)
class Broken:
    """A valid file that something happened to."""

    seed: int
    form: str
    what: str


WHATS = (
    *("cut", "flip", "zero", "insert", "twice", "swap", "no column", "other column", "more columns", "latin", "utf-16"),
    *("bom", "nul", "other ending", "empty", "blank lines", "semicolons", "one cell less", "quote"),
)
BROKEN = st.builds(Broken, st.integers(0, 2**32), st.sampled_from(["csv", "csv.gz", "parquet"]), st.sampled_from(WHATS))


def write_broken(folder: Path, broken: Broken) -> bytes:
    """Writes an input whose addresses are broken; the bytes of the CSV text, or of the file where it is Parquet."""
    chance = random.Random(broken.seed)
    folder.mkdir(parents=True)
    (folder / "documents.csv").write_text("document_id,kind,year\nd1,patent,2020\n")
    columns = ["document_id", "kind", "lon", "lat", "city"]
    rows = [[f"d{n}", "patent", f"{n % 90}.5", f"{n % 45}.25", f"Zürich {n}"] for n in range(chance.randint(0, 60))]
    columns, rows, text_change = change_table(broken.what, chance, columns, rows)
    if broken.form == "parquet":
        cells = {name: [row[at] if at < len(row) else None for row in rows] for at, name in enumerate(columns)}
        sink = io.BytesIO()
        pq.write_table(pa.table({name: pa.array(cell, pa.string()) for name, cell in cells.items()}), sink)
        data = sink.getvalue()
    else:
        data = "".join(",".join(row) + "\n" for row in [columns, *rows]).encode()
        data = text_change(data)
    data = change_bytes(broken.what, chance, data)
    packed = gzip.compress(data) if broken.form == "csv.gz" and broken.what != "other ending" else data
    if broken.form == "csv.gz" and broken.what in ("cut", "flip") and chance.random() < 0.7:
        packed = change_bytes(broken.what, chance, gzip.compress(data))
    (folder / f"addresses.{broken.form}").write_bytes(packed)
    return data


def change_table(what: str, chance: random.Random, columns: list[str], rows: list[list[str]]):  # type: ignore[no-untyped-def]
    """Columns and rows with a change of the table; and what to do with the text of a CSV file."""
    at = chance.randrange(len(columns))
    if what == "no column":
        columns = columns[:at] + columns[at + 1 :]
        rows = [row[:at] + row[at + 1 :] for row in rows]
    elif what == "other column":
        columns = [*columns[:at], "other", *columns[at + 1 :]]
    elif what == "more columns":
        columns, rows = [*columns, "more"], [[*row, "x"] for row in rows]
    elif what == "swap":
        order = chance.sample(range(len(columns)), len(columns))
        columns, rows = [columns[n] for n in order], [[row[n] for n in order] for row in rows]
    elif what == "one cell less" and rows:
        rows[chance.randrange(len(rows))].pop()
    elif what == "quote" and rows:
        rows[chance.randrange(len(rows))][chance.randrange(2, 4)] += '"'
    elif what == "twice":
        columns = [*columns, columns[at]]
        rows = [[*row, row[at]] for row in rows]
    changes = {
        "latin": lambda data: data.decode().encode("latin-1"),
        "utf-16": lambda data: data.decode().encode("utf-16"),
        "bom": lambda data: b"\xef\xbb\xbf" + data,
        "semicolons": lambda data: data.replace(b",", b";"),
        "blank lines": lambda data: data.replace(b"\n", b"\n\n"),
    }
    return columns, rows, changes.get(what, lambda data: data)


def change_bytes(what: str, chance: random.Random, data: bytes) -> bytes:
    """The bytes with a change somewhere."""
    at = chance.randrange(len(data) + 1)
    if what == "cut":
        return data[:at]
    if what == "flip" and data:
        changed = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        return bytes(changed)
    if what == "zero":
        return data[:at] + bytes(len(data[at : at + 40])) + data[at + 40 :]
    if what in ("insert", "nul"):
        return data[:at] + (b"\x00" if what == "nul" else chance.randbytes(chance.randint(1, 30))) + data[at:]
    return b"" if what == "empty" else data


def check_broken(spark: SparkSession, folder: Path, broken: Broken) -> str:
    """`refused` in one sentence that names the file, or `read` with all its rows; else raises `AssertionError`."""
    data = write_broken(folder, broken)
    try:
        rows = read_tables(spark, folder).addresses.collect()
    except Exception as raised:
        sentence = raised if isinstance(raised, StclustersError) else read_error(raised)
        places = (f"addresses.{broken.form}", *["A Parquet file of the input"] * (broken.form == "parquet"))
        if sentence is None or "\n" in str(sentence) or not any(place in str(sentence) for place in places):
            raise AssertionError(f"{broken}: {type(raised).__name__}: {str(raised)[:300]}") from raised
        return "refused"
    assert len(rows) == expected_rows(broken, data), broken
    return "read"


def expected_rows(broken: Broken, data: bytes) -> int:
    """The rows of a file that could be read, counted by another reader."""
    if broken.form == "parquet":
        return int(pq.read_metadata(io.BytesIO(data)).num_rows)
    read = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    return sum(1 for row in read if row) - 1
