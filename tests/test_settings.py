"""Settings that are wrong are refused in one sentence that names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from stclusters.errors import SettingsError
from stclusters.settings import read_method, read_place

ROOT = Path(__file__).parents[1]
METHOD = (ROOT / "conf/method.toml").read_text()
PLACE = (ROOT / "conf/local.toml").read_text()


def test_the_shipped_method_is_the_published_one() -> None:
    method = read_method(ROOT / "conf/method.toml")
    assert (method.radius_m, method.min_weight) == (15_000, 4_500)
    assert method.window("patent", 2024) == (2019, 2023)
    assert method.window("article", 2024) == (2018, 2022)
    assert method.window("patent", 2023) == (2018, 2022)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("radius_m = 15_000.0", "radius_m = -1.0", r"radius_m: .*greater than or equal to 1"),
        ("radius_m = 15_000.0", 'radius_m = "15 km"', r"radius_m: .*valid number, found '15 km'"),
        ("radius_m = 15_000.0", "", r"radius_m: is missing, add it"),
        ("radius_m = 15_000.0", "radius_m = nan", r"radius_m: "),
        ("radius_m = 15_000.0", "radius = 1.0\nradius_m = 15_000.0", r"radius: is not a setting"),
        ("patent_years = [5, 1]", "patent_years = [1, 5]", r"patent_years: the first number is the earlier year"),
        ("patent_years = [5, 1]", "patent_years = [5]", r"patent_years"),
        ('author_weight = "equal"', 'author_weight = "same"', r"author_weight"),
        ("radius_m = 15_000.0", "radius_m 15", r"is not TOML"),
        ("merge_distance_m = 5_000.0", "merge_distance_m = -1.0", r"merge_distance_m: .*greater than or equal to 0"),
        (
            "[economy_groups]",
            '[[merges]]\nplaces = ["Baltimore", "Washington, US"]\nmerge = true\nreason = "x"\n[economy_groups]',
            r"merges\.0\.places\.0: .*found 'Baltimore'",
        ),
        (
            "[economy_groups]",
            '[[merges]]\nplaces = ["Baltimore, US", "Washington, US"]\nmerge = true\n[economy_groups]',
            r"merges\.0\.reason: is missing",
        ),
        (
            "[economy_groups]",
            '[economy_groups]\nHK = "CN"\nCN = "EA"',
            r"economy_groups: an economy is put in a group in one",
        ),
        (
            "[economy_groups]",
            '[economy_groups]\nHK = "UNKNOWN"',
            r"economy_groups: an economy is put in a group in one",
        ),
    ],
)
def test_a_wrong_method_is_refused_by_name(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "method.toml"
    assert old in METHOD
    path.write_text(METHOD.replace(old, new))
    with pytest.raises(SettingsError, match=said) as refused:
        read_method(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read \(No such file"):
        read_place(tmp_path / "none.toml")


def test_an_output_may_not_contain_the_input(tmp_path: Path) -> None:
    path = tmp_path / "place.toml"
    path.write_text(PLACE.replace('tables = "build/tables"', 'tables = "lib/stclusters"'))
    with pytest.raises(SettingsError, match=r"contains the input .*/sample: choose another"):
        read_place(path)


@pytest.mark.parametrize(
    ("tables", "published"),
    [
        ("one", "one"),
        ("one", "one/ranking"),
        ("one/tables", "one"),
        ("one", "two/../one/published"),
        ("one", "link/published"),
        ("link/tables", "one"),
        ("./one/../one", "ONE/../one/"),
    ],
)
def test_neither_of_tables_and_published_may_be_in_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: str, published: str
) -> None:
    for folder in ("one", "two", "ONE"):
        (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / "link").symlink_to("one")
    monkeypatch.chdir(tmp_path)
    lines = PLACE.replace("build/tables", tables).replace("build/published", published)
    (tmp_path / "place.toml").write_text(lines)
    with pytest.raises(SettingsError, match=r"one is in the other: choose two folders apart from each other\.") as said:
        read_place(tmp_path / "place.toml")
    assert "\n" not in str(said.value)
    (tmp_path / "place.toml").write_text(
        lines.replace(f'published = "{published}"', f'published = "{tmp_path}/one beside"')
    )
    assert read_place(tmp_path / "place.toml").published == tmp_path / "one beside"


def test_an_address_is_no_folder_for_published(tmp_path: Path) -> None:
    path = tmp_path / "place.toml"
    path.write_text(PLACE.replace('"build/published"', '"s3://bucket/published"'))
    with pytest.raises(SettingsError, match="published: is an address: name a folder"):
        read_place(path)


def test_an_address_is_no_folder_for_tables(tmp_path: Path) -> None:
    path = tmp_path / "place.toml"
    path.write_text(PLACE.replace('tables = "build/tables"', 'tables = "s3://bucket/tables"'))
    with pytest.raises(SettingsError, match="is an address: name a folder"):
        read_place(path)
