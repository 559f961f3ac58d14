"""One run at a time on one output: a lock that the operating system holds for the process, and frees when it ends."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from stclusters.errors import AnotherRun

NAME = ".lock"
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)  # what a file system without locks answers


@contextmanager
def all_locked(folders: Iterable[Path], run_id: str) -> Iterator[None]:
    """Holds the locks of several output folders, or none: raises `AnotherRun`, which names the run that holds one.

    No run waits for a lock, so that none can wait for another in a circle; and all runs take them in one order, so that
    of two runs that start together with common folders one gets them.
    """
    with ExitStack() as held:
        for folder in sorted({folder.resolve() for folder in folders}):
            held.enter_context(locked(folder, run_id))
        yield


@contextmanager
def locked(folder: Path, run_id: str) -> Iterator[None]:
    """Holds the lock of an output folder, which is there; raises `AnotherRun`, which names the run that holds it.

    The lock is that of an open file (`flock`): however the process ends, the system frees it, so none is ever stale.
    The file stays, and names the last holder. On a file system without locks a warning says so and the run goes on.
    """
    path = folder / NAME
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AnotherRun(
                f"{_holder(path)} writes to {folder}: wait until it ends, or stop it, and run again."
            ) from None
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            print(f"stclusters: warning: {folder} has no locks: see that no other run writes there.", file=sys.stderr)
        since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        file.truncate(0)
        json.dump({"run_id": run_id, "host": socket.gethostname(), "pid": os.getpid(), "since": since}, file)
        file.flush()
        yield


def _holder(path: Path) -> str:
    """The run that holds a lock, in words; it may have begun so lately that it has not written its name yet."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return f"The run {held['run_id']} (process {held['pid']} on {held['host']}, since {held['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "Another run, which has just begun,"
