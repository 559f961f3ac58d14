"""What can go wrong, one class a cause: each message is one sentence that names the cause and the cure."""

from __future__ import annotations


class StclustersError(Exception):
    """An error whose message is for the user; `exit_code` is what a job ends with."""

    exit_code = 2


class SettingsError(StclustersError):
    """A settings file or an argument is missing or wrong."""


class BadInput(StclustersError):
    """An input cannot be read or is not of its form: nothing is committed."""


class SchemaMismatch(StclustersError):
    """A frame is not of the columns that its table declares."""


class AnotherRun(StclustersError):
    """Another run writes to the same output."""

    exit_code = 3


class SessionNotReady(StclustersError):
    """Java, Spark, Sedona or Delta is missing or of a wrong version."""

    exit_code = 4


class Environment(StclustersError):
    """The machine lacks what a run needs: room on the disk, a right to a folder."""

    exit_code = 4


class GuardFailed(StclustersError):
    """What must hold between tables after a step does not hold."""

    exit_code = 5
