"""The command `stclusters STEP ...` that the wheel installs and that platforms call as a function.

Imports nothing expensive: `--version` answers at once, and signals are handled before Spark is imported.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from stclusters import __version__
from stclusters.ending import final, stoppable

STEPS = ("smoke", "ingest", "cluster", "place", "rank", "collaborate", "publish", "maintain", "all")
VERSION = f"stclusters {__version__}"
PLATFORM = "DATABRICKS_RUNTIME_VERSION"  # Databricks sets it, and brings Java, Spark and a Delta of its own


def main() -> None:
    """Runs the step that the first argument names with the arguments after it.

    Ends by `SystemExit` if the step failed and by a plain return if it did not: Databricks calls this function in a
    process that lives on, takes no exit code from it, and takes any `SystemExit` for a failure.
    """
    parser = argparse.ArgumentParser(prog="stclusters", description=f"Runs a step: {', '.join(STEPS)}.")
    parser.add_argument("--version", action="version", version=VERSION)
    parser.add_argument("step", choices=STEPS, metavar="STEP")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="those of the step: see stclusters STEP --help")
    given = parser.parse_args()
    code = run_step(given.step, given.arguments)
    if PLATFORM not in os.environ:
        final(code)
    if code:
        sys.exit(code)


def run_step(step: str, argv: Sequence[str] | None = None) -> int:
    """Runs a step with the arguments, by default those of this process; the exit code (`ending.ended`)."""
    if "--version" in (sys.argv[1:] if argv is None else argv):
        print(VERSION)
        return 0
    with stoppable(at_once=True):
        code: int = import_module(f"stclusters.steps.{step}").main(argv)
        return code
