"""How every picture looks and is written: equal data give equal bytes, and a name is never taken for a formula."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from stclusters.publish.files import replaced

PATENTS, ARTICLES, CHOSEN = "#0072b2", "#e69f00", "#c04f00"  # Okabe and Ito's, safe for colour-blind readers
INK, SOFT, LINE, SEA, LAND, COAST = "#17202b", "#525d6b", "#dde2e8", "#e9f0f6", "#fcfcfa", "#b3bec9"
NAME_LENGTH = 36
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "stclusters",
    "svg.fonttype": "none",  # text stays text in the file
    "text.parse_math": False,  # "$x$" is a name
    "text.usetex": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.ymargin": 0.01,
    "xtick.color": SOFT,
    "ytick.color": INK,
    "axes.grid": False,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
}


@contextmanager
def style() -> Iterator[None]:
    """The settings of matplotlib under which a picture is made and written."""
    with mpl.rc_context():
        mpl.rcdefaults()  # whatever a matplotlibrc of this machine says
        mpl.rcParams.update(STYLE)
        yield


def figure(data: Mapping[str, Any], title: str, subtitle: str, size: tuple[float, float]) -> Figure:
    """An empty picture of so many inches with its title, what it shows, and at its foot the source and its note."""
    made = Figure(figsize=size, facecolor="white")
    FigureCanvasAgg(made)
    wide, high = size
    made.text(0.3 / wide, 1 - 0.25 / high, title, fontsize=13, fontweight="bold", va="top")
    made.text(0.3 / wide, 1 - 0.52 / high, subtitle, fontsize=9, color=SOFT, va="top")
    foot = [f"Source: {data['citation']}", *([data["note"]] if data["note"] else [])]
    lines = [line for part in foot for line in textwrap.wrap(plain(part, 600), int(wide * 17))]
    made.text(0.3 / wide, 0.14 / high, "\n".join(lines), fontsize=6.5, color=SOFT, va="bottom", linespacing=1.4)
    made.subplots_adjust(
        left=0.3 / wide, right=1 - 0.3 / wide, top=1 - 0.85 / high, bottom=(0.3 + 0.135 * len(lines)) / high
    )
    return made


def plain(name: str, length: int = NAME_LENGTH) -> str:
    """A name on one line of a picture: signs that are not seen become blanks, and a long one is cut.

    >>> plain("a" + chr(0x202E) + "b" + chr(10) + "c")
    'a b c'
    """
    seen = "".join(sign if sign.isprintable() else " " for sign in name)
    return seen if len(seen) <= length else seen[: length - 1] + "…"


def write(made: Figure, folder: Path, name: str) -> list[str]:
    """Writes `name`.svg and `name`.png to the folder, without a date in them; the names of the files."""
    for kind, metadata in (("svg", {"Date": None, "Creator": None}), ("png", {"Software": None})):
        with replaced(folder / f"{name}.{kind}") as unfinished:
            made.savefig(unfinished, format=kind, dpi=200, metadata=metadata)
    return [f"{name}.svg", f"{name}.png"]
