"""The columns of the canonical tables: which must be there, and which types are usable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
from pyspark.sql import types as T

from stclusters.errors import BadInput

Family = Literal["text", "whole", "number", "nothing"]
TEXT: frozenset[Family] = frozenset({"text", "nothing"})
NAME: frozenset[Family] = frozenset({*TEXT, "whole"})
NUMBER: frozenset[Family] = frozenset({*NAME, "number"})

USABLE: Mapping[str, frozenset[Family]] = {
    **dict.fromkeys(("kind", "economy", "city", "region", "ipc", "field", "organisation_name"), TEXT),
    **dict.fromkeys(("document_id", "person_id", "address_id", "type", "accuracy", "organisation_id"), NAME),
    **dict.fromkeys(("lon", "lat", "year"), NUMBER),
}


@dataclass(frozen=True)
class Canonical:
    """A canonical table: its columns that must be there, those that may be, and those of which one must be."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        return (*self.required, *self.optional, *self.one_of)


ADDRESSES = Canonical(
    "addresses",
    ("document_id", "kind", "lon", "lat"),
    ("person_id", "address_id", "economy", "city", "region", "accuracy"),
)
DOCUMENTS = Canonical("documents", ("document_id", "kind", "year"), ("type",))
DOCUMENT_FIELDS = Canonical("document_fields", ("document_id", "kind"), (), ("ipc", "field"))
DOCUMENT_ORGANISATIONS = Canonical(
    "document_organisations", ("document_id", "kind", "organisation_id"), ("organisation_name", "type")
)


def check_names(where: str, names: Sequence[str], table: Canonical) -> None:
    """Raises `BadInput` where a column is missing, or two have one name (case does not tell them apart)."""
    missing = [name for name in table.required if name not in names]
    found = f"it has {', '.join(names) or 'none'}"
    if missing:
        raise BadInput(f"{where}: lacks the column {', '.join(missing)} ({found[:300]}): add it, or mend its name.")
    if table.one_of and not set(table.one_of) & set(names):
        raise BadInput(
            f"{where}: lacks a column {' or '.join(table.one_of)} ({found[:300]}): add one, or mend its name."
        )
    twice = [name for name, count in Counter(name.casefold() for name in names).items() if count > 1]
    if twice:
        raise BadInput(f"{where}: has the column {twice[0]!r} twice: name each column once, in small letters.")


def check_type(where: str, column: str, family: Family | None, kind: str) -> None:
    """Raises `BadInput` where a column is of a type that cannot be used."""
    if family is None or family not in USABLE[column]:
        words = ", ".join(sorted(USABLE[column] - {"nothing"}))
        raise BadInput(
            f"{where}: the column {column} is of type {kind}, which is none of {words}: write it as one of them."
        )


def arrow_family(kind: pa.DataType) -> Family | None:
    """What an Arrow type holds; None for what no column can be."""
    is_type = pa.types
    if is_type.is_dictionary(kind):
        return arrow_family(kind.value_type)
    if is_type.is_string(kind) or is_type.is_large_string(kind):
        return "text"
    if is_type.is_integer(kind):
        return "whole"
    if is_type.is_float32(kind) or is_type.is_float64(kind) or is_type.is_decimal(kind):
        return "number"
    return "nothing" if is_type.is_null(kind) else None


def spark_family(kind: T.DataType) -> Family | None:
    """What a Spark type holds; None for what no column can be."""
    if isinstance(kind, T.StringType):
        return "text"
    if isinstance(kind, T.IntegralType):
        return "whole"
    if isinstance(kind, T.NumericType):
        return "number"
    return "nothing" if isinstance(kind, T.NullType) else None
