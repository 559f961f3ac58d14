"""The pictures for reports: text stays text, equal data give equal bytes, what there is nothing for is not there."""

from __future__ import annotations

import struct
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from explorer_world import HOSTILE, world
from stclusters.publish.figures.maps import equal_earth, great_circle
from stclusters.publish.figures.write import NAMES, write_figures


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    assert len(write_figures(folder, world(uncertain=True))) == 2 * len(NAMES)
    return folder


def texts(path: Path) -> str:
    root = ElementTree.parse(path).getroot()
    assert {each.tag.partition("}")[2] for each in root.iter()}.isdisjoint({"script", "image", "foreignObject", "a"})
    return "\n".join("".join(each.itertext()) for each in root.iter() if each.tag.endswith("}text"))


def test_every_picture_is_an_svg_and_a_png(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{n}.{kind}" for n in NAMES for kind in ("png", "svg")
    )
    for name in NAMES:
        assert "convenience sample" in texts(folder / f"{name}.svg")
        wide, high = struct.unpack(">II", (folder / f"{name}.png").read_bytes()[16:24])
        assert wide >= 1_600
        assert high >= 600


def test_hostile_names_are_text_in_pictures(folder: Path) -> None:
    said = texts(folder / "first_clusters.svg")
    assert HOSTILE[1][:35] in said
    assert HOSTILE[2] in said
    assert "$x^2$ \\frac{" in said  # no formula
    assert "\u202e" not in said


def test_the_first_clusters_have_their_intervals_only_where_the_data_do(folder: Path, tmp_path: Path) -> None:
    write_figures(tmp_path, world(30))
    assert "[18–23]" in texts(folder / "first_clusters.svg")
    assert "[" not in texts(tmp_path / "first_clusters.svg")


def test_equal_data_give_equal_bytes(folder: Path, tmp_path: Path) -> None:
    write_figures(tmp_path, world(uncertain=True))
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {p.name: p.read_bytes() for p in folder.iterdir()}


def test_a_picture_for_which_there_is_nothing_is_taken_away(tmp_path: Path) -> None:
    write_figures(tmp_path, world(3))
    lonely = world(1, links_each=0) | {"foreign": {"patent": [[5, 1]], "article": [[0, 0]]}}
    assert {name.partition(".")[0] for name in write_figures(tmp_path, lonely)} == {
        "clusters_map",
        "first_clusters",
        "top_fields",
    }
    assert len(list(tmp_path.iterdir())) == 6
    assert write_figures(tmp_path, world(0)) == []
    assert list(tmp_path.iterdir()) == []


def test_the_projection_of_the_pictures_is_equal_earth() -> None:
    """122 E 47 N and the pole line as PROJ and Esri tell them; see the same test of the page."""
    x, y = equal_earth(np.array([122.0, 180.0, 180.0]), np.array([47.0, 0.0, 90.0]))
    assert (round(x[0], 2), round(y[0], 2)) == (1.55, 0.89)
    assert x[2] / x[1] == pytest.approx(0.59247, abs=2e-5)


def test_a_great_circle_over_180_degrees_is_two_lines() -> None:
    assert len(great_circle((127.0, 37.5), (-122.0, 37.4))) == 2
    (line,) = great_circle((2.35, 48.86), (-0.13, 51.51))
    ends = np.column_stack(equal_earth(np.array([2.35, -0.13]), np.array([48.86, 51.51])))
    assert np.allclose(line[[0, -1]], ends)
