"""After the six steps, maintain: OPTIMIZE and VACUUM of all tables, by which no release becomes unreadable."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from stclusters.ending import ended
from stclusters.errors import SettingsError
from stclusters.job import opened, parser_of
from stclusters.maintain import SAFE_DAYS, maintain


def main(argv: Sequence[str] | None = None) -> int:
    """Maintains the tables of the place; the exit code."""
    arguments = parser().parse_args(argv)
    return ended(arguments.debug, lambda: _maintain(arguments))


def parser() -> argparse.ArgumentParser:
    """The parser of the job's arguments."""
    made = parser_of("maintain")
    made.add_argument("--retain-days", type=float, default=SAFE_DAYS, help="how old a version must be to lose files")
    made.add_argument("--force", action="store_true", help="allow --retain-days to be shorter than a week")
    return made


def _maintain(arguments: argparse.Namespace) -> None:
    if not arguments.retain_days >= (0 if arguments.force else SAFE_DAYS):
        raise SettingsError(
            f"--retain-days {arguments.retain_days:g} is shorter than {SAFE_DAYS} days, and a reader may still be on a "
            "version that loses its files: give more, or --force where nobody reads."
        )
    with opened(arguments, "maintain", reads_source=False) as run:
        run.progress.start("maintain")
        maintain(run, arguments.retain_days)
        run.progress.finish()
