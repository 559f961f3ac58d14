"""The quality report: one HTML file without a script, which needs no network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path

from stclusters.publish.files import replaced
from stclusters.publish.frame import framed, shown
from stclusters.publish.quality import figures as q
from stclusters.publish.quality.figures import Figure
from stclusters.tables import KINDS

SHOWN_ECONOMIES = 25  # before the rest is folded away
WORDS = {q.HELD: "holds", q.BROKEN: "broken", q.FLAGGED: "doubtful"}
Cell = tuple[str, str]  # class and inner HTML


def write_report(path: Path, figures: Sequence[Figure], title: str, subtitle: str) -> None:
    """The report of the figures at `path`, which it replaces."""
    with replaced(path) as unfinished:
        unfinished.write_text(report_text(figures, title, subtitle), encoding="utf-8", newline="\n")


def report_text(figures: Sequence[Figure], title: str, subtitle: str) -> str:
    """The page: every text escaped, cut at 160 characters and kept from turning its surroundings."""
    return framed(title, subtitle, _verdict(figures) + "".join(section(figures) for section in SECTIONS))


def _verdict(figures: Iterable[Figure]) -> str:
    bounded = [figure for figure in figures if figure.bound is not None]
    broken = [figure for figure in bounded if figure.verdict == q.BROKEN]
    if broken:
        named = "; ".join(shown(each.named()) for each in broken[:3])
        return (
            f'<p class="verdict broken">Not released: {len(broken)} of {len(bounded)} checks are broken: {named}.</p>\n'
        )
    return f'<p class="verdict held">All {len(bounded)} checks hold.</p>\n'


def _checks(figures: Sequence[Figure]) -> str:
    chosen = [figure for figure in figures if figure.part in (q.CHECKS, q.CHANGE)]
    rows = [
        [_words(each.named()), _number(each), _bound(each), _mark(each)]
        for each in sorted(chosen, key=lambda each: each.verdict != q.BROKEN)
    ]
    explain = "What stops a release, with its bounds; they are set under [quality] in the method file."
    if not any(figure.part == q.CHANGE for figure in figures):
        explain += " There is no earlier edition in these tables to compare with."
    return _section("Checks", explain, ["Measure", "#Value", "#Bound", "Verdict"], rows)


def _documents(figures: Sequence[Figure]) -> str:
    chosen = [f for f in figures if f.part == q.DOCUMENTS or (f.part == q.COVERAGE and f.subject == q.ALL)]
    rows = [[_words(each.measure), _words(each.kind or ""), _number(each)] for each in chosen]
    return _section("Counts", "Of the windows of the edition.", ["What", "Kind", "#Count"], rows)


def _accuracy(figures: Sequence[Figure]) -> str:
    chosen = [figure for figure in figures if figure.measure == q.OF_ACCURACY]
    rows = [[_words(each.kind or ""), _words(each.subject), _number(each), _bar(each.value)] for each in chosen]
    explain = (
        "Part of all addresses that is geocoded so, in the source's own words. The published ranking had 98 % of "
        "inventor addresses at city level or better (85 % block, 8 % sub-city, 5 % city), and 99.6 % of author "
        "addresses at city level."
    )
    return _section("Geocoding by accuracy", explain, ["Kind", "Accuracy", "#Share", "|"], rows)


def _economies(figures: Sequence[Figure]) -> str:
    chosen = [figure for figure in figures if figure.part == q.COVERAGE and figure.subject and figure.kind]
    values = {(each.subject, each.kind, each.measure): each for each in chosen if each.measure != q.OF_ACCURACY}
    sizes: dict[str, float] = {}
    for (name, _, measure), each in values.items():
        sizes[name] = sizes.get(name, 0.0) + (each.value if measure == q.ADDRESSES else 0.0)
    rows = []
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        pairs = [values.get((name, kind, measure)) for kind in KINDS for measure in (q.ADDRESSES, q.LOCATED)]
        rows.append([_words(name), *(_number(each) if each else ("number", "–") for each in pairs)])
    heads = ["Economy", "#Inventor addresses", "#located", "#Author addresses", "#located"]
    explain = "Addresses of the documents of the window by the economy that the record or the place tells."
    return _section("Geocoding by economy", explain, heads, rows, SHOWN_ECONOMIES)


def _rows_of(part: str, heading: str, explain: str, what: str) -> Callable[[Sequence[Figure]], str]:
    def section(figures: Sequence[Figure]) -> str:
        chosen = sorted((figure for figure in figures if figure.part == part), key=lambda each: -each.value)
        rows = [
            [_words(each.subject), _number(each), *([_mark(each)] if part == q.HEAVIEST else [])] for each in chosen
        ]
        return _section(heading, explain, [what, "#Rows", *([""] if part == q.HEAVIEST else [])], rows)

    return section


def _conservation(figures: Sequence[Figure]) -> str:
    chosen = [figure for figure in figures if figure.part == q.CONSERVATION]
    rows = [[_words(each.subject), _mark(each)] for each in sorted(chosen, key=lambda each: each.verdict != q.BROKEN)]
    explain = "What must hold between tables, checked after each step."
    return _section("Conservation", explain, ["Guard", "Verdict"], rows, 12)


def _section(
    heading: str, explain: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], shown: int = 10**6
) -> str:
    if not rows:
        return f'<section><h2>{heading}</h2><p class="explain">{explain} None here.</p></section>\n'
    classes = {"#": "number", "|": "bar"}
    titles = "".join(f'<th class="{classes.get(head[:1], "")}">{escape(head.lstrip("#|"))}</th>' for head in heads)
    lines = ["<tr>" + "".join(f'<td class="{name}">{inner}</td>' for name, inner in row) + "</tr>" for row in rows]

    def table(of: Sequence[str]) -> str:
        return f'<div class="scroll"><table><thead><tr>{titles}</tr></thead><tbody>{"".join(of)}</tbody></table></div>'

    rest = lines[shown:]
    more = f"<details><summary>{len(rest):,} more</summary>{table(rest)}</details>" if rest else ""
    return f'<section><h2>{heading}</h2><p class="explain">{explain}</p>{table(lines[:shown])}{more}</section>\n'


def _words(text: str) -> Cell:
    return "text", shown(text)


def _number(figure: Figure) -> Cell:
    return "number", _told(figure.measure, figure.value)


def _told(measure: str, value: float) -> str:
    if measure.startswith(("share", "change")):
        sign = "+" if measure.startswith("change") and value > 0 else ""
        return f"{sign}{100 * value:.1f} %"
    return f"{value:,.0f}"


def _bound(figure: Figure) -> Cell:
    word = "≥" if figure.measure == q.LOCATED else "±" if figure.part == q.CHANGE else "≤"
    return "number", f"{word} {100 * (figure.bound or 0):.10g} %"


def _mark(figure: Figure) -> Cell:
    word = WORDS.get(figure.verdict)
    return "", f'<span class="mark {figure.verdict}">{word}</span>' if word else ""


def _bar(value: float) -> Cell:
    return "bar", f'<svg aria-hidden="true"><rect width="{100 * min(max(value, 0.0), 1.0):.2f}%" height="100%"/></svg>'


SECTIONS: tuple[Callable[[Sequence[Figure]], str], ...] = (
    _checks,
    _documents,
    _accuracy,
    _economies,
    _rows_of(q.REJECTS, "Rejected and dropped rows", "Raw rows by table and reason; nothing is repaired.", "Reason"),
    _rows_of(
        q.FLAGS,
        "Flags",
        "Addresses that are kept and doubtful, and documents without any, or with a cut list of authors.",
        "Flag",
    ),
    _rows_of(
        q.HEAVIEST,
        "Heaviest coordinates",
        "Where the most addresses lie at one point. Doubtful: heavy in its economy and far from every city, as the "
        "centre of an economy is that a geocoder gives where it knows no more.",
        "Coordinate",
    ),
    _conservation,
)
