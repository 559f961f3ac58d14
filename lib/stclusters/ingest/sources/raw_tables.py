"""What every source gives: the raw rows of the canonical tables, and an account of the records that it read."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.checkpoints import checkpointed


@dataclass(frozen=True)
class RawTables:
    """The canonical tables as the source has them; a column that the source has not is null and of type void.

    `inputs` says of each table: `table`, `format`, `files`, `bytes`, `version` (of Delta, else None), `ignored`: the
    columns that are not read, and maybe `absent`: wanted ones that the source has not. `records` counts what became
    of the source's own records: `table`, what it `becomes` ("documents", "addresses"), `reason` (null: a row there) and
    `rows`; None: every record is a row. `flags` counts documents that are doubtful, by what is doubtful; `unread` names
    files of the folder that are not read. `stored` is what the frames are read from; `release` frees it.
    """

    addresses: DataFrame
    documents: DataFrame
    document_fields: DataFrame | None
    document_organisations: DataFrame | None
    inputs: list[dict[str, Any]]
    records: DataFrame | None = None
    stored: tuple[DataFrame, ...] = ()
    flags: Mapping[str, int] = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    def checkpointed(self) -> RawTables:
        """The same with frames that are computed once, here, and carry no plan along.

        Spark prints the plan of a query whole at each of its stages, with the plans of all that is persisted in it, and
        the sifting persists frame upon frame: for a long plan that takes far longer than the work.
        """
        fields, organisations = self.document_fields, self.document_organisations
        with ExitStack() as on_error:
            on_error.callback(self.release)
            made = replace(
                self,
                addresses=checkpointed(self.addresses),
                documents=checkpointed(self.documents),
                document_fields=None if fields is None else checkpointed(fields),
                document_organisations=None if organisations is None else checkpointed(organisations),
            )
            on_error.pop_all()
        return made

    def release(self) -> None:
        """Frees what is stored; the frames still work, and read the source again."""
        for frame in self.stored:
            frame.unpersist()


def count_records(judged: DataFrame, table: str, becomes: str) -> DataFrame:
    """The `records` of a table whose rows have a `reason`."""
    names = (F.lit(table).alias("table"), F.lit(becomes).alias("becomes"))
    return judged.groupBy(*names, "reason").agg(F.count("*").alias("rows"))
