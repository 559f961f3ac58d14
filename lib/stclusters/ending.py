"""How a job ends: its exit code, one sentence for an error, and what a signal does.

Imports nothing expensive: a job handles signals before it imports Spark.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from stclusters.errors import StclustersError

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
SAME_STOP_S = 1.0  # `timeout`, for one, signals the process and then its group: both are one request to stop
AGAIN_S = 0.05

Handler = Callable[[int, FrameType | None], Any]
_stops: list[tuple[float, int]] = []  # when, and by which signal, the work at hand was stopped


class Stopped(BaseException):
    """A signal stops the job; `except Exception` does not catch it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number
        self.exit_code = 128 + number


def ended(debug: bool, work: Callable[[], None]) -> int:
    """The exit code of the work; an error is one sentence on standard error, with the stack if `debug`.

    0 done, 2 bad input or settings, 3 another run writes to the same output, 4 environment, 5 a guard failed,
    129, 130 and 143 stopped by SIGHUP (the terminal was closed), by Ctrl-C and by SIGTERM, 1 anything else.
    """
    _stops.clear()
    with stoppable(), _without_py4j_logs(debug):
        return _ended(debug, work)


def _ended(debug: bool, work: Callable[[], None]) -> int:
    try:
        work()
        return 0
    except (Stopped, KeyboardInterrupt) as error:
        return _stopped_by(error.number if isinstance(error, Stopped) else signal.SIGINT)
    except Exception as error:
        if _stops:  # what was stopped made another error of it
            return _stopped_by(_stops[0][1])
        from stclusters.causes import known_cause

        known = error if isinstance(error, StclustersError) else known_cause(error)
        if debug or known is None:
            traceback.print_exc()
        first_line = (str(error).strip().splitlines() or [""])[0][:300]
        _say(str(known or f"{type(error).__name__}: {first_line} (a fault of ours: please report the lines above)"))
        return known.exit_code if known else 1


def final(code: int) -> int:
    """The exit code; a signal from now on ends this process with it at once, for its work has ended."""
    _set(lambda *_: os._exit(code))
    atexit.register(_set, signal.SIG_IGN)  # Python would end with a default handler of its own
    return code


@contextmanager
def stoppable(at_once: bool = False) -> Iterator[None]:
    """Within it a signal of `SIGNALS` raises `Stopped`; the handlers from before are restored at the end.

    With `at_once` it ends the process instead: where nothing has begun that must be undone. SIGHUP stays ignored where
    it was (`nohup`).
    """
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield
        return
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    hook = sys.unraisablehook
    if at_once:
        _set(_stop_at_once)
    else:
        sys.unraisablehook = _raise_again(hook)
        _set(_stop)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in handlers.items():
            if handler is not None:  # one that was not set from Python cannot be restored
                signal.signal(number, handler)


@contextmanager
def _without_py4j_logs(debug: bool) -> Iterator[None]:
    """Within it py4j does not log a lost connection, with its stack, on the root logger: the error itself is raised."""

    def is_of_another(record: logging.LogRecord) -> bool:
        return debug or "py4j" not in Path(record.pathname).parts

    root = logging.getLogger()
    root.addFilter(is_of_another)
    try:
        yield
    finally:
        root.removeFilter(is_of_another)


def _set(handler: Handler | signal.Handlers) -> None:
    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    """Raises `Stopped` at the first signal; a second one, if it is not of the same request, ends the process."""
    if _stops:
        _stop_at_once(number, frame)
    else:
        _stops.append((time.monotonic(), number))
        raise Stopped(number)


def _stop_at_once(number: int, _frame: FrameType | None) -> None:
    if not _stops or time.monotonic() - _stops[0][0] > SAME_STOP_S:
        os._exit(_stopped_by(number))


def _raise_again(hook: Callable[[Any], Any]) -> Callable[[Any], None]:
    """A hook for errors that Python drops: a `Stopped` raised within a finalizer is raised again outside of it."""

    def handle(dropped: Any) -> None:
        if isinstance(dropped.exc_value, Stopped):
            _stops.clear()
            threading.Timer(AGAIN_S, os.kill, (os.getpid(), dropped.exc_value.number)).start()
        else:
            hook(dropped)

    return handle


def _stopped_by(number: int) -> int:
    stopped = Stopped(number)
    _say(f"stopped by {stopped}: run the same command again to continue.")
    return stopped.exit_code


def _say(sentence: str) -> None:
    try:
        print(f"stclusters: {sentence}", file=sys.stderr, flush=True)
    except OSError:  # the terminal was closed: what could not be written must not fail again at the end of Python
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
