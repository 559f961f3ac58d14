"""The published clusters and planted neighbours as basins: cities, how far they reach, and their output."""

from __future__ import annotations

from dataclasses import dataclass

from stclusters.errors import BadInput
from stclusters.packaged import packaged_rows

STRANGER_OUTPUT = (1_200, 8_000)  # patents and articles of a planted stranger: over the threshold, below rank 100


@dataclass(frozen=True)
class Published:
    """One row of the published top 100 of 2024: fractional counts of patents and articles."""

    rank: int
    name: str
    economy: str
    patents: int
    articles: int


@dataclass(frozen=True)
class Basin:
    """A cluster of the world, or the part of it that one planted neighbour is; rank 0: not of the published ranking.

    `cities` are NAME:ECONOMY or NAME:ECONOMY:REGION, the first of them the city that names it. What lies within
    `reach_km` of a city belongs to it.
    """

    rank: int
    patents: float
    articles: float
    reach_km: float
    cities: tuple[str, ...]


def read_published() -> list[Published]:
    """The published top 100 of 2024 (GII 2024, Appendix Table 8), in order."""
    return [
        Published(int(row["rank"]), row["name"], row["economy"], int(row["patents"]), int(row["articles"]))
        for row in packaged_rows("published_2024.csv")
    ]


def read_basins() -> list[Basin]:
    """The basins in the order of the file; those of one rank share its published output."""
    output = {published.rank: (published.patents, published.articles) for published in read_published()}
    output[0] = STRANGER_OUTPUT
    basins = []
    for row in packaged_rows("world_basins.csv"):
        rank, share = int(row["rank"]), float(row["share"])
        patents, articles = output[rank]
        cities = tuple(row["cities"].split("|"))
        basins.append(Basin(rank, patents * share, articles * share, float(row["reach_km"]), cities))
    return basins


def city_key(city: str) -> tuple[str, str, str | None]:
    """The parts of NAME:ECONOMY[:REGION]."""
    name, economy, *region = city.split(":")
    if len(region) > 1:
        raise BadInput(f"{city!r}: is no city, write NAME:ECONOMY or NAME:ECONOMY:REGION.")
    return name, economy, region[0] if region else None
