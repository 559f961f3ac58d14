"""The folder of a published edition: written beside, swapped in whole, and checked against what it lists of itself.

A reader finds the files of one release or of the other. The swap is two renames: the folder that is there gets a hidden
name, the new one gets its place. Python has no exchange of two folders, and a symbolic link, which could be replaced at
once, exists neither on volumes of Databricks nor in a copied or zipped folder. What a `kill -9` leaves:

| killed | readers see | the next run |
|---|---|---|
| while the files are written | the old release | removes the unfinished folder |
| between the two renames, which follow each other at once | no folder | puts the old one back, first of all |
| after them | the new release | removes the old folder |

Where a folder cannot be renamed (some object stores that are mounted as folders) its files are copied one by one: the
old release is gone before the first file of the new one comes, and `release.json`, which lists them all, comes last.
"""

from __future__ import annotations

import errno
import json
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from stclusters.errors import SettingsError
from stclusters.jars import sha256_of
from stclusters.publish.files import remove, replaced

CONTENTS, PAGE = "release.json", "explorer.html"
UNFINISHED, OLD = "new", "old"
EDITION = re.compile(r"\d{4}")
HIDDEN = re.compile(rf"\.(\d{{4}})\.({UNFINISHED}|{OLD})")
OF_THE_SYSTEM = (".DS_Store", "Thumbs.db", "desktop.ini")  # written by file managers, without being asked
NO_RENAME = (errno.EXDEV, errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP)


def edition_folder(published: Path, edition: int) -> Path:
    """The folder of an edition."""
    return published / str(edition)


def refused_folder(published: Path, edition: int) -> Path:
    """The folder of the quality report of an edition that was refused; the release of the edition stays as it is."""
    return published / f"{edition}.refused"


def published_editions(published: Path) -> list[Path]:
    """The folders of the editions that have a page, the newest first."""
    found = [path for path in published.iterdir() if EDITION.fullmatch(path.name) and (path / PAGE).is_file()]
    return sorted(found, key=lambda path: path.name, reverse=True)


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """A hidden, empty folder beside `folder`, which it replaces at the end; after an error `folder` is as before."""
    new, old = _hidden(folder, UNFINISHED), _hidden(folder, OLD)
    remove(new)
    new.mkdir(parents=True)
    try:
        yield new
        if folder.exists():
            remove(old)
            _move(folder, old)
        _move(new, folder)
    finally:
        _restore(folder)


def restore_editions(published: Path) -> None:
    """Ends what a killed run left: an edition between two names gets its folder back, unfinished ones are removed."""
    found = [HIDDEN.fullmatch(path.name) for path in published.iterdir()]
    for edition in sorted({match[1] for match in found if match}):
        _restore(published / edition)


def _restore(folder: Path) -> None:
    new, old = _hidden(folder, UNFINISHED), _hidden(folder, OLD)
    if old.exists():
        if folder.exists() and is_whole(old) and not is_whole(folder):  # a swap by copies that was killed
            remove(folder)
        if not folder.exists():
            _move(old, folder)
    for leftover in (new, old):
        with suppress(OSError):  # the swap is done: a file that is held open is left to the next run
            remove(leftover)


def _hidden(folder: Path, what: str) -> Path:
    return folder.with_name(f".{folder.name}.{what}")


def _move(source: Path, target: Path) -> None:
    """Renames a folder; copies it where the file system has no rename of folders."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno not in NO_RENAME:
            raise
        remove(target)
        files = sorted((path for path in source.rglob("*") if path.is_file()), key=lambda path: path.name == CONTENTS)
        target.mkdir()
        for path in files:
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        remove(source)


def write_contents(folder: Path, facts: Mapping[str, object]) -> None:
    """Writes `release.json`: the facts, and the SHA-256 of every file in the folder."""
    files = {path: sha256_of(folder / path) for path in _files(folder)}
    with replaced(folder / CONTENTS) as unfinished:
        text = json.dumps({**facts, "files": files}, indent=2, ensure_ascii=False)
        unfinished.write_text(text + "\n", encoding="utf-8", newline="\n")


def read_contents(folder: Path) -> dict[str, Any]:
    """What `release.json` of a folder says; empty where there is none, or it is damaged."""
    try:
        read = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) and isinstance(read.get("files"), dict) else {}


def is_whole(folder: Path) -> bool:
    """Whether every file that `release.json` lists is there with the bytes that were written."""
    files = read_contents(folder).get("files", {})
    try:
        return bool(files) and all(sha256_of(folder / path) == digest for path, digest in files.items())
    except OSError:
        return False


def shows(folder: Path, facts: Mapping[str, object]) -> bool:
    """Whether the folder is whole and its `release.json` states these facts."""
    read = read_contents(folder)
    return bool(read) and all(read.get(name) == value for name, value in facts.items()) and is_whole(folder)


def check_own(folder: Path, names: Collection[str]) -> None:
    """Raises `SettingsError` where a folder that is to be replaced holds a file that is none of ours.

    Ours are the `names`, and what `release.json` lists, which another version of stclusters may have written.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise SettingsError(f"{folder} is a file, and the edition needs a folder of this name: move it elsewhere.")
    own = {*names, CONTENTS, *read_contents(folder).get("files", {})}
    others = [path for path in _files(folder) if path not in own and Path(path).name not in OF_THE_SYSTEM]
    if others:
        raise SettingsError(
            f"{folder} holds {others[0]}, which stclusters did not write, and the folder of an edition is replaced "
            "whole: move that file elsewhere, or name another folder as published in the place file."
        )


def _files(folder: Path) -> list[str]:
    """The files in a folder, with / between the parts of a path."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
