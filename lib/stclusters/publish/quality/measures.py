"""The figures of an edition: coverage, documents, rejects, flags, heaviest coordinates, guards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from stclusters.ingest.addresses import AddressReject
from stclusters.ingest.economies import group_economies, normalise_economy
from stclusters.ingest.flags import AddressFlag
from stclusters.publish.quality import figures as q
from stclusters.publish.quality.figures import Figure, at_least, at_most
from stclusters.settings import Limits
from stclusters.sphere import distance_m
from stclusters.tables import KINDS

DOCUMENT = ["kind", "document_id"]
UNPLACED = tuple(  # why an address has no place: what coverage counts as not located
    reason.value
    for reason in (
        *(AddressReject.NOT_GEOCODED, AddressReject.HALF_A_COORDINATE, AddressReject.NOT_A_NUMBER),
        *(AddressReject.OFF_THE_GLOBE, AddressReject.NULL_ISLAND),
        *(AddressReject.CITY_UNKNOWN, AddressReject.CITY_AMBIGUOUS, AddressReject.REGION_ONLY),
    )
)
WORDS = 12  # of accuracy; sources have a handful
WORD_LENGTH = 60
SHOWN = 20  # heaviest coordinates
CITY = 15_000  # inhabitants
NOT_LOCATED, NOT_TOLD, OTHERS = "not located", "not told", "others"


def coverage(
    addresses: DataFrame, rejects: DataFrame, documents: DataFrame, groups: Mapping[str, str], limits: Limits
) -> list[Figure]:
    """What part of the addresses of the window's documents is located: of each kind, economy and accuracy.

    An address that is not located is a reject for want of a usable place. Accuracies are the source's own words (the
    published tables tell block, sub-city and city); the shares of a kind sum to 1.
    """
    unplaced = rejects.where(F.col("reason").isin(*UNPLACED)).join(documents.select(*DOCUMENT), DOCUMENT, "left_semi")
    economy = group_economies(normalise_economy(F.col("economy")), groups).alias("economy")
    located = _counts(addresses.groupBy("kind", "economy").agg(F.count("*").alias("rows")))
    lost = _counts(unplaced.groupBy("kind", economy).agg(F.sum("rows").alias("rows")))
    found = []
    for kind in KINDS:
        here, gone = ({key[1]: n for key, n in counts.items() if key[0] == kind} for counts in (located, lost))
        total = sum(here.values()) + sum(gone.values())
        if not total:
            continue
        found.append(Figure(q.COVERAGE, q.ADDRESSES, kind, q.ALL, total))
        found.append(at_least(q.CHECKS, q.LOCATED, kind, q.ALL, sum(here.values()) / total, limits.least_located))
        for name in sorted({*here, *gone}):
            known, of_economy = here.get(name, 0), here.get(name, 0) + gone.get(name, 0)
            found.append(Figure(q.COVERAGE, q.ADDRESSES, kind, name, of_economy))
            found.append(Figure(q.COVERAGE, q.LOCATED, kind, name, known / of_economy))
        words = _accuracies(addresses.where(F.col("kind") == kind), sum(here.values()))
        words[NOT_LOCATED] = sum(gone.values())
        found += [Figure(q.COVERAGE, q.OF_ACCURACY, kind, word, rows / total) for word, rows in words.items() if rows]
    return found


def _counts(rows: DataFrame) -> dict[tuple[str, ...], int]:
    return {tuple(row[:-1]): row["rows"] for row in rows.collect()}


def _accuracies(addresses: DataFrame, located: int) -> dict[str, int]:
    """Addresses by the source's word for their accuracy: the commonest words, and all others together."""
    word = F.coalesce(F.substring("accuracy", 1, WORD_LENGTH), F.lit(NOT_TOLD)).alias("word")
    counted = addresses.groupBy(word).count().orderBy(F.col("count").desc(), "word").limit(WORDS).collect()
    words = {row["word"]: row["count"] for row in counted}
    return words | {OTHERS: located - sum(words.values())}


def documents_and_economies(addresses: DataFrame, documents: DataFrame, limits: Limits) -> list[Figure]:
    """Documents of the window, those without a located address, and addresses outside the economy that is recorded."""
    outside = F.array(*(F.lit(flag.value) for flag in (AddressFlag.ECONOMY_ELSEWHERE, AddressFlag.FAR_FROM_ECONOMY)))
    elsewhere = F.arrays_overlap("flags", outside)
    is_first = (F.col("person") == 1) & (F.col("address") == 1)  # every document with an address has exactly one such
    counted = addresses.groupBy("kind").agg(
        F.count("*").alias("rows"), F.count_if(elsewhere).alias("elsewhere"), F.count_if(is_first).alias("documents")
    )
    of_kind = {row["kind"]: row for row in counted.collect()}
    totals = {row["kind"]: row["count"] for row in documents.groupBy("kind").count().collect()}
    found = []
    for kind in KINDS:
        if total := totals.get(kind, 0):
            there = of_kind[kind]["documents"] if kind in of_kind else 0
            without = (total - there) / total
            found.append(Figure(q.DOCUMENTS, q.COUNTED, kind, q.ALL, total))
            found.append(at_most(q.CHECKS, q.WITHOUT_ADDRESS, kind, q.ALL, without, limits.most_without_address))
        if kind in of_kind:
            row = of_kind[kind]
            other = row["elsewhere"] / row["rows"]
            found.append(at_most(q.CHECKS, q.ELSEWHERE, kind, q.ALL, other, limits.most_elsewhere))
    return found


def of_records(records: Mapping[str, Row]) -> list[Figure]:
    """Rejects by reason, flags, and guards, from the newest record of each step."""
    ingest = records.get("ingest")
    rejects, flags = (dict(ingest[name]) if ingest else {} for name in ("rejects", "flags"))
    found = [Figure(q.REJECTS, q.ROWS, None, reason, rows) for reason, rows in sorted(rejects.items())]
    found += [Figure(q.FLAGS, q.ROWS, None, flag, rows) for flag, rows in sorted(flags.items())]
    lonely = rejects.get(f"addresses: {AddressReject.NO_DOCUMENT.value}", 0)
    found.append(Figure(q.DOCUMENTS, q.WITHOUT_DOCUMENT, None, q.ALL, lonely))
    guards: dict[str, bool] = {}
    for step in sorted(records):
        for sentence, result in records[step]["guards"].items():
            guards[f"{step}: {sentence}"] = result == "held"
    found += [
        at_least(q.CONSERVATION, q.HELD_GUARD, None, name, float(held), 1.0) for name, held in sorted(guards.items())
    ]
    return found


def heaviest(addresses: DataFrame, points: DataFrame, gazetteer: DataFrame, exact: bool = True) -> list[Figure]:
    """The twenty coordinates with the most addresses, with the next city; flagged where an address there is doubtful.

    The subject is the coordinate and the nearest city of 15,000 people with its distance; where not `exact`, a number
    stands in place of the coordinate.
    """
    weight = F.col("inventors") + F.col("authors")
    top = points.orderBy(weight.desc(), "point_id").limit(SHOWN).select("point_id", "lon", "lat", weight.alias("rows"))
    cities = gazetteer.where(F.col("population") >= CITY).select(
        *("place_id", "name", "population"),
        F.col("economy").alias("of"),
        F.col("lon").alias("x"),
        F.col("lat").alias("y"),
    )
    far = F.rint(distance_m(F.col("lon"), F.col("lat"), F.col("x"), F.col("y")) / 1000).cast("long")
    near = F.min_by(F.struct("name", "of", far.alias("km")), F.struct(far, -F.col("population"), "place_id")).alias(
        "near"
    )
    met = F.broadcast(top).crossJoin(cities).groupBy("point_id").agg(near)  # twenty coordinates with each city
    doubtful = F.array_contains("flags", AddressFlag.MAYBE_COUNTRY_CENTROID.value)
    piled = addresses.where(doubtful).select("point_id", F.lit(True).alias("piled")).distinct()
    rows = (
        top.join(met, "point_id", how="left")
        .join(piled, "point_id", how="left")
        .orderBy(F.col("rows").desc(), "point_id")
    )
    return [
        Figure(
            *(q.HEAVIEST, q.ADDRESSES, None, _place(_coordinate(row) if exact else f"no. {number}", row["near"])),
            *(row["rows"], None, q.FLAGGED if row["piled"] else q.TOLD),
        )
        for number, row in enumerate(rows.collect(), 1)
    ]


def _coordinate(row: Row) -> str:
    return f"{abs(row['lat']):.4f} {'NS'[row['lat'] < 0]} {abs(row['lon']):.4f} {'EW'[row['lon'] < 0]}"


def _place(at: str, near: Row | None) -> str:
    return f"{at}, {near['km']} km from {near['name']} ({near['of']})" if near else at


def clusters_of(ranking: DataFrame) -> list[Figure]:
    """How many clusters were found."""
    return [Figure(q.DOCUMENTS, q.CLUSTERS, None, q.ALL, ranking.count())]


def changes(now: Iterable[Figure], before: Iterable[Figure], edition: int, limits: Limits) -> list[Figure]:
    """How the figures about everything differ from those of the edition before; counts by their ratio.

    The subject is the measure with the edition that it is compared with.
    """
    then = {(figure.measure, figure.kind): figure.value for figure in before if figure.subject == q.ALL}
    found = []
    for figure in now:
        known = then.get((figure.measure, figure.kind))
        if figure.subject != q.ALL or known is None:
            continue
        subject = f"{figure.measure} ({edition})"
        if figure.measure.startswith("share"):
            change = figure.value - known
            found.append(at_most(q.CHANGE, q.SHARE_CHANGE, figure.kind, subject, change, limits.most_share_change))
        elif figure.measure in (q.COUNTED, q.ADDRESSES, q.CLUSTERS) and known:
            change = figure.value / known - 1
            found.append(at_most(q.CHANGE, q.COUNT_CHANGE, figure.kind, subject, change, limits.most_count_change))
    return found
