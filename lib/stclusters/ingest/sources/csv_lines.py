"""Where the first fault of a delimited file is, as ` (line N)`; an empty text where that cannot be told."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stclusters.ingest.sources.headers import widest_separator
from stclusters.ingest.sources.text_files import DAMAGED, decoded

LONGEST_CELL = 1 << 22  # characters; a longer one is taken for a quote that is never closed


def line_of_wrong_row(file: Path) -> str:
    """The last line of the first row that has other cells than the header, or a stray quote."""
    found = _first_fault(file)
    return f" (line {found[1]})" if found else ""


def line_of_open_quote(file: Path) -> str:
    """The line where the first row begins that has a quote which is never closed, or is closed in another row."""
    found = _first_fault(file)
    return f" (line {found[0]})" if found else ""


def line_of_long_row(file: Path, longest: int) -> str:
    """The line where the first row of more than `longest` bytes begins."""
    begins, size, is_open = 1, 0, False
    with decoded(file) as text:
        for number, line in enumerate(text, start=1):
            size += len(line.encode())
            if size > longest:
                return f" (line {begins})"
            is_open ^= line.count('"') % 2 == 1
            if not is_open:
                begins, size = number + 1, 0
    return ""


def _first_fault(file: Path) -> tuple[int, int] | None:
    """The first and the last line of the first wrong row."""
    try:
        with decoded(file) as text, _long_cells():
            rows = csv.reader(text, delimiter=widest_separator(file), strict=True)
            begins, cells = 1, 0
            try:
                for row in rows:
                    cells = cells or len(row)
                    if row and len(row) != cells:
                        return begins, rows.line_num
                    begins = rows.line_num + 1
            except csv.Error:
                return begins, rows.line_num
    except (*DAMAGED, UnicodeDecodeError):
        pass
    return None


@contextmanager
def _long_cells() -> Iterator[None]:
    """Lets Python's reader, whose cells have 131,072 characters at most, read long ones."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)
