"""What the synthetic world is made to show: published totals, rates by economy, and planted neighbours.

The counts of the top 100 clusters are those of `data/published_2024.csv`: GII 2024, Appendix Table 8, printed
pp. 306-309; the totals and the mix of accuracies are of the same report's Appendix IV. Rates by economy and the output
outside the top 100 are this project's round estimates, and give the world its shape only.
"""

from __future__ import annotations

from dataclasses import dataclass

INVENTOR_ADDRESSES = 4_113_927  # of the window of edition 2024
AUTHOR_ADDRESSES = 27_022_686
FULL_ROWS = INVENTOR_ADDRESSES + AUTHOR_ADDRESSES
PATENTS = 1_288_000  # the totals that reproduce the published shares
ARTICLES = 7_940_000
THRESHOLD = 4_500  # inventor-equivalents at full size
CLUSTERS = 232  # published number of clusters worldwide, and before merging
UNMERGED_CLUSTERS = 242

FIRST_YEAR = {"patent": 2019, "article": 2018}
YEARS = 5
GROWTH = {"CN": 0.08, "IN": 0.06, "IR": 0.03, "TR": 0.03, "SA": 0.08, "KR": 0.02, "JP": -0.03, "US": -0.02}
# a document's year y of 0 to 4 weighs 1 + (y - 2) * growth

# Accuracy of the geocode, in parts of a thousand; published: inventors 85 % block, 8 % below the city, 5 % city.
ACCURACIES = ("synthetic block", "synthetic sub-city", "synthetic city", "synthetic area")
ACCURACY_OF_INVENTORS = (850, 80, 50, 20)
ACCURACY_OF_AUTHORS = (0, 0, 996, 4)
AREA_MICRO = 100_000  # an address of area accuracy stands on a lattice of 0.1 degree

# How often a document is shared with other economies: the rate of documents that look abroad, patents and articles.
FOREIGN_DEFAULT = (0.35, 0.55)
FOREIGN = {
    **{"US": (0.12, 0.30), "CN": (0.06, 0.22), "JP": (0.03, 0.25), "KR": (0.03, 0.25), "DE": (0.16, 0.45)},
    **{"FR": (0.2, 0.5), "GB": (0.25, 0.5), "IT": (0.15, 0.42), "ES": (0.2, 0.45), "CA": (0.35, 0.45)},
    **{"AU": (0.3, 0.5), "NL": (0.25, 0.55), "CH": (0.28, 0.88), "SE": (0.2, 0.6), "BE": (0.45, 0.6)},
    **{"AT": (0.35, 0.6), "DK": (0.25, 0.6), "FI": (0.2, 0.6), "SG": (0.4, 0.75), "HK": (0.2, 0.6)},
    **{"IL": (0.2, 0.45), "TW": (0.2, 0.3), "IN": (0.25, 0.18), "IR": (0.1, 0.25), "TR": (0.1, 0.2)},
    **{"RU": (0.15, 0.22), "BR": (0.2, 0.3), "PL": (0.2, 0.3), "EG": (0.3, 0.5), "MY": (0.3, 0.4)},
}
DOMESTIC_DEFAULT = 0.12  # likewise with other places of the same economy
DOMESTIC = {"CN": 0.3, "US": 0.3, "JP": 0.25, "KR": 0.3, "DE": 0.25, "FR": 0.25, "GB": 0.2, "IN": 0.2, "IT": 0.2}

# Output outside the published top 100, thousands of patents and articles, shared within the economy by population.
OUTSIDE_DEFAULT = (0.004, 0.35)  # per million persons
OUTSIDE = {
    **{"US": (85, 600), "CN": (60, 450), "JP": (46, 140), "KR": (15, 75), "DE": (42, 265), "FR": (18, 166)},
    **{"GB": (15, 300), "IT": (11, 240), "ES": (3.5, 180), "NL": (7, 60), "CH": (5, 50), "SE": (9, 45)},
    **{"IN": (4, 330), "BR": (2, 200), "CA": (5.5, 190), "AU": (2.5, 120), "RU": (2.5, 110), "TR": (2.5, 110)},
    **{"IR": (0.5, 140), "TW": (1, 45), "IL": (2, 20), "FI": (4.5, 30), "DK": (3, 35), "AT": (5, 35)},
    **{"BE": (2.5, 40), "NO": (4, 60), "PL": (1.3, 130), "CZ": (1, 70), "PT": (1, 80), "GR": (0.6, 55)},
    **{"IE": (2.3, 40), "HU": (0.9, 35), "RO": (0.2, 50), "UA": (0.6, 40), "MY": (0.5, 35), "TH": (0.6, 55)},
    **{"ID": (0.1, 40), "VN": (0.2, 30), "PK": (0.1, 90), "BD": (0.02, 25), "EG": (0.1, 45), "SA": (2.5, 90)},
    **{"AE": (0.6, 25), "ZA": (1.2, 65), "NG": (0.05, 35), "MX": (1.1, 90), "AR": (0.2, 45), "CL": (0.9, 45)},
    **{"CO": (0.5, 40), "PE": (0.2, 12), "NZ": (1.3, 38), "QA": (0.2, 12), "RS": (0.1, 25), "HR": (0.1, 25)},
}


@dataclass(frozen=True)
class Neighbours:
    """Two planted clusters whose edges lie within 5 km: `anchor`, a city of the one, faces `facing`, of the other.

    `mixing` is the part of the documents of the second that look to the first; 0: strangers, which must not merge.
    """

    anchor: str
    facing: str
    mixing: float


# Published merges of 2024. Matsudo and Tokyo are not planted: 20 km apart, they would be one cluster from the start.
MIXING = 0.6
MERGING = (
    Neighbours("Denver:US:CO", "Boulder:US:CO", MIXING),
    Neighbours("Wellesley:US:MA", "Worcester:US:MA", MIXING),
    Neighbours("Amsterdam:NL", "The Hague:NL", MIXING),
    Neighbours("College Park:US:MD", "Baltimore:US:MD", MIXING),
    Neighbours("Oak Park:US:IL", "Aurora:US:IL", MIXING),
    Neighbours("East Los Angeles:US:CA", "Irvine:US:CA", MIXING),
    Neighbours("Rishon LeTsiyyon:IL", "Jerusalem:IL", MIXING),
    Neighbours("Yongin-si:KR", "Cheonan:KR", MIXING),
    Neighbours("Philadelphia:US:PA", "Wilmington:US:DE", MIXING),
)
STRANGERS = (
    Neighbours("Manchester:GB", "Liverpool:GB", 0.0),
    Neighbours("Sheffield:GB", "Nottingham:GB", 0.0),
    Neighbours("Cleveland:US:OH", "Akron:US:OH", 0.0),
)
NEIGHBOURS = MERGING + STRANGERS
