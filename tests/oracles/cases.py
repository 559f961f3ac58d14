"""Cases of documents: read from tests/cases or drawn, and every figure of them in one form, by oracles/figures.py."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from oracles import figures
from oracles.figures import Address, Document

Value = Fraction | str | None
Rows = dict[tuple[object, ...], dict[str, Value]]  # key of the row -> figure -> value
Figures = dict[str, Rows]  # table -> its rows
FOLDER = Path(__file__).parents[1] / "cases"


@dataclass(frozen=True)
class Case:
    """Addresses with their clusters known, fields of documents, home economies, and how many clusters the top is."""

    addresses: list[Address]
    homes: dict[int, str]
    fields: Mapping[Document, list[str]] = field(default_factory=dict)
    top: int = 2
    names: Mapping[str, int] = field(default_factory=dict)


def read_case(folder: Path) -> Case:
    """The case of a folder: addresses.csv, clusters.csv and documents.csv; clusters are numbered in their order."""
    clusters = read_rows(folder / "clusters.csv")
    names = {row["cluster"]: 101 + i for i, row in enumerate(clusters)}
    addresses = [
        Address(
            row["kind"],
            row["document"],
            row["person"],
            names[row["cluster"]] if row["cluster"] else None,
            row["economy"],
        )
        for row in read_rows(folder / "addresses.csv")
    ]
    documents = read_rows(folder / "documents.csv")
    fields = {(row["kind"], row["document"]): row["fields"].split(";") for row in documents if row["fields"]}
    assert {(row["kind"], row["document"]) for row in documents} == set(figures.by_document(addresses))
    return Case(addresses, {names[row["cluster"]]: row["home"] for row in clusters}, fields, names=names)


def read_expected(folder: Path, case: Case) -> Figures:
    """The figures of expected.csv, worked out by hand; a key's parts are joined by a bar, and no cluster is empty."""
    expected: Figures = {}
    for row in read_rows(folder / "expected.csv"):
        key = tuple(case.names.get(part, part or None) for part in row["key"].split("|"))
        value = row["value"]
        number = value[:1].isdigit()
        expected.setdefault(row["table"], {}).setdefault(key, {})[row["figure"]] = Fraction(value) if number else value
    return expected


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def all_figures(case: Case) -> Figures:
    """Every figure of a case, counted document by document."""
    rows, homes, top = case.addresses, case.homes, case.top
    shared = ("documents", "share")
    found = {
        "document_places": {key: {"share": share} for key, share in figures.places(rows).items()},
        "ranking": {(key,): ranked._asdict() for key, ranked in figures.ranking(rows, homes).items()},
        "cluster_fields": {
            k: dict(zip(shared, v, strict=True)) for k, v in figures.cluster_fields(rows, case.fields).items()
        },
        "top_fields": {
            k: dict(zip(shared, v, strict=True)) for k, v in figures.top_fields(rows, case.fields, homes, top).items()
        },
        "economy_clusters": {(k,): v._asdict() for k, v in figures.economy_clusters(rows, homes, top).items()},
        "foreign_collaboration": {
            key: {
                "documents": documents,
                "foreign_documents": foreign,
                "foreign_share": Fraction(foreign, documents) if documents else None,
            }
            for key, (documents, foreign) in figures.foreign_collaboration(rows, homes).items()
        },
        "collaboration_links": {
            key: {"scope": scope, "links": links}
            for key, (scope, links) in figures.collaboration_links(rows, homes).items()
        },
        "cluster_links": {key: {"links": links} for key, links in figures.cluster_links(rows).items()},
    }
    return found  # type: ignore[return-value]


def drawn_case(seed: int, documents: int) -> Case:
    """Documents of one to eight persons with one to four addresses each, in six clusters and outside."""
    rng = np.random.default_rng(seed)
    homes = {11: "CH", 12: "FR", 13: "US", 14: "US", 15: "DE", 16: "UNKNOWN"}
    economies = ["CH", "FR", "US", "DE", "UNKNOWN"]
    names = ["chemistry", "biology", "computing", "optics", "unknown"]
    addresses, fields = [], {}
    for number in range(documents):
        kind = figures.KINDS[int(rng.integers(2))]
        for person in range(int(rng.choice([1, 1, 2, 2, 3, 4, 5, 8]))):
            for _ in range(int(rng.choice([1, 1, 1, 2, 3, 4]))):
                cluster = [*homes, None, None][int(rng.integers(8))]
                home = homes.get(cluster or 0, "FR")
                economy = home if rng.random() < 0.6 else economies[int(rng.integers(5))]
                addresses.append(Address(kind, f"d{number}", f"person {person}", cluster, economy))
        if rng.random() < 0.8:
            fields[kind, f"d{number}"] = sorted(set(rng.choice(names, int(rng.integers(1, 4))).tolist()))
    return Case(addresses, homes, fields, top=3)
