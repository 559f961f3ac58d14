"""Text files and folders as people save them: what is read, what is refused and how; without Spark."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from stclusters.errors import BadInput
from stclusters.ingest.sources.columns import ADDRESSES
from stclusters.ingest.sources.delimited import BLOCK_BYTES, Layout, _find, _rows, read_delimited
from stclusters.ingest.sources.files import check_files, unread_files
from stclusters.ingest.sources.geocoded_patstat import APPLN
from stclusters.ingest.sources.headers import read_header
from stclusters.ingest.sources.patentsview import PATENT

HEADER = "document_id,kind,lon,lat"
TABLES = ("addresses", "documents", "document_fields", "document_organisations")
WIDE = 'is UTF-16 or UTF-32, as Excel saves "Unicode text": save it as CSV UTF-8'


def check(file: Path, content: bytes) -> tuple[str, ...]:
    """The names of the columns of a file with the content."""
    file.write_bytes(content)
    check_files([file], "csv", file.parent)
    return read_header(file, ADDRESSES.columns).names


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("text", [HEADER, f"\ufeff{HEADER}", '"document_id","kind","lon","lat"', f"\n\n{HEADER},a"])
def test_what_separates_cells_is_seen_by_the_names_of_the_columns(tmp_path: Path, separator: str, text: str) -> None:
    file = tmp_path / "addresses.csv"
    file.write_text(text.replace(",", separator) + "\n", encoding="utf-8")
    names, found = read_header(file, ADDRESSES.columns)
    assert (names[:4], found) == (("document_id", "kind", "lon", "lat"), separator)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"sep=;\n" + HEADER.encode(), 'begins with a line "sep=", which only Excel understands: remove that line'),
        (b'\xef\xbb\xbf"sep=\t"\r\n' + HEADER.encode(), 'begins with a line "sep="'),
        (HEADER.replace(",", "^").encode(), "separates its cells by none of commas, semicolons, tabs, vertical bars"),
        *((HEADER.encode(encoding), WIDE) for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32")),
        (f"{HEADER},Orléans\n".encode("cp1252"), "has bytes that are not UTF-8: save it as UTF-8"),
        (b"PK\x03\x04...", "is a zip file or a workbook, whatever its name says: unpack it, or save its sheet"),
        (b"\xd0\xcf\x11\xe0...", "is a workbook of Excel"),
        (b"PAR1...PAR1", "is a Parquet file, whatever its name says: give its name the ending .parquet"),
    ],
)
@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_a_text_of_another_form_is_refused_with_the_cure(
    tmp_path: Path, content: bytes, sentence: str, ending: str
) -> None:
    file = tmp_path / f"addresses{ending}"
    with pytest.raises(BadInput) as caught:
        check(file, gzip.compress(content) if ending == ".csv.gz" else content)
    assert str(caught.value).startswith(f"{file}: ")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        bytes(5_000),
        gzip.compress(bytes(5_000)),
        f"{HEADER}\nd1,patent,1,2\n".encode() + bytes(3),
        gzip.compress(HEADER.encode()) + bytes(4_096),
    ],
    ids=["nothing else", "nothing else in gzip", "after a row", "after gzip"],
)
def test_zero_bytes_at_the_end_are_a_copy_that_was_cut_off(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / ("addresses.csv.gz" if content[:1] == b"\x1f" else "addresses.csv")
    with pytest.raises(BadInput, match=r"addresses\.csv(\.gz)?: has zero bytes where text should be"):
        check(file, content)


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("addresses.CSV", "rename it to addresses.csv"),
        ("Addresses.Csv.GZ", "rename it to addresses.csv.gz"),
        ("ADDRESSES.PARQUET", "rename it to addresses.parquet"),
        ("addresses.TSV", "rename it to addresses.tsv"),
        ("adresses.csv", "rename it to addresses.csv"),
        ("document-fields.csv", "rename it to document_fields.csv"),
        ("document_organizations.parquet", "rename it to document_organisations.parquet"),
        ("addresses.txt", "rename it to addresses.csv if it is CSV"),
        ("addresses.csv.zip", "unpack it, or pack it by gzip"),
        ("documents.csv.bz2", "unpack it, or pack it by gzip"),
        *((f"addresses{ending}", "save its sheet as CSV UTF-8") for ending in (".xlsx", ".XLS", ".ods")),
        ("addresses (1).csv", "put the parts of the table in a folder addresses"),
        ("documents_2020.parquet", "put the parts of the table in a folder documents"),
        ("addresses.json", "save it as CSV or Parquet"),
    ],
)
def test_a_file_that_looks_like_a_table_and_would_not_be_read_is_refused(tmp_path: Path, name: str, cure: str) -> None:
    (tmp_path / "addresses.csv").write_text(HEADER)
    (tmp_path / name).write_text("x")
    with pytest.raises(BadInput) as caught:
        unread_files(tmp_path, TABLES)
    assert str(caught.value).startswith(f"{tmp_path / name}: looks like the table ")
    assert cure in str(caught.value)


def test_other_files_are_named_and_a_folder_in_capitals_is_refused(tmp_path: Path) -> None:
    for name in ("addresses.csv", "documents.tsv.gz", "kept.csv", "NOTICE", "addresses.csv.md5", "_SUCCESS", ".a.csv"):
        (tmp_path / name).write_text("x")
    assert unread_files(tmp_path, TABLES) == ["kept.csv"]
    (tmp_path / "Documents").mkdir()
    with pytest.raises(BadInput, match=r"Documents: would not be read as the table: write its name in small letters"):
        unread_files(tmp_path, TABLES)


ROWS = "a\tb\n1\t2\n"
LONG = "x" * (BLOCK_BYTES + 1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"{ROWS}3\t{LONG}{LONG}\n4\t5\n", r"has a row of more than 4 MB, the longest that is read \(line 3\)"),
        (f"a\tb\n1\t{'y' * 9}\n3\t" + f'"{LONG}\n{LONG}"\n', r"has a row of more than 4 MB.* \(line 3\)"),
        (f'{ROWS}3\t"4\n' + "5\t6\n" * BLOCK_BYTES, r"has a quote that is never closed \(line 3\)"),
        (f'{ROWS}3\t"4\n5\t6\n', r"has a quote that is never closed \(line 3\)"),
        (ROWS + "\0" * 100, "has zero bytes where text should be"),
        (ROWS + "\0" * 3 * BLOCK_BYTES, "has zero bytes where text should be"),
        (ROWS.rstrip("\n") + "\0", "has zero bytes where text should be"),
        (f"{ROWS}3\n", r"has a row of more or fewer cells than its header \(Expected 2 columns, got 1"),
    ],
    ids=["long", "long over lines", "open to the end", "open", "zeros", "blocks of zeros", "a zero", "fewer cells"],
)
@pytest.mark.parametrize("ending", [".tsv", ".tsv.zip"])
def test_a_bulk_file_says_what_is_wrong_with_it_and_where(
    tmp_path: Path, text: str, sentence: str, ending: str
) -> None:
    file = tmp_path / f"t{ending}"
    if ending == ".tsv":
        file.write_text(text)
    else:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            packed.writestr("t.tsv", text)
    with pytest.raises(BadInput, match=rf"{file.name}: {sentence}.*: .*download it again"):
        list(_rows(file, ("a", "b"), ("a", "b"), "\t"))


@pytest.mark.parametrize(
    ("layout", "names", "sentence"),
    [
        (APPLN, ["tls201_appln.csv", "tls201_part01.csv"], "holds rows of tls201_appln twice, in tls201_appln.csv and"),
        (
            APPLN,
            ["tls201_part01.csv", "tls201_part1.zip"],
            "holds rows of tls201_appln twice, in tls201_part01.csv and",
        ),
        (APPLN, ["TLS201_APPLN.CSV", "tls201_appln.zip"], "holds rows of tls201_appln twice, in TLS201_APPLN.CSV and"),
        (APPLN, ["tls201_part01.zip", "tls201_part03.zip"], "lacks part 02 of tls201_appln"),
        (APPLN, ["tls201_part01.rar"], "tls201_part01.rar: looks like the table tls201_appln and would not be read"),
        (PATENT, ["g_patent.tsv", "g_patent.tsv.zip"], "holds rows of g_patent twice, in g_patent.tsv and"),
        (PATENT, ["g_patent.tsv.zip", "g_patent (1).tsv.zip"], "g_patent (1).tsv.zip: looks like the table g_patent"),
        (PATENT, ["g_patent.TSV.ZIP"], "g_patent.TSV.ZIP: looks like the table g_patent and would not be read"),
    ],
)
def test_a_bulk_table_is_found_once_or_refused(tmp_path: Path, layout: Layout, names: list[str], sentence: str) -> None:
    for name in (*names, "g_patent_abstract.tsv", "tls2011.csv"):
        (tmp_path / name).write_text("x")
    with pytest.raises(BadInput) as caught:
        _find(tmp_path, layout)
    assert sentence in str(caught.value)


def test_parts_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("tls201_part02.zip", "TLS201_PART01.csv", "tls201_part10.txt.gz", "tls209_part01.csv"):
        (tmp_path / name).write_text("x")
    for number in range(3, 10):
        (tmp_path / f"tls201_part0{number}").write_text("x")
    assert [file.name for file in _find(tmp_path, APPLN)][:3:2] == ["TLS201_PART01.csv", "tls201_part03"]
    assert len(_find(tmp_path, APPLN)) == 10


def test_a_bulk_file_that_another_program_saved_is_refused(tmp_path: Path) -> None:
    layout = Layout("t", r"t\.tsv", "t", ("a", "b"))
    for content, sentence in (
        ("a,b\n1,2\n", "separates its cells by commas, and is published with tabs, so another program saved it"),
        ("a;b\n1;2\n", "separates its cells by semicolons, and is published with tabs"),
        ("a\ta\tb\n", "has the column 'a' twice"),
        ("a\tc\n", r"lacks the column b \(it has a, c\)"),
    ):
        (tmp_path / "t.tsv").write_text(content)
        with pytest.raises(BadInput, match=rf"t\.tsv: {sentence}.*: download it again"):
            read_delimited(None, tmp_path, layout)  # type: ignore[arg-type]  # fails before Spark is used
