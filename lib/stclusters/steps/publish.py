"""Step 6 of 6, publish: the result tables -> quality, its report, CSV, GeoParquet, the explorer, figures, release."""

from collections.abc import Sequence

from stclusters import guards, io
from stclusters.ingest.gazetteer import read_gazetteer
from stclusters.job import run_job
from stclusters.publish.attribution import write_attribution
from stclusters.publish.explorer.data import explorer_data
from stclusters.publish.explorer.noise import noise_cells
from stclusters.publish.explorer.page import write_explorer, write_first_page
from stclusters.publish.export import export_csv, export_outlines
from stclusters.publish.quality.release import assess, check_release, figures_of, quality_rows
from stclusters.publish.quality.report import write_report
from stclusters.publish.record import about_run
from stclusters.records import newest_records
from stclusters.releases import release
from stclusters.run import Run
from stclusters.tables import (
    ADDRESS_REJECTS,
    ADDRESSES,
    CLUSTERS,
    DOCUMENTS,
    POINT_LABELS,
    POINTS,
    QUALITY,
    RANKING,
    RESULTS,
)


def publish(run: Run) -> None:
    """Publishes the results of the run's edition; its release is the last write."""
    from stclusters.publish.figures.write import write_figures  # dear to import: a refused run must say so at once

    folder = run.place.published
    judge_quality(run)
    results = {table: io.read(run, table) for table in RESULTS}
    for table, rows in results.items():
        run.publish(f"{table.name}.csv", export_csv(rows, folder / f"{table.name}.csv", table.key[1:]))
    export_outlines(results[CLUSTERS], results[RANKING], folder / "clusters.parquet")
    run.publish("clusters.parquet", results[CLUSTERS].count())
    noise = noise_cells(io.read(run, POINTS), io.read(run, POINT_LABELS))
    about = about_run(run, io.read(run, DOCUMENTS), io.read(run, POINTS), newest_records(run))
    data = explorer_data({table.name: rows for table, rows in results.items()}, noise, about)
    write_explorer(folder / "explorer.html", data)
    write_first_page(folder / "index.html")
    write_attribution(folder / "ATTRIBUTION.txt", run.place.source)
    write_figures(folder / "figures", data)
    run.publish("explorer.html", results[RANKING].count())
    release(run)
    guards.check(run, guards.RELEASE)


def judge_quality(run: Run) -> None:
    """Stores the figures of quality and writes their report; a figure beyond its bound stops the release."""
    sources = {table.name: io.read(run, table) for table in (ADDRESSES, ADDRESS_REJECTS, DOCUMENTS, POINTS, RANKING)}
    earlier = io.read_before(run, QUALITY)
    before = (earlier[0], figures_of(earlier[1])) if earlier else None
    records = newest_records(run)
    figures = assess(sources, records, read_gazetteer(run.spark), before, run.method, run.place.source.redistribute)
    io.replace(run, QUALITY, quality_rows(run.spark, figures))
    guards.check(run, guards.PUBLISH)
    about = f"Edition {run.edition}, {run.place.source.name}; run {run.run_id}, stclusters {run.version}"
    write_report(run.place.published / "quality.html", figures, "Quality of the edition", about)
    run.publish("quality.html", len(figures))
    check_release(figures)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the step with the arguments; the exit code."""
    return run_job(argv, {"publish": publish})
