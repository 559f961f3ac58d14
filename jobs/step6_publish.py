"""Step 6 of 6, publish: the result tables -> CSV files, GeoParquet of the outlines, the explorer, figures."""

import sys
from collections.abc import Sequence

from stclusters import io
from stclusters.job import run_job
from stclusters.publish.explorer.data import explorer_data
from stclusters.publish.explorer.noise import noise_cells
from stclusters.publish.explorer.page import write_explorer, write_first_page
from stclusters.publish.export import export_csv, export_outlines
from stclusters.publish.figures.write import write_figures
from stclusters.publish.record import about_run
from stclusters.run import Run
from stclusters.tables import CLUSTERS, DOCUMENTS, POINT_LABELS, POINTS, RANKING, RESULTS, RUNS


def publish(run: Run) -> None:
    """Publishes the results of the run's edition."""
    folder = run.place.published
    results = {table: io.read(run, table) for table in RESULTS}
    for table, rows in results.items():
        run.publish(f"{table.name}.csv", export_csv(rows, folder / f"{table.name}.csv", table.key[1:]))
    export_outlines(results[CLUSTERS], results[RANKING], folder / "clusters.parquet")
    run.publish("clusters.parquet", results[CLUSTERS].count())
    noise = noise_cells(io.read(run, POINTS), io.read(run, POINT_LABELS))
    about = about_run(run, io.read(run, DOCUMENTS), io.read(run, POINTS), io.read(run, RUNS))
    data = explorer_data({table.name: rows for table, rows in results.items()}, noise, about)
    write_explorer(folder / "explorer.html", data)
    write_first_page(folder / "index.html")
    write_figures(folder / "figures", data)
    run.publish("explorer.html", results[RANKING].count())


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the step with the arguments; the exit code."""
    return run_job(argv, {"publish": publish})


if __name__ == "__main__":
    sys.exit(main())
