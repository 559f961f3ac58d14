"""Draws input files with hostile cells and broken bytes, and ingests them: no traceback, no row lost without a word.

. .tools/environment.sh; .venv/bin/python scripts/fuzz_input.py --cases 10000 [--seed 1]

A case is a row of a drawn table, or a broken file (one in forty). The first that fails is shown, with its seed.
"""

import argparse
import math
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "tests")]

from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402 (path set above)

from dirty.drawn import BROKEN, DRAWN, Broken, Drawn, check_broken, check_ingest  # noqa: E402
from stclusters.session import open_session  # noqa: E402

ROWS = 1_000  # in each of the two tables of a drawn input


def main() -> int:
    """Draws until so many cases have passed; 1 at the first that does not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    given_arguments = parser.parse_args()
    inputs, files = math.ceil(given_arguments.cases / (2 * ROWS)), math.ceil(given_arguments.cases / 40)
    spark = open_session("fuzz input", ROOT / "conf/spark.conf")
    ends: Counter[str] = Counter()
    quiet = settings(
        deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None, print_blob=True
    )
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)

        @seed(given_arguments.seed)
        @settings(quiet, max_examples=inputs)
        @given(drawn=DRAWN)
        def ingest(drawn: Drawn) -> None:
            check_ingest(spark, folder / f"drawn {ends.total()}", drawn, ROWS)
            for form in drawn.forms:
                ends[form] += ROWS

        @seed(given_arguments.seed)
        @settings(quiet, max_examples=files)
        @given(broken=BROKEN)
        def read(broken: Broken) -> None:
            ends[check_broken(spark, folder / f"drawn {ends.total()}", broken)] += 1

        started = time.monotonic()
        ingest()
        read()
    told = ", ".join(f"{count:,} {end}" for end, count in sorted(ends.items()))
    print(f"seed {given_arguments.seed}: {ends.total():,} cases passed in {time.monotonic() - started:.0f} s: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
