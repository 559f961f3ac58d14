"""How a job ends: its exit code, one sentence for an error, and what a signal does."""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from py4j.protocol import Py4JNetworkError

from stclusters.errors import Environment, GuardFailed, StclustersError
from stclusters.ingest.sources.faults import read_error

SIGNALS = (signal.SIGTERM, signal.SIGINT)
BROKEN_CHECK = ("DELTA_VIOLATE_CONSTRAINT", "DELTA_NOT_NULL_CONSTRAINT", "DELTA_REPLACE_WHERE_MISMATCH")


class Stopped(BaseException):
    """A signal asked the job to stop; no `except Exception` on its way holds it up."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


def ended(debug: bool, work: Callable[[], None]) -> int:
    """The exit code of the work; an error is one sentence on standard error, with the stack if `debug`.

    0 done, 2 bad input or settings, 3 another run is on the same output, 4 environment, 5 a guard failed,
    130 and 143 stopped by Ctrl-C and by SIGTERM, 1 anything else.
    """
    try:
        with stoppable():
            work()
        return 0
    except (Stopped, KeyboardInterrupt) as error:
        stopped = error if isinstance(error, Stopped) else Stopped(signal.SIGINT)  # while Spark starts, it is Spark's
        print(f"stclusters: stopped by {stopped}: run the same command again to go on.", file=sys.stderr)
        return stopped.exit_code
    except Exception as error:
        known = error if isinstance(error, StclustersError) else translate(error)
        if debug or known is None:
            traceback.print_exc()
        first_line = (str(error).strip().splitlines() or [""])[0][:300]
        sentence = known or f"{type(error).__name__}: {first_line} (a fault of ours: please report the lines above)"
        print(f"stclusters: {sentence}", file=sys.stderr)
        return known.exit_code if known else 1


@contextmanager
def stoppable() -> Iterator[None]:
    """Within it, SIGTERM and Ctrl-C raise `Stopped`; the handlers of before are put back at the end."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    listen()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def listen() -> None:
    """Makes SIGTERM and Ctrl-C raise `Stopped`: again after Spark's start, which takes Ctrl-C for itself."""
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            signal.signal(number, _stop)


def _stop(number: int, _frame: FrameType | None) -> None:
    for each in SIGNALS:  # a second signal does not wait for anything
        signal.signal(each, signal.SIG_DFL)
    raise Stopped(number)


def translate(error: Exception) -> StclustersError | None:
    """The sentence for an error of Spark or of the system that has a cause a user can mend; None for any other."""
    text = str(error)
    if any(mark in text for mark in BROKEN_CHECK):
        return GuardFailed(f"A row breaks a check of its table ({text.strip().splitlines()[0][:300]}).")
    if "No space left on device" in text:
        return Environment(
            "The disk is full: make room, and run the same command again; every table is whole, old or new."
        )
    known: StclustersError | None = read_error(error)
    if known is None and isinstance(error, OSError) and error.filename:
        known = Environment(f"{error.filename}: {error.strerror}: mend that, or name another place in the place file.")
    if known is None and isinstance(error, (ConnectionError, Py4JNetworkError)):
        known = Environment(
            "Spark's process ended while the job ran (stopped from outside, or out of memory): "
            "run the same command again; every table is whole, old or new."
        )
    return known
