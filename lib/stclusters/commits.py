"""What the commits of a table say: the note of a write, and which rows a commit may have changed."""

from __future__ import annotations

import json
from itertools import chain, takewhile
from typing import Any

from pyspark.sql import Row

from stclusters.stored import Stored

CHANGES_NO_ROWS = frozenset(  # operations of Delta; any other one may change the rows of any edition
    {
        *("CREATE TABLE", "OPTIMIZE", "REORG", "VACUUM START", "VACUUM END", "COMPUTE STATS", "UPGRADE PROTOCOL"),
        *("ADD CONSTRAINT", "DROP CONSTRAINT", "SET TBLPROPERTIES", "UNSET TBLPROPERTIES", "CHANGE COLUMN"),
    }
)


def changes_since(stored: Stored, edition: int, version: int) -> list[Row]:
    """The commits after a version that may have changed the table's rows of an edition, the newest first.

    If the newest commit is before the version, the table was made anew: that commit is the change.
    """
    commits = stored.commits()
    newest = next(commits)
    if newest["version"] < version:
        return [newest]
    later = takewhile(lambda commit: commit["version"] > version, chain((newest,), commits))
    return [commit for commit in later if may_change(commit, edition)]


def may_change(commit: Row, edition: int) -> bool:
    """Whether a commit may have changed rows of an edition: a commit without a note of an edition may."""
    return commit["operation"] not in CHANGES_NO_ROWS and note_of(commit).get("edition", edition) == edition


def note_of(commit: Row) -> dict[str, Any]:
    """The note that `io` leaves with a write; empty if the commit is of another program.

    >>> note_of(Row(userMetadata='{"run_id": "a", "edition": 2024}')), note_of(Row(userMetadata="by hand"))
    ({'run_id': 'a', 'edition': 2024}, {})
    """
    try:
        note = json.loads(commit["userMetadata"] or "{}")
    except ValueError:
        return {}
    return note if isinstance(note, dict) else {}
