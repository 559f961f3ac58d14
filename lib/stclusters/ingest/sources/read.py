"""The source of a place, read by its kind."""

from __future__ import annotations

from pyspark.sql import SparkSession

from stclusters.ingest.sources.geocoded_patstat import read_geocoded_patstat
from stclusters.ingest.sources.openalex import read_openalex
from stclusters.ingest.sources.patentsview import read_patentsview
from stclusters.ingest.sources.raw_tables import RawTables
from stclusters.ingest.sources.tables import read_tables
from stclusters.settings import GeocodedPatstat, Method, OpenAlex, PatentsView, Source


def read_source(spark: SparkSession, source: Source, method: Method, edition: int) -> RawTables:
    """The raw tables of a source; of a bulk source, of the documents of the edition's windows alone."""
    folder = source.folder
    articles = (method.window("article", edition), method.article_types)
    patents = (method.window("patent", edition), method.patent_types)
    if isinstance(source, OpenAlex):
        raw = read_openalex(spark, folder, source.institutions, *articles, source.include_xpac)
        return raw.checkpointed()
    if isinstance(source, PatentsView):
        conflict = source.location_conflict
        return read_patentsview(spark, folder, *patents, source.year_of, conflict).checkpointed()
    if isinstance(source, GeocodedPatstat):
        return read_geocoded_patstat(spark, folder, *patents).checkpointed()
    return read_tables(spark, folder)
