"""Every figure of place, rank and collaborate, counted by document in exact fractions; no code of stclusters."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import NamedTuple

KINDS = ("patent", "article")
UNKNOWN = "UNKNOWN"


class Address(NamedTuple):
    """One address of one person on one document; `cluster` is None outside every cluster."""

    kind: str
    document: str
    person: str
    cluster: int | None
    economy: str


Document = tuple[str, str]
Fields = Mapping[Document, Iterable[str]]
Homes = Mapping[int, str]


def by_document(addresses: Iterable[Address]) -> dict[Document, list[Address]]:
    documents = defaultdict(list)
    for address in addresses:
        documents[address.kind, address.document].append(address)
    return dict(documents)


def shared_out(addresses: list[Address]) -> Iterator[tuple[Address, Fraction]]:
    """Each address of one document with its share: persons have equal parts, and so have the addresses of a person."""
    own = Counter(address.person for address in addresses)
    for address in addresses:
        yield address, Fraction(1, len(own) * own[address.person])


def places(addresses: Iterable[Address]) -> dict[tuple[str, str, int | None, str], Fraction]:
    """(kind, document, cluster, economy) -> share of the document."""
    found: dict[tuple[str, str, int | None, str], Fraction] = defaultdict(Fraction)
    for (kind, document), rows in by_document(addresses).items():
        for address, share in shared_out(rows):
            found[kind, document, address.cluster, address.economy] += share
    return dict(found)


def totals(addresses: Iterable[Address]) -> dict[str, int]:
    """kind -> documents that have an address."""
    documents = by_document(addresses)
    return {kind: sum(1 for of_kind, _ in documents if of_kind == kind) for kind in KINDS}


class Ranked(NamedTuple):
    rank: int
    patents: Fraction
    articles: Fraction
    patent_share: Fraction
    article_share: Fraction
    score: Fraction


def ranking(addresses: Iterable[Address], homes: Homes) -> dict[int, Ranked]:
    """cluster -> its rank, counts, shares and score."""
    rows = list(addresses)
    counts = {(cluster, kind): Fraction() for cluster in homes for kind in KINDS}
    for (kind, _, cluster, _), share in places(rows).items():
        if cluster is not None:
            counts[cluster, kind] += share
    world = totals(rows)
    shares = {key: count / world[key[1]] if world[key[1]] else Fraction() for key, count in counts.items()}
    scores = {cluster: 100 * shares[cluster, "patent"] + 100 * shares[cluster, "article"] for cluster in homes}
    return {
        cluster: Ranked(
            1 + sum(1 for other in scores.values() if other > scores[cluster]),
            counts[cluster, "patent"],
            counts[cluster, "article"],
            shares[cluster, "patent"],
            shares[cluster, "article"],
            scores[cluster],
        )
        for cluster in homes
    }


def cluster_fields(
    addresses: Iterable[Address], fields: Fields
) -> dict[tuple[int, str, str], tuple[Fraction, Fraction]]:
    """(cluster, kind, field) -> documents and their share of the cluster's documents of the kind."""
    documents: dict[tuple[int, str, str], Fraction] = defaultdict(Fraction)
    for (kind, document, cluster, _), share in places(addresses).items():
        own = sorted(set(fields.get((kind, document), ()))) or ["unknown"]
        if cluster is not None:
            for field in own:
                documents[cluster, kind, field] += share / len(own)
    return {
        key: (count, count / sum(n for k, n in documents.items() if k[:2] == key[:2]))
        for key, count in documents.items()
    }


def top_fields(
    addresses: Iterable[Address], fields: Fields, homes: Homes, top: int
) -> dict[tuple[str, str], tuple[Fraction, Fraction]]:
    """(kind, field) -> documents of the clusters ranked `top` or better, and their share of all of them of the kind."""
    rows = list(addresses)
    ranked = ranking(rows, homes)
    documents: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for (cluster, kind, field), (count, _) in cluster_fields(rows, fields).items():
        if ranked[cluster].rank <= top:
            documents[kind, field] += count
    return {
        key: (count, count / sum(n for k, n in documents.items() if k[0] == key[0])) for key, count in documents.items()
    }


class Economy(NamedTuple):
    clusters: int
    top_clusters: int
    best_rank: int
    patents: Fraction
    articles: Fraction
    score: Fraction


def economy_clusters(addresses: Iterable[Address], homes: Homes, top: int) -> dict[str, Economy]:
    """home economy -> its clusters, those among the top, the best rank, and the sums of their counts and scores."""
    ranked = ranking(addresses, homes)
    found = {}
    for economy in set(homes.values()):
        own = [ranked[cluster] for cluster, home in homes.items() if home == economy]
        found[economy] = Economy(
            len(own),
            sum(1 for row in own if row.rank <= top),
            min(row.rank for row in own),
            sum((row.patents for row in own), Fraction()),
            sum((row.articles for row in own), Fraction()),
            sum((row.score for row in own), Fraction()),
        )
    return found


def with_another(here: Iterable[Address], there: Iterable[Address]) -> bool:
    """Is there a person here and another person there?"""
    inside, outside = {address.person for address in here}, {address.person for address in there}
    return bool(inside) and bool(outside) and len(inside | outside) > 1


def foreign_collaboration(addresses: Iterable[Address], homes: Homes) -> dict[tuple[int, str], tuple[int, int]]:
    """(cluster, kind) -> documents with a person in the cluster; those with another person abroad."""
    found = {(cluster, kind): (0, 0) for cluster in homes for kind in KINDS}
    for (kind, _), rows in by_document(addresses).items():
        for cluster in {row.cluster for row in rows} - {None}:
            inside = [row for row in rows if row.cluster == cluster]
            home = homes[cluster]
            abroad = [row for row in rows if home != UNKNOWN and row.economy not in (home, UNKNOWN)]
            documents, foreign = found[cluster, kind]
            found[cluster, kind] = (documents + 1, foreign + with_another(inside, abroad))
    return found


def collaboration_links(addresses: Iterable[Address], homes: Homes) -> dict[tuple[int, str, str], tuple[str, int]]:
    """(cluster, kind, partner economy) -> scope, and documents with another person there, outside the cluster."""
    links: dict[tuple[int, str, str], int] = defaultdict(int)
    for (kind, _), rows in by_document(addresses).items():
        for cluster in {row.cluster for row in rows} - {None}:
            inside = [row for row in rows if row.cluster == cluster]
            for economy in {row.economy for row in rows if row.cluster != cluster}:
                partners = [row for row in rows if row.cluster != cluster and row.economy == economy]
                links[cluster, kind, economy] += with_another(inside, partners)
    return {key: (scope(key[2], homes[key[0]]), count) for key, count in links.items() if count}


def scope(partner: str, home: str) -> str:
    if UNKNOWN in (partner, home):
        return "unknown"
    return "domestic" if partner == home else "foreign"


def cluster_links(addresses: Iterable[Address]) -> dict[tuple[int, int | None, str], int]:
    """(cluster, larger cluster or None for outside all, kind) -> documents with a person here and another there."""
    links: dict[tuple[int, int | None, str], int] = defaultdict(int)
    for (kind, _), rows in by_document(addresses).items():
        parts: dict[int | None, list[Address]] = defaultdict(list)
        for row in rows:
            parts[row.cluster].append(row)
        for (a, here), (b, there) in product(parts.items(), repeat=2):
            if a is not None and (b is None or a < b):
                links[a, b, kind] += with_another(here, there)
    return {key: count for key, count in links.items() if count}
