"""The jars that Spark is to load, compared with their lock before it starts."""

from __future__ import annotations

import hashlib
from pathlib import Path

from stclusters.errors import SessionNotReady


def check_jars(spark_conf: Path) -> None:
    """Raises `SessionNotReady` for a jar of a properties file that is missing or not the one of the lock beside it.

    The lock is `jars.lock` in the folder of the properties file, a line a jar: coordinate, SHA-256, file. Where there
    is no lock, whoever wrote the properties answers for the jars. The four of conf/jars.lock are hashed in 0.1 s.
    """
    lock = spark_conf.parent / "jars.lock"
    if not lock.is_file():
        return
    wanted = locked(lock)
    for jar in named_jars(spark_conf):
        if not jar.is_file():
            raise SessionNotReady(f"{jar} is not there: run scripts/setup, which fetches and verifies it.")
        if jar.name not in wanted:
            raise SessionNotReady(
                f"{jar} is not in {lock}: add a line with its SHA-256, or take it out of {spark_conf}."
            )
        found = sha256_of(jar)
        if found != wanted[jar.name]:
            raise SessionNotReady(
                f"{jar} has the SHA-256 {found} and {lock} wants {wanted[jar.name]}: delete it and run scripts/setup."
            )


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def locked(lock: Path) -> dict[str, str]:
    """The SHA-256 of each file of a lock."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return {file: sha256 for _, sha256, file in rows}


def named_jars(spark_conf: Path) -> list[Path]:
    """The files of `spark.jars` in a properties file."""
    lines = (line.split(maxsplit=1) for line in spark_conf.read_text(encoding="utf-8").splitlines())
    values = [line[1] for line in lines if len(line) == 2 and line[0] == "spark.jars"]
    return [Path(jar.strip()) for value in values for jar in value.split(",") if jar.strip()]
