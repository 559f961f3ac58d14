"""Why Spark or the system failed, as one sentence with the cure: decided by the types of errors and not by any text."""

from __future__ import annotations

import errno
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError
from pyspark import SparkContext

from stclusters.errors import AnotherRun, Environment, GuardFailed, StclustersError
from stclusters.ingest.sources.faults import READING, local_path, read_error
from stclusters.tables import WRITTEN_BY

FULL_DISK = (errno.ENOSPC, errno.EDQUOT)
ENDED_WITHIN_S = 5.0
HEAP_EXHAUSTED = 52  # how Spark's process ends where a task has used up its heap
AGAIN = "run the same command again; every table is whole, old or new"
MEMORY = "spark.driver.memory in Spark's properties file, on a cluster spark.executor.memory too"
PROCESS_ENDED = f"Spark's process ended while the job ran (stopped from outside, or out of memory): {AGAIN}."
NO_HEAP = f"Java ran out of memory: raise {MEMORY}, and {AGAIN}."
NO_DISK = f"The disk is full: make room, and {AGAIN}."


class Cause(NamedTuple):
    """One error of a chain: the full name of its type, and its message."""

    kind: str
    message: str


class Rule(NamedTuple):
    """The types and messages of one cause, the error that it is, and its sentence; `{0}` is the group of `message`."""

    kind: str
    message: str
    error: type[StclustersError]
    sentence: str


WORKER = r"PythonException$"  # its message is a traceback, whose last line is `raised_in_python`
ABORTED = r"^Job aborted due to stage failure: "
RULES = (
    Rule(
        r"",
        r"^(\[DELTA_(?:VIOLATE_CONSTRAINT|NOT_NULL_CONSTRAINT|REPLACE_WHERE_MISMATCH).*)",
        GuardFailed,
        "A row breaks a check of its table ({0}).",
    ),
    Rule(
        r"^java.*(IOException|FileSystemException|FileNotFoundException)$|SparkOutOfMemoryError$",
        r"(?:^|[:(] ?)(?:No space left on device|Disk quota exceeded)\)?(?: SQLSTATE: \w+)?$",
        Environment,
        NO_DISK,
    ),
    Rule(WORKER, rf"^OSError: \[Errno (?:{'|'.join(map(str, FULL_DISK))})\]", Environment, NO_DISK),
    Rule(
        r"\b(?:delta|tahoe)\b.*\.(?:Concurrent\w+|DeltaConcurrentModification|MetadataChanged|ProtocolChanged)Exception$",
        r"(?s)(?:.*Conflicting commit:.*?run_id\W+([\w.-]+))?",
        AnotherRun,
        "Another writer ({0}) changed the table that this run was writing: let one run at a time write to these "
        "tables, and run the same command again.",
    ),
    Rule(
        r"",
        r"^\[DELTA_MAX_COMMIT_RETRIES",
        AnotherRun,
        "Other writers changed a table faster than this run could write it: let one run at a time write to these "
        "tables, and run the same command again.",
    ),
    Rule(r"(?:^|\.)(?:Spark)?OutOfMemoryError$", r"", Environment, NO_HEAP),
    Rule(r"SparkException$", r"Not enough memory to build and broadcast the table", Environment, NO_HEAP),
    Rule(
        r"SparkException$",
        rf"(?:{ABORTED})?Total size of serialized results .* is bigger than (spark\.driver\.maxResultSize \(.*?\))",
        Environment,
        "The rows that Spark's driver collects are larger than {0}: raise that setting, and spark.driver.memory with "
        "it, in Spark's properties file, and run the same command again.",
    ),
    Rule(
        WORKER,
        r"^(?:[\w.]*\.)?(?:_?Array|Arrow)?MemoryError\b",
        Environment,
        "A Python worker of Spark ran out of memory: give Spark fewer cores at a time (spark.master local[N], "
        f"spark.executor.cores) or a machine with more memory, and {AGAIN}.",
    ),
    Rule(
        r"SparkException$",
        r"^Python worker (?:exited unexpectedly|failed to connect back)",
        Environment,
        "A Python worker of Spark was killed or crashed, most often for lack of memory: give Spark fewer cores at a "
        "time (spark.master local[N], spark.executor.cores), less Java memory (spark.driver.memory, "
        f"spark.executor.memory) or a machine with more memory, and {AGAIN}.",
    ),
    Rule(
        WORKER,
        r"^(?:ModuleNotFoundError|ImportError|.*\[PYTHON_VERSION_MISMATCH\])(.*)",
        Environment,
        "The Python of Spark's workers is not that of this job{0}: set PYSPARK_PYTHON to a Python with the packages of "
        "stclusters, on every node.",
    ),
    Rule(
        r"^java\.io\.IOException$",
        r'^Cannot run program "(.*?)"',
        Environment,
        "Spark cannot start {0}: set PYSPARK_PYTHON to a Python with the packages of stclusters, on every node.",
    ),
    Rule(
        r"SparkException$",
        rf"(?s){ABORTED}.*?most recent failure: Lost task \S+ in stage \S+ \(TID \d+\) \([^)]*\): ExecutorLostFailure "
        r"\((executor \S+)",
        Environment,
        "Spark lost {0} and others before it, most often for lack of memory: raise spark.executor.memory and "
        f"spark.executor.memoryOverhead in Spark's properties file, see the executors' logs, and {AGAIN}.",
    ),
    Rule(
        r"SparkException$",
        rf"{ABORTED}.*has failed the maximum allowable number of times",
        Environment,
        "Spark lost executors with the rows that they held, most often for lack of memory or disk: raise "
        f"spark.executor.memory in Spark's properties file, see the executors' logs, and {AGAIN}.",
    ),
    Rule(
        r"(?:SparkException|IllegalStateException)$",
        r"^(?:Job \d+ cancelled because SparkContext was shut down|Cannot call methods on a stopped SparkContext"
        rf"|(?:{ABORTED})?(?:Master removed our application|All masters are unresponsive))",
        Environment,
        PROCESS_ENDED,
    ),
    Rule(
        r"\b(?:delta|tahoe)\b.*(?:Exception|Error)$",
        r"^((?:\[DELTA_(?:VERSIONS_NOT_CONTIGUOUS|LOG_FILE_NOT_FOUND|TRUNCATED_TRANSACTION_LOG|STATE_RECOVER|"
        r"FILE_NOT_FOUND|MISSING_\w*FILE)|Cannot time travel Delta table).*)",
        Environment,
        "The log of a Delta table lacks files ({0}): restore them from a copy, or name another folder as tables in the "
        "place file and run from step 1.",
    ),
)
LAST_RULES = (  # of an error that no input file has caused
    Rule(
        r"^java.*(?:FileNotFoundException|NoSuchFileException|AccessDeniedException)$|AccessControlException$",
        r"(.*)",
        Environment,
        "Spark cannot open a file ({0}): see that nothing else removes files there and that this user may read and "
        f"write them, and {AGAIN}.",
    ),
)


def known_cause(error: BaseException) -> StclustersError | None:
    """The sentence for an error of Spark or of the system with a cause that a user can remove; None for any other."""
    causes = list(chain(error))
    known = _by_rules(RULES, causes) or _of_table(causes) or _of_system(error)
    if known is None and isinstance(error, Exception):
        known = read_error(error) or _by_rules(LAST_RULES, causes)
    return known


def chain(error: BaseException | None) -> Iterator[Cause]:
    """The error and what caused it, in Python and then in Java, as far as Spark still answers."""
    while error is not None:
        origin = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
        if origin is None:
            yield Cause(f"{type(error).__module__}.{type(error).__qualname__}", _raised(str(error)))
        else:
            yield from _java_chain(origin)
        error = error.__cause__ or error.__context__


def _java_chain(thrown: Any) -> Iterator[Cause]:
    try:
        while thrown is not None:
            kind, message = str(thrown.getClass().getName()), str(thrown.getMessage() or "")
            yield Cause(kind, raised_in_python(message) if re.search(WORKER, kind) else message)
            thrown = thrown.getCause()
    except (Py4JError, OSError):
        return


def _raised(text: str) -> str:
    return raised_in_python(text) if "Traceback (most recent call last)" in text else text


def raised_in_python(trace: str) -> str:
    r"""The error in a traceback of a worker: what follows its last line of code.

    >>> raised_in_python('Traceback (most recent call last):\n  File "x.py", line 1, in f\nValueError: two\nlines')
    'ValueError: two\nlines'
    """
    lines = trace.rstrip().splitlines()
    code = [number for number, line in enumerate(lines) if line.startswith("  ")]
    return "\n".join(lines[code[-1] + 1 :] if code else lines)


def _by_rules(rules: tuple[Rule, ...], causes: list[Cause]) -> StclustersError | None:
    for rule in rules:
        for cause in causes:
            if re.search(rule.kind, cause.kind) and (found := re.search(rule.message, cause.message)):
                return rule.error(rule.sentence.format(*_words(found)))
    return None


def _words(found: re.Match[str]) -> list[str]:
    return [(group or "of an unknown run")[:300] for group in found.groups()]


def _of_table(causes: list[Cause]) -> Environment | None:
    """The sentence for a data file of one of this project's tables that is missing or damaged."""
    for cause in causes:
        named = READING.match(cause.message)
        file = Path(local_path(named.group(1).rstrip("."))) if named else Path()
        table = next((folder for folder in file.parents if (folder / "_delta_log").is_dir()), None)
        if table is not None and table.name in WRITTEN_BY:
            lacks = "is missing" if not file.exists() else "is damaged"
            return Environment(
                f"{file}: {lacks}, and the table {table.name} needs it: restore it from a copy, or run the step "
                f"{WRITTEN_BY[table.name]} again for every edition, and what follows."
            )
    return None


def _of_system(error: BaseException) -> Environment | None:
    """The sentence for an error of this process itself."""
    each: BaseException | None = error
    while each is not None:
        if isinstance(each, OSError) and each.errno in FULL_DISK:
            return Environment(NO_DISK)
        each = each.__cause__ or each.__context__
    if isinstance(error, MemoryError):
        return Environment(f"Python ran out of memory: use a machine with more, and {AGAIN}.")
    if isinstance(error, OSError) and error.filename:
        return Environment(f"{error.filename}: {error.strerror}: fix that, or name another place in the place file.")
    if isinstance(error, (ConnectionError, Py4JError)) and not isinstance(error, Py4JJavaError):
        code = _exit_code()
        if code is not None or isinstance(error, (ConnectionError, Py4JNetworkError)):
            return Environment(NO_HEAP if code == HEAP_EXHAUSTED else PROCESS_ENDED)
    return None


def _exit_code() -> int | None:
    """How Spark's process ended, where this process started it; None while it runs. It closes its answers first."""
    process = getattr(SparkContext._gateway, "proc", None)
    try:
        return None if process is None else int(process.wait(ENDED_WITHIN_S))
    except subprocess.TimeoutExpired:
        return None
