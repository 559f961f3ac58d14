"""The rows of `quality`, and whether they stop a release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import types as T

from stclusters.errors import GuardFailed
from stclusters.publish.quality import figures as q
from stclusters.publish.quality.figures import Figure
from stclusters.publish.quality.measures import (
    changes,
    clusters_of,
    coverage,
    documents_and_economies,
    heaviest,
    of_records,
)
from stclusters.settings import Method
from stclusters.tables import QUALITY


def assess(
    tables: Mapping[str, DataFrame],
    records: Mapping[str, Row],
    gazetteer: DataFrame,
    before: tuple[int, Sequence[Figure]] | None,
    method: Method,
    exact: bool = True,
) -> list[Figure]:
    """All figures of an edition, in the order of the report; where not `exact`, without the coordinates of places.

    `tables` are `addresses`, `address_rejects`, `documents`, `points` and `ranking` by name, `records` the newest of
    each step; `before` is the newest earlier edition that was released and its figures, None where there is none.
    """
    addresses, documents, limits = tables["addresses"], tables["documents"], method.quality
    found = [
        *documents_and_economies(addresses, documents, limits),
        *clusters_of(tables["ranking"]),
        *coverage(addresses, tables["address_rejects"], documents, method.economy_groups, limits),
        *of_records(records),
        *heaviest(addresses, tables["points"], gazetteer, exact),
    ]
    return [*found, *(changes(found, before[1], before[0], limits) if before else [])]


def quality_rows(spark: SparkSession, figures: Iterable[Figure]) -> DataFrame:
    """The rows of `quality`."""
    rows = [figure._replace(value=float(figure.value)) for figure in figures]
    return spark.createDataFrame(rows, T.StructType(QUALITY.schema.fields[1:]))


def figures_of(rows: DataFrame) -> list[Figure]:
    """The figures of rows of `quality`."""
    return [Figure(**row.asDict()) for row in rows.select(*Figure._fields).collect()]


def broken_figures(figures: Iterable[Figure]) -> list[Figure]:
    """The figures that are beyond their bounds, by which an edition is refused."""
    return [figure for figure in figures if figure.verdict == q.BROKEN]


def refusal(broken: Sequence[Figure], report: Path) -> GuardFailed:
    """The error that names the first figure beyond its bound, how many others there are, and where the report is."""
    first = broken[0]
    more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
    return GuardFailed(
        f"Nothing is published, for the {first.named()} is {first.value:.4g} and its bound {first.bound:.4g}{more}: "
        f"see {report}, correct the input, or set the bound under [quality] in the method file."
    )
