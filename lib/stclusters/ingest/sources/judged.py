"""Why a document of a bulk source is none of the edition, told before its addresses are read."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

from stclusters.ingest.documents import DocumentReject


def left_out(year: Column, type_name: Column | None, years: tuple[int, int], types: Sequence[str]) -> Column:
    """The reason by type and year, or null, as of `sift_documents`; but where types are given, one must be told."""
    excluded = F.lit(False)
    if types and type_name is not None:
        excluded = ~F.coalesce(type_name.isin(*types), F.lit(False))
    return (
        F.when(excluded, DocumentReject.TYPE_EXCLUDED.value)
        .when(year.isNull(), DocumentReject.NO_YEAR.value)
        .when(~year.between(*years), DocumentReject.OUTSIDE_WINDOW.value)
    )
