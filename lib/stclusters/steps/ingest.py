"""Step 1 of 6, ingest: the source -> addresses, documents, their rejects, document_fields, document_organisations."""

from collections.abc import Sequence
from contextlib import ExitStack

from stclusters import guards, io
from stclusters.checkpoints import persisted
from stclusters.ingest.account import note_counts, note_doubts, note_flags, note_inputs, note_records, settle
from stclusters.ingest.addresses import sift_addresses
from stclusters.ingest.documents import sift_documents, sift_fields
from stclusters.ingest.economies import read_borders
from stclusters.ingest.fields import read_concordance
from stclusters.ingest.gazetteer import read_gazetteer
from stclusters.ingest.organisations import sift_organisations
from stclusters.ingest.sources.read import read_source
from stclusters.job import run_job
from stclusters.run import Run
from stclusters.tables import (
    ADDRESS_REJECTS,
    ADDRESSES,
    DOCUMENT_FIELDS,
    DOCUMENT_ORGANISATIONS,
    DOCUMENT_REJECTS,
    DOCUMENTS,
)


def ingest(run: Run) -> None:
    """Ingests the source of the place for the run's edition; all of it is sifted before anything is written."""
    with ExitStack() as kept:
        _ingest(run, kept)
    guards.check(run, guards.INGEST)


def _ingest(run: Run, kept: ExitStack) -> None:
    """Sifts the source and stores its tables; what is persisted for that is released when `kept` is closed."""
    method, spark = run.method, run.spark
    places = kept.enter_context(persisted(read_gazetteer(spark)))
    raw = read_source(spark, run.place.source, method, run.edition)
    kept.callback(raw.release)
    note_inputs(run, raw.inputs)
    note_doubts(run, raw)
    note_records(run, raw)
    documents = settle(run, DOCUMENTS, raw.documents, sift_documents, method, run.edition)
    kept.callback(documents.release)
    borders = kept.enter_context(persisted(read_borders(spark)))
    addresses = settle(run, ADDRESSES, raw.addresses, sift_addresses, documents.kept, places, borders, method)
    kept.callback(addresses.release)
    fields = sift_fields(raw.document_fields, documents.kept, read_concordance(spark))
    kept.callback(fields.release)
    note_counts(run, DOCUMENT_FIELDS, fields.counts)
    organisations = sift_organisations(raw.document_organisations, documents.kept)
    kept.callback(organisations.release)
    note_counts(run, DOCUMENT_ORGANISATIONS, organisations.counts)

    stored = io.replace(run, DOCUMENTS, documents.kept)
    io.replace(run, DOCUMENT_REJECTS, documents.rejects)
    note_flags(run, io.replace(run, ADDRESSES, addresses.kept), stored)
    io.replace(run, ADDRESS_REJECTS, addresses.rejects)
    io.replace(run, DOCUMENT_FIELDS, fields.kept)
    io.replace(run, DOCUMENT_ORGANISATIONS, organisations.kept)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the step with the arguments; the exit code."""
    return run_job(argv, {"ingest": ingest})
