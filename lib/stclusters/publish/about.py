"""What a published page says of itself: method, windows, sources, run and rejected rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

Section = dict[str, object]
Facts = list[tuple[str, str]]


class SourceNote(BaseModel):
    """A source as the page names it; other settings of a source are not shown."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    licence: str = ""
    attribution: str = ""
    note: str = ""

    def facts(self) -> Facts:
        """Licence and attribution, as label and text."""
        return [("Licence", self.licence), ("Attribution", self.attribution)]


class StepNote(BaseModel):
    """The newest record of a step, as the page tells it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    started: str
    seconds: float
    rows_out: Mapping[str, int] = {}
    guards: Mapping[str, str] = {}

    def fact(self) -> tuple[str, str]:
        """The step, and when it ran, how long, what it wrote and how many guards held."""
        written = ", ".join(f"{name} {rows:,}" for name, rows in sorted(self.rows_out.items()))
        held = sum(result == "held" for result in self.guards.values())
        guards = f"{held} of {len(self.guards)} guards held" if self.guards else ""
        told = (f"{self.started}, {self.seconds:,.0f} s", f"rows: {written}" if written else "", guards)
        return self.step, "; ".join(part for part in told if part)


class About(BaseModel):
    """All that the page is told beside its tables; what is left out is not shown, and an unknown key is refused.

    `radius_m` is in metres, `min_weight` in inventor-equivalents, `author_weight` the number that was used (an inventor
    weighs 1), the windows are first and last year, `documents` the documents of the window by kind, `rejects` raw rows
    by reason. `note` is shown at the top of the page; without it, the notes of the sources are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    edition: int
    run_id: str = ""
    version: str = ""
    radius_m: float = Field(gt=0)
    min_weight: float = Field(gt=0)
    author_weight: float | None = None
    patent_window: tuple[int, int] | None = None
    article_window: tuple[int, int] | None = None
    patent_types: Sequence[str] = ()
    article_types: Sequence[str] = ()
    label_share: float | None = None
    top_clusters: int = 100
    documents: Mapping[str, int] = {}
    sources: Sequence[SourceNote] = ()
    note: str = ""
    rejects: Mapping[str, int] = {}
    steps: Sequence[StepNote] = ()
    merge_distance_m: float | None = None

    def source(self) -> str:
        """The names of the sources."""
        return ", ".join(source.name for source in self.sources)

    def citation(self) -> str:
        """How to cite the page."""
        made = " ".join(part for part in ("stclusters", self.version) if part)
        parts = (
            f"Science and technology clusters, edition {self.edition}. Computed with {made}",
            f", run {self.run_id}" if self.run_id else "",
            f", from: {self.source()}" if self.sources else "",
            f" ({attributions})"
            if (attributions := "; ".join(s.attribution for s in self.sources if s.attribution))
            else "",
        )
        return "".join(parts) + "."

    def top_note(self) -> str:
        """The note at the top of the page; empty where nobody gave one."""
        return self.note or " ".join(source.note for source in self.sources if source.note)

    def threshold(self) -> str:
        """The density threshold in words."""
        return f"{self.min_weight:,.10g} inventor-equivalents within {self.radius_m / 1000:,.10g} km"

    def windows(self) -> str:
        """The windows in words; empty where none is told."""
        named = (("patents", self.patent_window), ("articles", self.article_window))
        return ", ".join(f"{kind} {years[0]}–{years[1]}" for kind, years in named if years)

    def sections(self, intervals: bool = False) -> list[Section]:
        """The parts of the About section: heading, paragraphs, and facts as pairs of label and text.

        `intervals` says whether the page shows intervals of ranks and scores.
        """
        total = sum(self.rejects.values())
        rejected = f"{total:,} raw rows were rejected or dropped." if total else "No raw row was rejected or dropped."
        by_rows = sorted(self.rejects.items(), key=lambda item: (-item[1], item))
        return [
            _section("How to cite", [self.citation(), CITE], []),
            _section("Method", METHOD, self._method_facts()),
            _section("What the numbers are not", LIMITS, []),
            _section("Uncertainty", [INTERVAL, UNCERTAIN] if intervals else [UNCERTAIN], []),
            *[_section(f"Source: {each.name}", [each.note], each.facts()) for each in self.sources],
            _section("Map", [MAP], []),
            _section("Run", [], [("Run", self.run_id), ("stclusters", self.version), *[s.fact() for s in self.steps]]),
            _section("Rejected rows", [rejected], [(reason, f"{rows:,}") for reason, rows in by_rows if rows]),
        ]

    def _method_facts(self) -> Facts:
        author = "" if self.author_weight is None else f"{self.author_weight:.6g} (an inventor weighs 1)"
        label = "" if self.label_share is None else f"{100 * self.label_share:.10g} % of the output"
        merge = "" if self.merge_distance_m is None else f"{self.merge_distance_m / 1000:,.10g} km, edge to edge"
        counts = sorted(self.documents.items())
        return [
            ("Edition", str(self.edition)),
            ("Radius", f"{self.radius_m / 1000:,.10g} km"),
            ("Density threshold", f"{self.min_weight:,.10g} inventor-equivalents"),
            ("Weight of an author", author),
            ("Neighbours may merge within", merge),
            ("Windows", self.windows()),
            ("Types of patent", ", ".join(self.patent_types)),
            ("Types of article", ", ".join(self.article_types)),
            ("Economy label from", label),
            *[(f"{kind.capitalize()}s of the window", f"{count:,}") for kind, count in counts],
        ]


def _section(heading: str, paragraphs: Sequence[str], facts: Facts) -> Section:
    told = [(label, text) for label, text in facts if text]
    return {"heading": heading, "paragraphs": [text for text in paragraphs if text], "facts": told}


METHOD = [
    "Inventor and author addresses are geocoded. A place is dense where the addresses within the radius, weighted, "
    "reach the threshold; dense places within the radius of each other form a cluster (DBSCAN on the sphere, exact).",
    "A document counts in a cluster by the part of its inventors or authors there, so every document counts once in "
    "the world.",
    "The method follows the science and technology clusters of the Global Innovation Index (WIPO). "
    "This is an independent computation, not a publication of WIPO.",
]
CITE = "The address of a view holds all that is chosen in it: copy it from the address bar to send or to cite the view."
INTERVAL = (
    "The interval of a rank or score holds 95 % of the results of a bootstrap over documents, with the clusters held "
    "fixed. The order of two clusters whose intervals overlap is not certain."
)
UNCERTAIN = (
    "No interval tells of errors of geocoding, of documents that the sources lack, or of what another radius or "
    "threshold would give."
)
LIMITS = [
    "The score measures volume: it is not adjusted for population, quality or value. Small differences of score are "
    "no difference worth telling, and all ranks depend on the radius, the threshold and the coverage of the sources.",
    "An outline is drawn around the addresses of a cluster. It is no administrative border. Economies are those of "
    "the addresses; their codes are ISO 3166-1 and say nothing of status. Names of economies are your browser's.",
]
MAP = (
    "Coastline: Natural Earth (public domain), generalised: it is some kilometres off where the map is near. "
    "Projection: Equal Earth, in which areas are true. No borders are drawn."
)
