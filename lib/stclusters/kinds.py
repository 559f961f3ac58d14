"""Kinds of documents: an unknown one is refused, and never counted as one of those in `tables.KINDS`."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import Column
from pyspark.sql import functions as F

from stclusters.errors import BadInput
from stclusters.tables import KINDS

CURE = f"it must be one of {', '.join(KINDS)}: leave out the rows of any other kind."


def check_kind(kind: str | None) -> str:
    """The kind; raises `BadInput` where it is unknown.

    >>> check_kind("patent")
    'patent'
    >>> check_kind("deal")
    Traceback (most recent call last):
    stclusters.errors.BadInput: A document is of the kind deal: it must be one of patent, article: leave out the rows \
of any other kind.
    """
    if kind is None or kind not in KINDS:
        raise BadInput(f"A document is of the kind {'null' if kind is None else kind}: {CURE}")
    return kind


def check_kinds(kinds: Iterable[str | None]) -> None:
    """Raises `BadInput` where one of the kinds is unknown."""
    for kind in kinds:
        check_kind(kind)


def known_kind(name: str = "kind") -> Column:
    """The column of kinds, of the same name; a query that reads an unknown one, or null, fails with that sentence."""
    kind = F.col(name)
    refused = F.raise_error(
        F.concat(F.lit("A document is of the kind "), F.coalesce(kind, F.lit("null")), F.lit(f": {CURE}"))
    )
    return F.when(kind.isin(*KINDS), kind).otherwise(refused).alias(name)
