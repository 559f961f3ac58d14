"""Runs jobs/run_all.py in this process, and says at the end where its results are."""

import argparse
import runpy
import sys
import tomllib
from pathlib import Path

JOB = Path("jobs/run_all.py").resolve()
RUNS_NOTHING = {"-h", "--help", "--version"}


def with_files(arguments: list[str], called_from: Path) -> list[str]:
    """Return the arguments with defaults, and files of the folder that the command was called from."""
    parser = argparse.ArgumentParser(prog="scripts/run", add_help=False)
    parser.add_argument("--method", default="conf/sample.toml")
    parser.add_argument("--place", default="conf/local.toml")
    files, others = parser.parse_known_args(arguments)
    found = {name: called_from / file if (called_from / file).is_file() else file for name, file in vars(files).items()}
    options = [f"--{name}={file}" for name, file in found.items()]
    return [*options, "--edition", "2024", *others]


def say_where(arguments: list[str]) -> None:
    """Print where the pages of the editions, the published files and the tables are, as the place file says."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--place", type=Path, required=True)
    parser.add_argument("--edition", type=int, nargs="+", required=True)
    given = parser.parse_known_args(arguments)[0]
    place = tomllib.loads(given.place.read_text(encoding="utf-8"))
    published = Path(place["published"]).resolve()
    tables = place["tables"]
    pages = [published / f"{edition}/explorer.html" for edition in sorted(set(given.edition))]
    for page in pages:
        if page.is_file():
            print(f"explorer:        {page}")
    if (published / "index.html").is_file():
        print(f"all editions:    {published / 'index.html'}")
    print(f"published files: {published}")
    print(f"tables:          {Path(tables).resolve() if Path(tables).exists() else tables}")


def main(called_from: str, *given: str) -> int:
    """Run the job with these arguments; return its exit code."""
    arguments = with_files(list(given), Path(called_from))
    sys.argv = [str(JOB), *arguments]
    sys.path[0] = str(JOB.parent)
    try:
        runpy.run_path(str(JOB), run_name="__main__")
    except SystemExit as end:
        if end.code:
            raise
    if not RUNS_NOTHING & set(given):
        say_where(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
