"""The files of an entity of an OpenAlex snapshot: found in every layout, and held against the manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stclusters.errors import BadInput
from stclusters.ingest.sources.files import Format, check_files, format_of

LAYOUTS = ("data/jsonl", "data/parquet", "data", "legacy-data", "jsonl", "parquet", ".")
ENDINGS: dict[str, Format] = {".gz": "jsonl", ".jsonl": "jsonl", ".parquet": "parquet"}
MANIFESTS = ("manifest", "manifest.json")
DELETED = ("deleted_ids.csv", "deleted_ids.csv.gz")


@dataclass(frozen=True)
class EntityFiles:
    """The files of an entity in the order of their names, their format and bytes.

    `rows` is what a manifest says of each; `deleted` are the files that list ids which are deleted.
    """

    entity: str
    folder: Path
    format: Format
    files: tuple[Path, ...]
    bytes: int
    rows: dict[Path, int]
    deleted: tuple[Path, ...] = ()

    def entry(self) -> dict[str, Any]:
        """What the record of a run says of the input."""
        told = {"table": self.entity, "format": self.format, "files": len(self.files), "bytes": self.bytes}
        return told | {"version": None, "ignored": []}


def find_entity(root: Path, entity: str) -> EntityFiles:
    """The files of an entity ("works") in a snapshot, as JSON lines or Parquet.

    The entity is a folder of `root`, or of `data/jsonl`, `data/parquet`, `data`, `legacy-data`, `jsonl` or `parquet` in
    it, and other entities are passed over. A manifest in the entity's folder or beside it must list exactly the files
    that are there, with their sizes; a list of deleted ids may be there without. Raises `BadInput` in one sentence.
    """
    if not root.is_dir():
        raise BadInput(f"{root}: is not a folder: name the folder of the snapshot in the place file.")
    folder = _folder_of(root, entity)
    files = _files_of(folder)
    deleted = tuple(sorted(file for name in DELETED for file in folder.rglob(name)))
    formats = {format_of(file, ENDINGS) for file in files}
    if len(formats) > 1:
        raise BadInput(f"{folder}: holds JSON lines and Parquet: keep the files of one format.")
    size = check_files(files, next(iter(formats)), root) + check_files(deleted, "csv", root)
    rows = _hold_to_manifest(folder, files, deleted)
    return EntityFiles(entity, folder, formats.pop(), files, size, rows, deleted)


def _folder_of(root: Path, entity: str) -> Path:
    """The one folder in `root` that has files of the entity, in any of the layouts."""
    folders = [root / layout / entity for layout in LAYOUTS]
    found = [folder for folder in folders if folder.is_dir() and _files_of(folder)]
    if len(found) > 1:
        places = " and ".join(str(folder.relative_to(root)) for folder in found)
        raise BadInput(f"{root}: holds {entity} as {places}: name the folder above one of them in the place file.")
    if found:
        return found[0]
    if any(root.glob("updated_date=*")):
        raise BadInput(f"{root}: is the folder of one entity itself: name the folder above it in the place file.")
    names = ", ".join(str(folder.relative_to(root)) for folder in folders)
    raise BadInput(
        f"{root}: has no files of {entity}, looked for in {names}: download s3://openalex/data/jsonl/{entity} or "
        f"s3://openalex/data/parquet/{entity} (aws s3 sync of a prefix that is not there copies nothing, and does not "
        "fail)."
    )


def _files_of(folder: Path) -> tuple[Path, ...]:
    """The files of records, in the order of their names."""
    return tuple(sorted(file for file in folder.rglob("*") if file.is_file() and not _is_aside(file, folder)))


def _is_aside(file: Path, folder: Path) -> bool:
    parts = file.relative_to(folder).parts
    return parts[-1] in (*MANIFESTS, *DELETED) or any(part.startswith(("_", ".")) for part in parts)


def _hold_to_manifest(folder: Path, files: tuple[Path, ...], aside: tuple[Path, ...]) -> dict[Path, int]:
    """The rows of each file as the manifest has them; none without a manifest. It may list files `aside`, too."""
    manifest = next(
        (f for at in (folder, folder.parent) for f in (at / name for name in MANIFESTS) if f.is_file()), None
    )
    if manifest is None:
        return {}
    listed = {folder / name: meta for name, meta in _listed(manifest, folder.name)}
    if not listed:
        raise BadInput(f"{manifest}: lists no file of {folder.name}: download it again.")
    missing, strange = sorted(set(listed) - {*files, *aside}), sorted(set(files) - set(listed))
    if missing:
        raise BadInput(f"{manifest}: lists {missing[0]}, which is not there: download it, {len(missing)} are missing.")
    if strange:
        raise BadInput(f"{strange[0]}: is not in {manifest.name}, and may hold records that moved: remove it.")
    rows, records = {}, set(files)
    for file, meta in listed.items():
        size = meta.get("content_length")
        if isinstance(size, int) and size != file.stat().st_size:
            raise BadInput(
                f"{file}: has {file.stat().st_size} bytes, and {size} in {manifest.name}: download it again."
            )
        if file in records and isinstance(meta.get("record_count"), int):
            rows[file] = meta["record_count"]
    return rows


def _listed(manifest: Path, entity: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The files of the entity in a manifest: their path below the entity's folder, and what is said of each."""
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{manifest}: is not a manifest in JSON ({error}): download it again.") from error
    for entry in _entries(content):
        before, mark, name = str(entry["url"]).rpartition(f"/{entity}/")
        if mark and not before.endswith("merged_ids") and ".." not in Path(name).parts:
            yield name, entry["meta"] if isinstance(entry.get("meta"), dict) else entry


def _entries(content: Any) -> Iterator[dict[str, Any]]:
    """Every object with a `url`: the one list of an entity's manifest, or the many of a manifest of all entities."""
    if isinstance(content, dict) and isinstance(content.get("url"), str):
        yield content
    elif isinstance(content, dict | list):
        for inner in content.values() if isinstance(content, dict) else content:
            yield from _entries(inner)
