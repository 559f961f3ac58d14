"""Result tables as CSV files that spreadsheets, R and JavaScript read as they are meant."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from stclusters.errors import SchemaMismatch
from stclusters.publish.files import replaced

FORMULA = "^[=+\\-@\t\r\n\x00＝＋－＠]"  # a spreadsheet takes a cell that begins so for a formula
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # by which Excel knows UTF-8
CLUSTER_IDS = (
    *("cluster_id", "earlier_cluster_id", "cluster_a", "cluster_b"),
    *("smaller", "rival_a", "rival_b"),
)


def export_csv(rows: pa.Table, path: Path) -> int:
    """Writes a result table as one CSV file, in the order of its rows; returns their number.

    The file is UTF-8 with a byte order mark, under a header. Arrays are joined with `/`, binary columns are left out, a
    null is an empty cell and an empty text is `""`, doubles have the fewest digits that read back equal. Ids of
    clusters are texts (`cluster_text`). A text that a spreadsheet would take for a formula (it begins with = + - @, one
    of these in full width, tab, CR, LF or NUL) gets a leading `'`. Raises `SchemaMismatch` for a column that has no
    form in CSV.
    """
    cells = {
        name: _cells(name, rows.column(name)) for name in rows.column_names if not _is_binary(rows.column(name).type)
    }
    with replaced(path) as unfinished, unfinished.open("wb") as file:
        file.write(BYTE_ORDER_MARK)
        csv.write_csv(pa.table(cells), file)
    return int(rows.num_rows)


def cluster_text(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Ids of clusters as texts: the letter C and the number of the Delta tables; null stays null.

    The numbers have 18 digits, of which Excel keeps 15, and R and JavaScript 15 to 16.

    >>> cluster_text(pa.chunked_array([[392086147396482390, None]])).to_pylist()
    ['C392086147396482390', None]
    """
    return pc.binary_join_element_wise("C", ids.cast(pa.string()), "")


def _cells(name: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = values.type
    if name in CLUSTER_IDS and pa.types.is_integer(kind):
        return cluster_text(values)
    if _is_text(kind):
        return _no_formula(values)
    if pa.types.is_list(kind) and _is_text(kind.value_type):
        texts = values.cast(pa.list_(kind.value_type))  # elements that may not be null have no kernel
        return _no_formula(pc.binary_join(texts, "/"))
    if pa.types.is_nested(kind):
        raise SchemaMismatch(f"{name}: {kind} has no form in CSV")
    return values


def _no_formula(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    quoted = pc.binary_join_element_wise("'", texts, "")
    return pc.if_else(pc.match_substring_regex(texts, FORMULA), quoted, texts)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))
