"""One figure of the quality of an edition, and its verdict."""

from __future__ import annotations

from typing import NamedTuple

TOLD, FLAGGED, HELD, BROKEN = "told", "flagged", "held", "broken"

CHECKS, COVERAGE, DOCUMENTS, REJECTS, FLAGS = "checks", "coverage", "documents", "rejects", "flags"
HEAVIEST, CONSERVATION, CHANGE = "heaviest", "conservation", "change"

ADDRESSES = "addresses"
LOCATED = "share of addresses located"
ELSEWHERE = "share of addresses outside the economy that the record says"
WITHOUT_ADDRESS = "share of documents without a located address"
OF_ACCURACY = "share of addresses of this accuracy"
CLUSTERS = "clusters"
COUNTED = "documents"
WITHOUT_DOCUMENT = "addresses without a document of the window"
ROWS = "rows"
HELD_GUARD = "guard"
COUNT_CHANGE = "change of the count since the edition before"
SHARE_CHANGE = "change of the share since the edition before"
ALL = ""  # the subject of a figure that is about everything


class Figure(NamedTuple):
    """A row of `quality`; `bound` is None where the figure is only told."""

    part: str
    measure: str
    kind: str | None
    subject: str
    value: float
    bound: float | None = None
    verdict: str = TOLD

    def named(self) -> str:
        """What the figure is of, in words: measure, subject and kind."""
        return " ".join(part for part in (self.measure, self.subject, self.kind and f"of {self.kind}s") if part)


def at_least(part: str, measure: str, kind: str | None, subject: str, value: float, bound: float) -> Figure:
    """The figure, which holds where its value is at least the bound."""
    return Figure(part, measure, kind, subject, value, bound, HELD if value >= bound else BROKEN)


def at_most(part: str, measure: str, kind: str | None, subject: str, value: float, bound: float) -> Figure:
    """The figure, which holds where the size of its value is at most the bound."""
    return Figure(part, measure, kind, subject, value, bound, HELD if abs(value) <= bound else BROKEN)
