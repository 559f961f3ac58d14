"""Charts: the first twenty with their rank intervals, the fields of the top, foreign shares of both kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from stclusters.publish.figures.style import ARTICLES, INK, PATENTS, SOFT, figure, plain

FIRST = 20
FIELDS = 20
NAMED = 14
Clusters = Sequence[Mapping[str, Any]]


def first_bars(data: Mapping[str, Any], clusters: Clusters) -> Figure:
    """The scores of the first twenty, in their two parts, with the interval of the score and of the rank where told."""
    first = clusters[:FIRST]
    told = "rank_low" in first[0]
    interval = "; black: 95 % interval, in brackets that of the rank" if told else ""
    subtitle = f"Edition {data['edition']}; percentage of all patents plus that of all articles{interval}"
    made = figure(data, f"The first {len(first)} clusters", subtitle, (9.0, 1.9 + 0.27 * len(first)))
    axes = made.add_subplot()
    places = list(range(len(first)))
    patents, articles = ([100 * c[share] for c in first] for share in ("patent_share", "article_share"))
    axes.barh(places, patents, color=PATENTS, height=0.66, label="Patents")
    axes.barh(places, articles, left=patents, color=ARTICLES, height=0.66, label="Articles")
    largest = max(max(c.get("score_high", 0), c["score"]) for c in first)
    for place, c in zip(places, first, strict=True):
        if told:
            axes.plot([c["score_low"], c["score_high"]], [place, place], color=INK, lw=1.2, solid_capstyle="butt")
        ranks = f" [{c['rank_low']}–{c['rank_high']}]" if told else ""
        right = max(c.get("score_high", 0), c["score"]) + largest * 0.012
        axes.text(right, place, f"{c['score']:.3g}{ranks}", va="center", fontsize=7.5)
    axes.set_yticks(places, [f"{c['rank']}  {plain(c['name'])}" for c in first])
    axes.set_xlim(0, largest * 1.16)
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.legend(frameon=False, loc="lower right", fontsize=8)
    _widen(made, 3.3)
    return made


def top_fields(data: Mapping[str, Any], kind: str = "patent") -> Figure | None:
    """The largest fields of the patents of the top clusters together; none where the sources tell no field."""
    counts = data["fields"][kind]["top"]
    total = sum(counts)
    rows = sorted(zip(counts, data["fields"][kind]["names"], strict=True), key=lambda row: (-row[0], row[1]))[:FIELDS]
    if not total:
        return None
    subtitle = f"Edition {data['edition']}; part of the {kind}s of the top {data['top']} clusters together"
    made = figure(data, f"Fields of the top {data['top']} clusters", subtitle, (9.0, 1.9 + 0.27 * len(rows)))
    axes = made.add_subplot()
    axes.barh(range(len(rows)), [100 * documents / total for documents, _ in rows], color=PATENTS, height=0.66)
    for place, (documents, _) in enumerate(rows):
        axes.text(
            100 * (documents + 0.01 * rows[0][0]) / total,
            place,
            f"{100 * documents / total:.1f} %",
            va="center",
            fontsize=7.5,
        )
    axes.set_yticks(
        range(len(rows)), [plain("not told by the source" if name == "unknown" else name) for _, name in rows]
    )
    axes.xaxis.set_major_formatter(PercentFormatter(decimals=0))
    axes.set_xlim(0, 110 * rows[0][0] / total)
    axes.invert_yaxis()
    axes.tick_params(length=0)
    _widen(made, 3.3)
    return made


def foreign_shares(data: Mapping[str, Any], clusters: Clusters) -> Figure | None:
    """Each cluster's part of patents and of articles with a person abroad; none where no cluster has both kinds."""
    shares = [
        (100 * patents[1] / patents[0], 100 * articles[1] / articles[0], c)
        for c, patents, articles in zip(clusters, data["foreign"]["patent"], data["foreign"]["article"], strict=True)
        if patents[0] and articles[0]
    ]
    if not shares:
        return None
    subtitle = f"Edition {data['edition']}, {len(shares)} clusters with both kinds; the area of a mark is by its score"
    made = figure(data, "Patents and articles with a person abroad", subtitle, (8.0, 6.4))
    axes = made.add_subplot()
    x, y = [row[0] for row in shares], [row[1] for row in shares]
    largest = max(c["score"] for *_, c in shares)
    axes.scatter(
        x,
        y,
        s=[max(6, 220 * c["score"] / max(largest, 1e-12)) for *_, c in shares],
        c=PATENTS,
        alpha=0.5,
        lw=0.5,
        ec="white",
        clip_on=False,
    )
    across, up = max(max(x) * 1.08, 1), min(max(max(y) * 1.08, 1), 100)
    taken: list[tuple[float, float]] = []
    for px, py, c in shares:
        if len(taken) < NAMED and all(abs(px - ox) > 0.3 * across or abs(py - oy) > 0.035 * up for ox, oy in taken):
            taken.append((px, py))
            axes.annotate(plain(c["name"], 30), (px, py), (7, 0), textcoords="offset points", fontsize=7, va="center")
    axes.set_xlim(0, across)
    axes.set_ylim(0, up)
    axes.grid(True)
    axes.set_axisbelow(True)
    for axis, most in ((axes.xaxis, across), (axes.yaxis, up)):
        axis.set_major_formatter(PercentFormatter(decimals=0 if most > 10 else 1))
    axes.set_xlabel("Patents with a person abroad, of all patents of the cluster")
    axes.set_ylabel("Articles with a person abroad, of all articles")
    axes.tick_params(length=0, colors=SOFT)
    _widen(made, 0.85, 0.35)
    return made


def _widen(made: Figure, left: float, under: float = 0.2) -> None:
    """Room for what is written left of the axes and under them, in inches."""
    wide, high = made.get_size_inches()
    made.subplots_adjust(left=left / wide, bottom=made.subplotpars.bottom + under / high)
