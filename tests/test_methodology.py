"""Placing, ranking and collaboration of whole cases against figures counted by hand and document by document."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction

import pytest
from pyspark.sql import DataFrame, SparkSession

from held import until_the_test_ends
from oracles.cases import FOLDER, Case, Figures, Rows, Value, all_figures, drawn_case, read_case, read_expected
from oracles.figures import Address
from stclusters.collaborate.foreign import foreign_collaboration
from stclusters.collaborate.links import cluster_links, collaboration_links
from stclusters.collaborate.shared import count_shared
from stclusters.place.places import place_documents
from stclusters.rank.economies import economy_clusters
from stclusters.rank.fields import cluster_fields, top_fields
from stclusters.rank.score import rank_clusters

ADDRESSES = (
    "kind string, document_id string, person int, address int, point_id bigint, lon double, lat double,"
    " economy string, persons int, addresses_each int, accuracy string, flags array<string>"
)
CLUSTERS = "cluster_id bigint, name string, home_economy string, economies array<string>"
KEYS = {
    "ranking": ("cluster_id",),
    "cluster_fields": ("cluster_id", "kind", "field"),
    "top_fields": ("kind", "field"),
    "economy_clusters": ("economy",),
    "foreign_collaboration": ("cluster_id", "kind"),
    "collaboration_links": ("cluster_id", "kind", "partner_economy"),
    "cluster_links": ("cluster_a", "cluster_b", "kind"),
}
EXACT_TO = 1e-12  # figures are exact to 18 decimals and rounded once, to a double
SUMMED_TO = 1e-10  # those that are summed from stored doubles, at 12 decimals each
SUMMED = ("top_fields", "economy_clusters")
RANKED = ("ranking", *SUMMED)  # what depends on the documents of the whole world
WORLD = 1000  # more than any case has clusters
NAMED = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def numbered(addresses: list[Address]) -> list[tuple[object, ...]]:
    """Rows of the table `addresses`: persons and their addresses numbered, two points a cluster."""
    persons: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    each = Counter((row.kind, row.document, row.person) for row in addresses)
    seen: Counter[tuple[str, str, str]] = Counter()
    for row in addresses:
        of_document = persons[row.kind, row.document]
        of_document.setdefault(row.person, len(of_document) + 1)
    found: list[tuple[object, ...]] = []
    for row in addresses:
        of_document, key = persons[row.kind, row.document], (row.kind, row.document, row.person)
        seen[key] += 1
        point = 0 if row.cluster is None else 10 * row.cluster + seen[key] % 2
        person = of_document[row.person]
        found.append((*key[:2], person, seen[key], point, 0.5, 0.5, row.economy, len(of_document), each[key], None, []))
    return found


def place_case(spark: SparkSession, case: Case) -> DataFrame:
    labels = [(0, "noise", None)]
    labels += [(10 * cluster + i, "core" if i else "border", cluster) for cluster in case.homes for i in (0, 1)]
    addresses = spark.createDataFrame(numbered(case.addresses), ADDRESSES)
    return place_documents(addresses, spark.createDataFrame(labels, "point_id bigint, role string, cluster_id bigint"))


def figures_of(spark: SparkSession, case: Case, *, ranked: bool = True, linked: bool = True) -> Figures:
    """The figures of a case by the tested code, in the oracle's form."""
    placed = until_the_test_ends(place_case(spark, case).persist())
    clusters = spark.createDataFrame([(c, f"cluster {c}", home, [home]) for c, home in case.homes.items()], CLUSTERS)
    fielded = [(*document, name, len(names)) for document, names in case.fields.items() for name in names]
    fields = spark.createDataFrame(fielded, "kind string, document_id string, field string, fields int")
    of_clusters = until_the_test_ends(cluster_fields(placed, fields).persist())
    frames = {"cluster_fields": of_clusters}
    if ranked:
        ranking = until_the_test_ends(rank_clusters(placed, clusters).persist())
        frames["ranking"] = ranking
        frames["top_fields"] = top_fields(of_clusters, ranking, case.top)
        frames["economy_clusters"] = economy_clusters(ranking, case.top)
    if linked:
        shared = until_the_test_ends(count_shared(placed, clusters).persist())
        frames["foreign_collaboration"] = foreign_collaboration(placed, shared, clusters)
        frames["collaboration_links"] = collaboration_links(shared, clusters)
        frames["cluster_links"] = cluster_links(shared)
    found = {name: keyed(frame, KEYS[name]) for name, frame in frames.items()}
    return {"document_places": shares_of(placed), **found}


def shares_of(placed: DataFrame) -> Rows:
    """The exact shares of documents from the whole numbers of `document_places`."""
    shares: Rows = {}
    for row in placed.collect():
        key = (row["kind"], row["document_id"], row["cluster_id"], row["economy"])
        share = Fraction(row["addresses"], row["persons"] * row["addresses_each"])
        shares[key] = {"share": share + shares.get(key, {"share": Fraction()})["share"]}  # type: ignore[operator]
    return shares


def keyed(frame: DataFrame, key: tuple[str, ...]) -> Rows:
    rows = [row.asDict() for row in frame.collect()]
    found = {tuple(row.pop(name) for name in key): row for row in rows}
    assert len(found) == len(rows), f"two rows of one {key}"
    return found


def assert_figures(found: Figures, expected: Figures) -> None:
    """Every expected table has exactly the rows expected, and in them each expected figure."""
    for table, rows in expected.items():
        assert set(found[table]) == set(rows), table
        within = SUMMED_TO if table in SUMMED else EXACT_TO
        for key, figures in rows.items():
            for name, value in figures.items():
                there = found[table][key][name]
                assert same(there, value, within), f"{table} {key} {name}: {there} is not {value}"


def same(found: Value | float, expected: Value, within: float) -> bool:
    if isinstance(found, float) and isinstance(expected, Fraction | int):
        return found == pytest.approx(float(expected), rel=within, abs=within)
    return found == expected


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> dict[str, Figures]:
    """The figures of every named case: counted in one world, and ranked, where the case says so, each in its own."""
    cases = {name: read_case(FOLDER / name) for name in NAMED}
    together = figures_of(spark, in_one_world(list(cases.values())), ranked=False)
    of_cases = {name: of_world(together, i) for i, name in enumerate(NAMED)}
    for name, case in cases.items():
        if set(RANKED) & set(read_expected(FOLDER / name, case)):
            of_cases[name] |= figures_of(spark, case, linked=False)
    return of_cases


def in_one_world(cases: list[Case]) -> Case:
    """All cases as one: the clusters of case i are numbered from 1000 i, its documents are named `i/document`."""
    addresses, homes, fields = [], {}, {}
    for i, case in enumerate(cases):
        for row in case.addresses:
            cluster = None if row.cluster is None else row.cluster + WORLD * i
            addresses.append(row._replace(cluster=cluster, document=f"{i}/{row.document}"))
        homes |= {cluster + WORLD * i: home for cluster, home in case.homes.items()}
        fields |= {(kind, f"{i}/{document}"): names for (kind, document), names in case.fields.items()}
    return Case(addresses, homes, fields)


def of_world(figures: Figures, i: int) -> Figures:
    """The rows of case i, as it names its clusters and documents."""
    found: Figures = {table: {} for table in figures}
    for table, rows in figures.items():
        for key, row in rows.items():
            clusters = {part // WORLD for part in key if isinstance(part, int)}
            documents = {part.split("/")[0] for part in key if isinstance(part, str) and "/" in part}
            if clusters | {int(number) for number in documents} == {i}:
                own = [part % WORLD if isinstance(part, int) else part for part in key]
                found[table][tuple(part.split("/")[-1] if isinstance(part, str) else part for part in own)] = row
    return found


@pytest.mark.parametrize("name", NAMED)
def test_a_case_has_the_figures_worked_out_by_hand(name: str, found: dict[str, Figures]) -> None:
    assert_figures(found[name], read_expected(FOLDER / name, read_case(FOLDER / name)))


@pytest.mark.parametrize("name", NAMED)
def test_a_case_has_the_figures_counted_document_by_document(name: str, found: dict[str, Figures]) -> None:
    counted = all_figures(read_case(FOLDER / name))
    assert_figures(found[name], {table: rows for table, rows in counted.items() if table in found[name]})
    assert len(found[name]) >= 5


@pytest.mark.parametrize("name", NAMED)
def test_the_count_document_by_document_is_the_one_by_hand(name: str) -> None:
    case = read_case(FOLDER / name)
    assert_figures(all_figures(case), read_expected(FOLDER / name, case))


@pytest.mark.parametrize("seed", [1])
def test_drawn_documents_have_the_figures_counted_document_by_document(spark: SparkSession, seed: int) -> None:
    case = drawn_case(seed, 400)
    figures = figures_of(spark, case)
    assert_figures(figures, all_figures(case))
    assert_whole(figures)


def test_a_document_with_3000_authors_and_an_author_with_20_affiliations_keep_shares_that_sum_to_one(
    spark: SparkSession,
) -> None:
    homes = {cluster: ("CH", "FR", "US")[cluster % 3] for cluster in range(1, 31)}
    many = [Address("article", "many", str(i), i % 40 if i % 40 in homes else None, "US") for i in range(3_000)]
    places = [(i if i in homes else None, ("FR", "US")[i % 2]) for i in range(1, 21)]
    wide = [Address("article", "wide", "one", cluster, economy) for cluster, economy in places]
    wide += [Address("article", "wide", person, 1, "FR") for person in ("two", "three")]
    case = Case([*many, *wide, Address("patent", "p", "one", 3, "CH")], homes)
    figures = figures_of(spark, case)
    assert_whole(figures)
    assert figures["document_places"]["article", "wide", 20, "FR"] == {"share": Fraction(1, 60)}
    assert_figures(figures, all_figures(case))


def assert_whole(figures: Figures) -> None:
    """The shares of every document sum to exactly one."""
    sums: dict[tuple[object, ...], Fraction] = defaultdict(Fraction)
    for key, row in figures["document_places"].items():
        sums[key[:2]] += Fraction(row["share"])  # type: ignore[arg-type]
    assert set(sums.values()) == {Fraction(1)}


def test_articles_alone_are_ranked_by_articles_alone(spark: SparkSession) -> None:
    case = Case([Address("article", "a", "one", 1, "FR"), Address("article", "b", "one", None, "FR")], {1: "FR"})
    figures = figures_of(spark, case, linked=False)
    counted = all_figures(case)
    assert_figures(figures, {table: counted[table] for table in figures})
    assert figures["ranking"][1,]["score"] == 50.0
