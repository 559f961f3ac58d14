"""Makes a synthetic world of address rows that is calibrated to the published ranking of 2024, as canonical tables.

    python scripts/make_world.py --rows 1000000 --seed 1 --out build/world

It writes the folder OUT/input with the Parquet tables `addresses`, `documents` and `document_fields`, the place file
OUT/place.toml, and OUT/method.toml: the shipped method with the density threshold in proportion to the rows. The same
rows and seed give the same rows on every machine, whatever the number of tasks. Then:

    python jobs/run_all.py --method OUT/method.toml --place OUT/place.toml --edition 2024

Every row is marked: document ids begin with "synthetic-", and accuracies with "synthetic".
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "lib"))

from stclusters.errors import StclustersError  # noqa: E402 (path set above)
from stclusters.session import open_session  # noqa: E402 (path set above)
from stclusters.world import frames  # noqa: E402 (path set above)
from stclusters.world.frames import World  # noqa: E402 (path set above)
from stclusters.world.plan import Plan  # noqa: E402 (path set above)
from stclusters.world.settings import write_settings  # noqa: E402 (path set above)

ROWS_A_FILE = 2_000_000


def main(argv: list[str] | None = None) -> int:
    """Makes the world of the arguments; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, required=True, help="address rows, 100,000 to 300,000,000")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives another world of the same kind")
    parser.add_argument("--year-before", action="store_true", help="a fifth more rows, so that edition 2023 can be run")
    parser.add_argument("--skew", type=float, default=0.0, help="part of the rows to put at one coordinate, as a trial")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument("--partitions", type=int, help="files a table; changes no row (default: 2 million rows a file)")
    parser.add_argument("--spark-conf", type=Path, default=ROOT / "conf" / "spark.conf", help="settings of Spark")
    arguments = parser.parse_args(argv)
    try:
        make(arguments)
    except StclustersError as error:
        print(f"make_world: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def make(arguments: argparse.Namespace) -> None:
    """Writes the tables, the place file and the method file, and says how long each took."""
    plan = Plan(arguments.rows, arguments.seed, arguments.year_before, arguments.skew)
    spark = open_session("make_world", arguments.spark_conf)
    started = time.monotonic()
    world = World.of(spark, plan)
    print(f"{'places':16}{len(world.places.unit):>14,}{time.monotonic() - started:9.1f} s", flush=True)
    cores = spark.sparkContext.defaultParallelism
    partitions = arguments.partitions or max(2 * cores, plan.rows // ROWS_A_FILE)
    for name in ("addresses", "documents", "document_fields"):
        begun = time.monotonic()
        frame = getattr(frames, name)(spark, world, partitions)
        target = str((arguments.out / "input" / name).resolve())
        frame.write.mode("overwrite").option("compression", "snappy").parquet(target)
        print(f"{name:16}{'':14}{time.monotonic() - begun:9.1f} s", flush=True)
    write_settings(plan, arguments.out, ROOT)
    seconds = time.monotonic() - started
    print(f"{'rows':16}{plan.rows:>14,}{seconds:9.1f} s, {plan.rows / seconds:,.0f} rows/s on {cores} cores")
    print(f"place file: {arguments.out / 'place.toml'}, method file: {arguments.out / 'method.toml'}")


if __name__ == "__main__":
    sys.exit(main())
