"""The command `stclusters STEP ...` that the wheel installs, and that platforms call as a function."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from stclusters import tables

STEPS = ("smoke", *tables.STEPS, "maintain", "all")


def main() -> None:
    """Runs the step that the first argument names with the arguments after it.

    Ends by `SystemExit` where the step failed and by a plain return where it did not: Databricks calls this function,
    takes no exit code from it, and takes any `SystemExit` for a failure.
    """
    parser = argparse.ArgumentParser(prog="stclusters", description=f"Runs a step: {', '.join(STEPS)}.")
    parser.add_argument("step", choices=STEPS, metavar="STEP")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="those of the step: see stclusters STEP --help")
    given = parser.parse_args()
    code = import_module(f"stclusters.steps.{given.step}").main(given.arguments)
    if code:
        sys.exit(code)
