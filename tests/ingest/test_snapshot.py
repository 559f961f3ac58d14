"""The folders of an OpenAlex snapshot: which layout is read, what is passed over, what is refused; without Spark."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from stclusters.errors import BadInput
from stclusters.ingest.sources.institutions import read_institutions
from stclusters.ingest.sources.snapshot import find_entity

PART = "updated_date=2026-09-20/part_0000"
LOG = "data/jsonl/works/deleted_ids.csv.gz"


def write(root: Path, *names: str) -> Path:
    """Files of a snapshot: their contents are of the format that the name says."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = b"work_id,deleted_date\n" if "deleted_ids" in name else b"{}\n"
        path.write_bytes(b"PAR1....PAR1" if name.endswith("parquet") else text)
        if name.endswith(".gz"):
            path.write_bytes(gzip.compress(text))
    return root


@pytest.mark.parametrize(
    ("layout", "ending"),
    [
        *(("data/jsonl", "gz"), ("data/parquet", "parquet"), ("data", "gz"), ("legacy-data", "gz")),
        *(("jsonl", "gz"), ("parquet", "parquet"), (".", "gz")),
    ],
)
@pytest.mark.parametrize("log", [(), ("deleted_ids.csv",), ("deleted_ids.csv.gz",)], ids=["none", "plain", "gzip"])
@pytest.mark.parametrize("manifest", [True, False], ids=["manifest", "no manifest"])
def test_the_works_of_every_layout_are_found_from_each_folder_above_them(
    tmp_path: Path, layout: str, ending: str, log: tuple[str, ...], manifest: bool
) -> None:
    works = f"{layout}/works"
    names = [f"{works}/{PART}.{ending}", *(f"{works}/{name}" for name in log), f"{layout}/authors/{PART}.gz"]
    root = write(tmp_path, *names, "RELEASE_NOTES.txt", f"{layout}/works/_temporary/x.gz")
    if manifest:
        size = (root / names[0]).stat().st_size
        files = [{"url": f"s3://openalex/data/{name}", "meta": {"content_length": size}} for name in names[:1]]
        if log:  # it may be listed, too
            files.append({"url": f"s3://openalex/data/{names[1]}", "meta": {"record_count": 7}})
        (root / works / "manifest.json").write_text(json.dumps({"date": "2026-09-23", "files": files}))
    for folder in {root, root / layout}:
        found = find_entity(folder, "works")
        assert [str(file.relative_to(found.folder)) for file in found.files] == [f"{PART}.{ending}"]
        assert [file.name for file in found.deleted] == list(log)
        assert found.rows == {}


@pytest.mark.parametrize(
    ("names", "root", "sentence"),
    [
        (
            [LOG],
            "",
            "has no files of works, looked for in data/jsonl/works, data/parquet/works, data/works, legacy-data",
        ),
        (
            [f"data/jsonl/authors/{PART}.gz"],
            "data",
            "download s3://openalex/data/jsonl/works or s3://openalex/data/parq",
        ),
        (
            [f"data/jsonl/works/{PART}.gz"],
            "data/jsonl/works",
            "is the folder of one entity itself: name the folder abov",
        ),
        (
            [f"data/jsonl/works/{PART}.gz", f"data/parquet/works/{PART}.parquet", f"legacy-data/works/{PART}.gz"],
            *(
                "",
                "holds works as data/jsonl/works and data/parquet/works and legacy-data/works: name the folder above",
            ),
        ),
        (
            [f"data/works/{PART}.gz", f"data/works/{PART}.parquet"],
            "",
            "holds JSON lines and Parquet: keep the files of",
        ),
        (
            [f"data/works/{PART}.gz", f"data/works/{PART}.gz.6eF5b5da"],
            "",
            "part_0000.gz.6eF5b5da: is of no known format",
        ),
        ([f"data/works/{PART}.GZ"], "", "part_0000.GZ: is of no known format: write the ending of its name in small"),
    ],
)
def test_a_folder_without_works_or_with_two_copies_is_refused(
    tmp_path: Path, names: list[str], root: str, sentence: str
) -> None:
    folder = write(tmp_path, *names) / root
    with pytest.raises(BadInput) as caught:
        find_entity(folder, "works")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_zip_of_ror_is_refused_before_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "v2.0-ror-data.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(BadInput, match=r"ror-data\.zip: is of no known format: save or unpack it as one of \.csv, "):
        read_institutions(None, tmp_path, tmp_path / "v2.0-ror-data.zip")  # type: ignore[arg-type]  # before Spark


def test_an_empty_folder_of_another_layout_is_no_copy(tmp_path: Path) -> None:
    (write(tmp_path, f"data/jsonl/works/{PART}.gz", LOG) / "data" / "works").mkdir()
    assert find_entity(tmp_path, "works").folder == tmp_path / "data/jsonl/works"
    (tmp_path / LOG).write_bytes(b"")
    with pytest.raises(BadInput, match=r"deleted_ids\.csv\.gz: is empty"):
        find_entity(tmp_path, "works")
