"""Step 5 of 6, collaborate: document_places, clusters -> foreign_collaboration, collaboration_links, cluster_links."""

from collections.abc import Sequence

from stclusters import guards, io
from stclusters.checkpoints import persisted
from stclusters.collaborate.foreign import foreign_collaboration
from stclusters.collaborate.links import cluster_links, collaboration_links
from stclusters.collaborate.shared import count_shared
from stclusters.job import run_job
from stclusters.run import Run
from stclusters.tables import CLUSTER_LINKS, CLUSTERS, COLLABORATION_LINKS, DOCUMENT_PLACES, FOREIGN_COLLABORATION


def collaborate(run: Run) -> None:
    """Counts the collaboration of the clusters of the run's edition."""
    places, clusters = io.read(run, DOCUMENT_PLACES), io.read(run, CLUSTERS)
    with persisted(count_shared(places, clusters)) as shared:
        io.replace(run, FOREIGN_COLLABORATION, foreign_collaboration(places, shared, clusters))
        io.replace(run, COLLABORATION_LINKS, collaboration_links(shared, clusters))
        io.replace(run, CLUSTER_LINKS, cluster_links(shared))
    guards.check(run, guards.COLLABORATE)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the step with the arguments; the exit code."""
    return run_job(argv, {"collaborate": collaborate})
