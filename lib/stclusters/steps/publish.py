"""Step 6 of 6, publish: the result tables -> quality, its report, CSV, GeoParquet, the explorer, figures, release."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pyspark.sql import Row

from stclusters import guards, io
from stclusters.ingest.gazetteer import read_gazetteer
from stclusters.job import run_job
from stclusters.publish.attribution import write_attribution
from stclusters.publish.explorer.data import explorer_data
from stclusters.publish.explorer.noise import noise_cells
from stclusters.publish.explorer.page import write_explorer, write_first_page
from stclusters.publish.export import export_csv
from stclusters.publish.figures import FILES as FIGURES
from stclusters.publish.files import remove, unfinished_of
from stclusters.publish.folder import (
    PAGE,
    check_own,
    edition_folder,
    read_contents,
    refused_folder,
    replaced_folder,
    shows,
    write_contents,
)
from stclusters.publish.geoparquet import export_outlines
from stclusters.publish.index import write_index
from stclusters.publish.order import by_rank, in_order
from stclusters.publish.quality.figures import Figure
from stclusters.publish.quality.release import assess, broken_figures, figures_of, quality_rows, refusal
from stclusters.publish.quality.report import write_report
from stclusters.publish.record import about_run
from stclusters.records import newest_of, records
from stclusters.releases import add_release, is_released, read_released_before, unchanged_release
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
    STEPS_BEFORE,
)

REPORT, OUTLINES, FIRST, ATTRIBUTION = "quality.html", "clusters.parquet", "index.html", "ATTRIBUTION.txt"
FILES = {PAGE, REPORT, OUTLINES, FIRST, ATTRIBUTION, *(f"{table.name}.csv" for table in RESULTS)} | FIGURES


def publish(run: Run) -> None:
    """Publishes the run's edition: its folder and its release are replaced together, and only where they change.

    The files are written to a hidden folder; then comes the row of `releases`, then the folder takes its place. A run
    that is killed between these two is ended by the next, which finds the release and publishes its files again.
    """
    published = run.place.published
    folder = edition_folder(published, run.edition)
    check_own(folder, FILES)
    made = records(run)
    figures = judge_quality(run, _newest(made))
    released = unchanged_release(run)
    run_id = released["run_id"] if released else run.run_id
    facts = _facts(run, run_id)
    if released and shows(folder, facts):
        run.progress.tell(f"nothing changed since the release by the run {run_id}: its files stay")
    else:
        _warn_of_another(run, read_contents(folder).get("run_id"))
        with replaced_folder(folder) as unfinished:
            clusters = write_files(run, run_id, _newest(made, released), unfinished, figures)
            write_contents(unfinished, facts | {"clusters": clusters})
            if not released:
                add_release(run)
                guards.check(run, guards.RELEASE)
    write_index(published)
    if (published / PAGE).is_file():
        run.progress.warn(f"{published / PAGE} and the files beside it are of an older version: remove them.")


def judge_quality(run: Run, newest: Mapping[str, Row]) -> list[Figure]:
    """Stores the figures of quality; where one is beyond its bound, writes the report and raises `GuardFailed`.

    The report of a refused edition is in a folder of its own, so that the folder of its release stays as it is.
    """
    sources = {table.name: io.read(run, table) for table in (ADDRESSES, ADDRESS_REJECTS, DOCUMENTS, POINTS, RANKING)}
    earlier = read_released_before(run, QUALITY)
    before = (earlier[0], figures_of(earlier[1])) if earlier else None
    figures = assess(sources, newest, read_gazetteer(run.spark), before, run.method, run.place.source.redistribute)
    io.replace(run, QUALITY, quality_rows(run.spark, figures))
    guards.check(run, guards.PUBLISH)
    refused = refused_folder(run.place.published, run.edition)
    if broken := broken_figures(figures):
        _write_report(run, run.run_id, refused / REPORT, figures)
        raise refusal(broken, refused / REPORT)
    for path in (refused / REPORT, unfinished_of(refused / REPORT)):
        remove(path)
    with suppress(OSError):  # a folder with files of others stays
        refused.rmdir()
    return figures


def write_files(run: Run, run_id: str, newest: Mapping[str, Row], folder: Path, figures: Sequence[Figure]) -> int:
    """Writes all files of the edition to a folder; returns the number of its clusters.

    They name the run whose release has these rows, and the record of each step in `newest`.
    """
    from stclusters.publish.figures.write import write_figures  # expensive to import, and a refused run needs none

    results = {table: io.read(run, table) for table in RESULTS}
    arrow = {table: rows.toArrow() for table, rows in results.items()}
    ranked = by_rank(arrow[RANKING])
    for table, rows in arrow.items():
        file = f"{table.name}.csv"
        run.publish(file, export_csv(in_order(table, rows, ranked), folder / file))
    run.publish(OUTLINES, export_outlines(results[CLUSTERS], results[RANKING], folder / OUTLINES))
    _write_report(run, run_id, folder / REPORT, figures)
    noise = noise_cells(io.read(run, POINTS), io.read(run, POINT_LABELS))
    about = about_run(run, run_id, newest, io.read(run, DOCUMENTS), io.read(run, POINTS))
    data = explorer_data({table.name: rows for table, rows in results.items()}, noise, about)
    write_explorer(folder / PAGE, data)
    write_first_page(folder / FIRST)
    write_attribution(folder / ATTRIBUTION, run.place.source)
    write_figures(folder / "figures", data)
    run.publish(PAGE, len(ranked))
    return len(ranked)


def _warn_of_another(run: Run, shown: str | None) -> None:
    if shown and not is_released(run, shown):
        folder = edition_folder(run.place.published, run.edition)
        run.progress.warn(f"{folder} shows the run {shown}, which these tables do not have: it is replaced.")


def _facts(run: Run, run_id: str) -> dict[str, object]:
    """What the files depend on beside the rows of the tables."""
    source = run.place.source.model_dump(include={"name", "licence", "attribution", "note", "redistribute"})
    return {"edition": run.edition, "run_id": run_id, "version": run.version, "source": source}


def _newest(made: Sequence[Row], released: Row | None = None) -> Mapping[str, Row]:
    """The newest record of each step that publishing builds on, up to the release where there is one."""
    newest = newest_of(row for row in made if released is None or row["started"] <= released["published"])
    return {step: newest[step] for step in STEPS_BEFORE["publish"] if step in newest}


def _write_report(run: Run, run_id: str, path: Path, figures: Sequence[Figure]) -> None:
    about = f"Edition {run.edition}, {run.place.source.name}; run {run_id}, stclusters {run.version}"
    write_report(path, figures, "Quality of the edition", about)
    run.publish(REPORT, len(figures))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the step with the arguments; the exit code."""
    return run_job(argv, {"publish": publish})
