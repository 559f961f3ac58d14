"""Runs jobs/run_all.py in this process, and says at the end where its results are."""

import argparse
import runpy
import sys
import tomllib
from pathlib import Path

JOB = Path("jobs/run_all.py").resolve()


def say_where(arguments: list[str]) -> None:
    """Print where the page, the published files and the tables are, as the place file says."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--place", type=Path, required=True)
    file = parser.parse_known_args(arguments)[0].place
    place = tomllib.loads(file.read_text(encoding="utf-8"))
    published = Path(place["published"]).resolve()
    tables = place["tables"]
    page = published / "explorer.html"
    if page.is_file():
        print(f"explorer:        {page}")
    print(f"published files: {published}")
    print(f"tables:          {Path(tables).resolve() if Path(tables).exists() else tables}")


def main(arguments: list[str]) -> int:
    """Run the job with these arguments; return its exit code."""
    sys.argv = [str(JOB), *arguments]
    sys.path[0] = str(JOB.parent)
    try:
        runpy.run_path(str(JOB), run_name="__main__")
    except SystemExit as end:
        if end.code:
            raise
    if not {"-h", "--help"} & set(arguments):
        say_where(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
