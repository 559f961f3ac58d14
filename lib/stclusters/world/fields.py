"""Fields of documents: IPC symbols of patents, science fields of articles."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stclusters.packaged import packaged_rows
from stclusters.sphere import Floats, Longs
from stclusters.world.basins import read_published
from stclusters.world.geography import Places

# Technology fields in percent of the patents of the top 100 together. The first ten are published (2023); the others
# share the rest by this project's estimate. Below: published shares of a field in a cluster, by rank.
TECHNOLOGY = {
    **{"Computer technology": 11.6, "Digital communication": 11.4, "Electrical machinery, apparatus, energy": 6.5},
    **{"Medical technology": 6.5, "Audio-visual technology": 4.7, "Measurement": 4.6, "Pharmaceuticals": 4.3},
    **{"Semiconductors": 3.6, "Transport": 3.4, "Biotechnology": 3.3},
}
OTHERS = {
    **{"Optics": 3.0, "Telecommunications": 2.6, "Other special machines": 2.6, "Organic fine chemistry": 2.6},
    **{"Basic materials chemistry": 2.4, "Civil engineering": 2.2, "Chemical engineering": 2.2, "Handling": 2.2},
    **{"Mechanical elements": 2.0, "Engines, pumps, turbines": 2.0, "Other consumer goods": 2.0, "Control": 2.0},
    **{"IT methods for management": 2.0, "Macromolecular chemistry, polymers": 1.9, "Machine tools": 1.9},
    **{"Materials, metallurgy": 1.8, "Furniture, games": 1.6, "Surface technology, coating": 1.5},
    **{"Thermal processes and apparatus": 1.4, "Textile and paper machines": 1.3, "Food chemistry": 1.0},
    **{"Environmental technology": 1.0, "Analysis of biological materials": 0.8, "Basic communication processes": 0.6},
    **{"Micro-structural and nano-technology": 0.3},
}
STRONG = {2: ("Digital communication", 26.1), 6: ("Computer technology", 22.3), 22: ("Transport", 12.9)}
SCIENCE = {
    **{"Medicine": 24.0, "Engineering": 16.0, "Materials science": 11.0, "Chemistry": 9.0, "Physics": 8.0},
    **{"Biochemistry and genetics": 9.0, "Computer science": 7.0, "Environmental science": 6.0, "Agriculture": 4.0},
    **{"Mathematics": 3.0, "Earth sciences": 3.0},
}


def technology_symbols() -> list[tuple[str, str]]:
    """A field and an IPC symbol of it, in the order of `TECHNOLOGY` and `OTHERS`: one subclass a field."""
    of_field: dict[str, str] = {}
    for row in packaged_rows("ipc_fields.csv"):
        of_field.setdefault(row["field"], row["pattern"].removesuffix("/") + ("/00" if "/" in row["pattern"] else ""))
    return [(field, of_field[field]) for field in (*TECHNOLOGY, *OTHERS)]


def technology_chances(places: Places) -> tuple[Floats, Longs]:
    """Cumulative chances of the fields by profile, and the profile of each place: 0, or the number of its strong field.

    A published cluster with a strong field has that share of it; the others have what makes the top 100 together hold
    to the published shares.
    """
    names = [*TECHNOLOGY, *OTHERS]
    left = 100 - sum(TECHNOLOGY.values())
    estimated = sum(OTHERS.values())
    whole = np.array([*TECHNOLOGY.values(), *(share * left / estimated for share in OTHERS.values())])
    published = {row.rank: row.patents for row in read_published()}
    everyone = sum(published.values())
    base = whole.copy()
    for rank, (field, share) in STRONG.items():
        number = names.index(field)
        part = published[rank] / everyone
        base[number] = (whole[number] - part * share) / (1 - part)
    profiles = [base]
    profile = np.zeros(len(places.rank), np.int64)
    for place, (rank, (field, share)) in enumerate(STRONG.items(), start=1):
        number = names.index(field)
        one = base * (100 - share) / (base.sum() - base[number])
        one[number] = share
        profiles.append(one)
        profile[places.rank == rank] = place
    return np.stack([_cumulative(one) for one in profiles]), profile


def science_chances() -> Floats:
    """Cumulative chances of the science fields."""
    return _cumulative(np.array(list(SCIENCE.values())))


def _cumulative(shares: npt.NDArray[np.float64]) -> Floats:
    return np.asarray(np.cumsum(np.rint(shares / shares.sum() * 1e6)) / 1e6)
