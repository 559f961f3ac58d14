"""Step 3 of 6, place: addresses and point_labels -> document_places."""

from collections.abc import Sequence

from stclusters import guards, io
from stclusters.job import run_job
from stclusters.place.places import place_documents
from stclusters.run import Run
from stclusters.tables import ADDRESSES, DOCUMENT_PLACES, POINT_LABELS


def place(run: Run) -> None:
    """Places the documents of the run's edition in clusters and economies."""
    places = place_documents(io.read(run, ADDRESSES), io.read(run, POINT_LABELS))
    io.replace(run, DOCUMENT_PLACES, places)
    guards.check(run, guards.PLACE)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the step with the arguments; the exit code."""
    return run_job(argv, {"place": place})
