"""Compares a run of the pipeline on a calibrated world with the published ranking of 2024.

    python scripts/calibration_report.py --place build/world/place.toml --edition 2024

It prints the published top 100 beside what was found, and a summary: how many were found (the outline of a cluster
holds the naming city), the rank correlation, the number of clusters, world totals, errors of the counts, and shares of
fields. It ends with exit code 5 where the run falls short of what full size must show: `--found` 98 of the published
clusters, `--correlation` 0.98.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "lib"))

from stclusters.errors import StclustersError  # noqa: E402 (path set above)
from stclusters.session import open_session  # noqa: E402 (path set above)
from stclusters.settings import read_place  # noqa: E402 (path set above)
from stclusters.world import declared  # noqa: E402 (path set above)
from stclusters.world.calibration import Calibration, calibrate  # noqa: E402 (path set above)
from stclusters.world.fields import STRONG, TECHNOLOGY  # noqa: E402 (path set above)

SHORT = 5  # exit code of a run that falls short


def main(argv: list[str] | None = None) -> int:
    """Prints the report; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--place", type=Path, required=True, help="the place file of the run")
    parser.add_argument("--edition", type=int, default=2024, help="the edition of the run")
    parser.add_argument("--found", type=int, default=98, help="least number of published clusters found")
    parser.add_argument("--correlation", type=float, default=0.98, help="least rank correlation")
    arguments = parser.parse_args(argv)
    try:
        place = read_place(arguments.place)
        spark = open_session("calibration_report", place.spark_conf)
        result = calibrate(spark, Path(place.tables), arguments.edition)
    except StclustersError as error:
        print(f"calibration_report: {error}", file=sys.stderr)
        return error.exit_code
    print("\n".join([*table(result), "", *summary(result)]))
    short = len(result.found) < arguments.found or result.correlation < arguments.correlation
    return SHORT if short else 0


def table(result: Calibration) -> list[str]:
    """The published top 100 and what was found of each."""
    lines = [f"{'rank':>4}  {'found at':14}{'patents':>9}{'error':>8}{'articles':>10}{'error':>8}  name"]
    for match in result.matches:
        one = match.published
        ranks = ", ".join(str(rank) for rank in match.ranks) or "missing"
        errors = [f"{error:+.1%}" for error in match.errors()] if match.ranks else ["", ""]
        counts = f"{one.patents:>9,}{errors[0]:>8}{one.articles:>10,}{errors[1]:>8}"
        lines.append(f"{one.rank:>4}  {ranks:14}{counts}  {one.name}")
    return lines


def summary(result: Calibration) -> list[str]:
    """What the comparison says in a few lines."""
    errors = np.abs(result.errors())
    missing = [match.published.name for match in result.matches if not match.ranks]
    shared = [match.published.name for match in result.shared]
    parts = sum(len(match.ranks) > 1 for match in result.found)
    named = [match for match in result.matches if match.is_named_alike]
    otherwise = [f"{match.name} for {match.published.name}" for match in result.found if not match.is_named_alike]
    merged = sum(result.together[pair] for pair in declared.MERGING)
    apart = sum(not result.together[pair] for pair in declared.STRANGERS)
    lines = [
        f"found            {len(result.found)} of {len(result.matches)}; missing: {', '.join(missing) or 'none'}",
        f"in one cluster   {', '.join(shared) or 'none'}",
        f"named alike      {len(named)} of {len(result.matches)}; others: {'; '.join(otherwise) or 'none'}",
        f"neighbours       {merged} of {len(declared.MERGING)} planted to merge are in one cluster, "
        f"{apart} of {len(declared.STRANGERS)} strangers are apart",
        f"in parts         {parts} published clusters, counts of their parts summed",
        f"correlation      {result.correlation:.4f} (Spearman, ranks of the found)",
        f"clusters         {result.clusters} (published {declared.CLUSTERS}, unmerged {declared.UNMERGED_CLUSTERS})",
        *(
            f"errors           {kind}: median {np.median(one):.1%}, largest {one.max():.1%}"
            for kind, one in zip(("patents", "articles"), errors.T, strict=True)
        ),
    ]
    for kind, addresses in result.addresses.items():
        ratio = addresses / result.documents[kind]
        lines.append(f"{kind + 's':17}{result.documents[kind]:,}, {addresses:,} addresses, {ratio:.3f} a document")
    lines += [
        f"field            {result.fields.get(f, 0):6.1%} (published {s:4.1f} %)  {f}" for f, s in TECHNOLOGY.items()
    ]
    names = {match.published.rank: match.published.name for match in result.matches}
    for rank, (field, share) in STRONG.items():
        lines.append(
            f"field            {result.strong.get(rank, 0):6.1%} (published {share} %)  {field}, {names[rank]}"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
