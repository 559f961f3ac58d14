"""The earlier edition that a ranking is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pyspark.sql import Row

from stclusters.errors import BadInput
from stclusters.records import ask_current, ask_same_making, newest_of, newest_records, records
from stclusters.releases import newest_release
from stclusters.run import Run
from stclusters.tables import QUALITY, STEPS, STEPS_BEFORE

RANKED = STEPS[: STEPS.index("rank") + 1]


def earlier_run(run: Run) -> Run | None:
    """A run that reads the edition that the run's is compared with; None if nothing is compared.

    It reads the newest release of that edition, which is what its readers see, at the versions of the release. Where
    the edition has no release, it reads the tables of now: they must be whole and current up to its ranking. Nothing is
    compared if `compared_years` is 0, or if that edition has neither a release nor a ranking.

    Raises `SettingsError` if the earlier edition has another source, or if a step before its ranking read a setting of
    the method that has another value now: differences of rank would be differences of method. Raises `BadInput` if the
    tables of an edition without a release are not current.
    """
    earlier = replace(run, edition=run.edition - run.method.compared_years)
    if earlier.edition == run.edition:
        return None
    release = newest_release(earlier)
    if release is not None:
        earlier.versions = dict(release["versions"])
        newest = records_of(release, records(earlier))
        _ask_recorded(earlier, newest)
    else:
        newest = newest_records(earlier)
        if "rank" not in newest:
            return None
        ask_current(earlier, RANKED, newest)
    ask_same_making(earlier, STEPS_BEFORE["rank"], newest)
    return earlier


def _ask_recorded(earlier: Run, newest: Mapping[str, Row]) -> None:
    missing = [step for step in STEPS_BEFORE["rank"] if step not in newest]
    if missing:
        raise BadInput(
            f"The release of edition {earlier.edition} has no record of the step {missing[0]}: run all steps for "
            f"edition {earlier.edition} again, or set compared_years = 0 in the method file."
        )


def records_of(release: Row, rows: Sequence[Row]) -> dict[str, Row]:
    """The records of the steps that made the rows of a release, by step; `rows` are all of its edition, newest first.

    Of each step it is the newest that is at or before the versions of the release, or before the newest publication
    that found the same rows again and added no release. Versions after that record, up to those of the release, have
    the same rows (other editions' writes, joined files).
    """
    done = [row for row in rows if row["outcome"] == "done"]
    again = [n for n, row in enumerate(done) if row["step"] == "publish" and not _is_before(row, release)]
    found_again = again[0] if again else len(done)
    return newest_of(row for n, row in enumerate(done) if n > found_again or _is_within(row, release))


def _is_before(publication: Row, release: Row) -> bool:
    return bool(publication["versions"][QUALITY.name] < release["versions"][QUALITY.name])


def _is_within(record: Row, release: Row) -> bool:
    return all(version <= release["versions"].get(table, -1) for table, version in record["versions"].items())
