"""The folder of an edition is one release or the other, whenever a run is killed; what is not ours is not replaced."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from stclusters.errors import SettingsError
from stclusters.publish.folder import (
    CONTENTS,
    check_own,
    is_whole,
    replaced_folder,
    restore_editions,
    shows,
    write_contents,
)
from stclusters.publish.index import write_index
from stclusters.steps.publish import FILES

KILLED = """
import os, sys
from pathlib import Path
from stclusters.publish import folder
published, moment = Path(sys.argv[1]), sys.argv[2]
rename, remove, renames = Path.rename, folder.remove, 0
def killed(path, target):
    global renames
    renames += 1
    if moment == f"before rename {renames}":
        os._exit(9)
    rename(path, target)
    if moment == f"after rename {renames}":
        os._exit(9)
def removed(path):
    if moment == "old is half removed" and path.name.endswith(".old") and path.exists():
        (path / "explorer.html").unlink()
        os._exit(9)
    remove(path)
Path.rename, folder.remove = killed, removed
with folder.replaced_folder(published / "2024") as unfinished:
    for number in (1, 2):
        if moment == "while files are written" and number == 2:
            os._exit(9)
        (unfinished / ("explorer.html", "ranking.csv")[number - 1]).write_text("new")
    folder.write_contents(unfinished, {"run_id": "new"})
"""
MOMENTS = {  # what readers see after a kill, and what they see after the next run has begun
    "while files are written": ("old", "old"),
    "before rename 1": ("old", "old"),
    "after rename 1": (None, "old"),
    "before rename 2": (None, "old"),
    "after rename 2": ("new", "new"),
    "old is half removed": ("new", "new"),
    "never": ("new", "new"),
}


def write(published: Path, text: str) -> None:
    with replaced_folder(published / "2024") as folder:
        for name in ("explorer.html", "ranking.csv"):
            (folder / name).write_text(text)
        write_contents(folder, {"run_id": text})


def read(published: Path) -> str | None:
    """The text of the files of the edition, which is the same in all of them; None where there is no folder."""
    folder = published / "2024"
    if not folder.exists():
        return None
    assert is_whole(folder)
    (text,) = {(folder / name).read_text() for name in ("explorer.html", "ranking.csv")}
    assert shows(folder, {"run_id": text})
    return text


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_killed_at_any_moment_leaves_one_release_and_the_next_run_ends_what_it_left(
    tmp_path: Path, moment: str
) -> None:
    write(tmp_path, "old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), moment], check=False)
    assert done.returncode == (0 if moment == "never" else 9)
    seen, restored = MOMENTS[moment]
    assert read(tmp_path) == seen
    restore_editions(tmp_path)
    assert read(tmp_path) == restored
    assert [path.name for path in tmp_path.iterdir()] == ["2024"]
    write(tmp_path, "newest")
    assert read(tmp_path) == "newest"


def write_half(published: Path) -> None:
    with replaced_folder(published / "2024") as folder:
        (folder / "ranking.csv").write_text("ne")
        raise OSError("disk full")


def test_an_error_while_files_are_written_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "old")
    with pytest.raises(OSError, match="disk full"):
        write_half(tmp_path)
    assert read(tmp_path) == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["2024"]


def test_where_folders_cannot_be_renamed_they_are_copied_and_their_list_comes_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.is_dir():
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    write(tmp_path, "old")
    (tmp_path / "2024/figures").mkdir()
    write(tmp_path, "new")
    assert read(tmp_path) == "new"
    with replaced_folder(tmp_path / "2024") as folder:  # a copy that was killed: a part of the new, the old beside
        (folder / "explorer.html").write_text("newest")
        write_contents(folder, {"run_id": "newest"})
    (tmp_path / ".2024.old").mkdir()
    for name in ("explorer.html", "ranking.csv"):
        (tmp_path / ".2024.old" / name).write_text("old")
    write_contents(tmp_path / ".2024.old", {"run_id": "old"})
    (tmp_path / "2024" / CONTENTS).unlink()
    restore_editions(tmp_path)
    assert read(tmp_path) == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["2024"]


@pytest.mark.parametrize("damage", ["cut", "other", "gone", "no list", "a list of nothing", "no JSON", "another run"])
def test_a_folder_that_was_damaged_is_not_taken_for_the_release(tmp_path: Path, damage: str) -> None:
    write(tmp_path, "old")
    folder = tmp_path / "2024"
    assert shows(folder, {"run_id": "old"})
    if damage in ("cut", "other"):
        (folder / "ranking.csv").write_text("ol" if damage == "cut" else "odd")
    elif damage == "gone":
        (folder / "ranking.csv").unlink()
    elif damage == "no list":
        (folder / CONTENTS).unlink()
    elif damage == "a list of nothing":
        (folder / CONTENTS).write_text(json.dumps({"run_id": "old", "files": {}}))
    elif damage == "no JSON":
        (folder / CONTENTS).write_text("{")
    assert not shows(folder, {"run_id": "new" if damage == "another run" else "old"})


def test_files_that_are_not_ours_are_not_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "2024"
    check_own(folder, FILES)  # nothing is there
    (folder / "figures").mkdir(parents=True)
    for name in (*FILES, CONTENTS, ".DS_Store", "figures/Thumbs.db"):
        (folder / name).write_text("")
    check_own(folder, FILES)
    (folder / CONTENTS).write_text(json.dumps({"files": {"of_another_version.csv": ""}}))
    (folder / "of_another_version.csv").write_text("")
    check_own(folder, FILES)
    for name in ("figures/my holidays.jpg", "notes.txt", ".git"):
        (folder / name).write_text("")
        with pytest.raises(SettingsError, match=rf"2024 holds {name}, which stclusters did not write, and"):
            check_own(folder, FILES)
        (folder / name).unlink()
    (tmp_path / "2023").write_text("")
    with pytest.raises(SettingsError, match=r"2023 is a file, and the edition needs a folder of this name: move"):
        check_own(tmp_path / "2023", FILES)


def test_the_index_has_every_edition_the_newest_first_and_text_stays_text(tmp_path: Path) -> None:
    for edition in (2022, 2024, 2023):
        with replaced_folder(tmp_path / str(edition)) as folder:
            (folder / "explorer.html").write_text("")
            if edition == 2024:
                (folder / "quality.html").write_text("")
            source = {"name": "<script>alert(1)</script>" if edition == 2024 else "Plain"}
            write_contents(folder, {"run_id": f"run of {edition}", "version": "1", "source": source, "clusters": 1234})
    (tmp_path / "2022" / CONTENTS).write_text("[")  # damaged: it is listed, without what is known of it
    (tmp_path / "2021").mkdir()  # no edition of ours
    (tmp_path / "2020.refused").mkdir()
    write_index(tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    places = [page.index(f'href="{edition}/explorer.html"') for edition in (2024, 2023, 2022)]
    assert places == sorted(places)
    assert "2021" not in page
    assert "2020" not in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;; 1,234 clusters; run run of 2024; stclusters 1" in page
    assert page.count("quality.html") == 1
    assert "default-src 'none'" in page
    before = (tmp_path / "index.html").stat()
    write_index(tmp_path)
    assert (tmp_path / "index.html").stat() == before
