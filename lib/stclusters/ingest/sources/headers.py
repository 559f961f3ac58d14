"""The header of a delimited file: what separates its cells, and the names of its columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from stclusters.errors import BadInput
from stclusters.ingest.sources.text_files import DAMAGED, cut_off, decoded

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
LONGEST_LINE = 1 << 20  # characters of the first line that are looked at
FOR_EXCEL = r'"?sep=.?"?'  # a first line that tells Excel the separator


class Header(NamedTuple):
    """The names of the columns, and the character between cells."""

    names: tuple[str, ...]
    separator: str


def read_header(file: Path, known: Collection[str]) -> Header:
    """The header in the first line that is not blank, by the separator that gives the most of the `known` names.

    Commas are taken where no separator gives one. Raises `BadInput` where there is no header, where the file is
    damaged, not UTF-8 or not CSV, and where its cells are separated by something else.
    """
    try:
        _check_first_line(file)
        rows = {separator: _first_row(file, separator) for separator in SEPARATORS}
    except UnicodeDecodeError as error:
        raise not_utf8(file) from error
    except DAMAGED as error:
        raise BadInput(f"{file}: is cut off or damaged: copy it again.") from error
    best = max(rows, key=lambda separator: _number_known(rows[separator], known))  # the first of equals
    found = rows[best]
    if isinstance(found, csv.Error):
        raise BadInput(f"{file}: its first line is no header of a CSV file ({found}): fix that line.")
    if not found:
        raise BadInput(f"{file}: has no header: write the names of the columns in its first line.")
    words = re.findall(r"\w+", found[0]) if len(found) == 1 else []
    if len(set(words) & set(known)) > 1:
        raise BadInput(f"{file}: separates its cells by none of {', '.join(SEPARATORS.values())}: save it with commas.")
    return Header(found, best)


def not_utf8(file: Path | str) -> BadInput:
    """The error for a file of another encoding."""
    return BadInput(f"{file}: has bytes that are not UTF-8: save it as UTF-8.")


def widest_separator(file: Path) -> str:
    """The separator that gives the most cells in the first line: a guess, for messages."""
    rows = {separator: _first_row(file, separator) for separator in SEPARATORS}
    return max(rows, key=lambda separator: 0 if isinstance(row := rows[separator], csv.Error) else len(row))


def _check_first_line(file: Path) -> None:
    with decoded(file) as text:
        lines = iter(lambda: text.readline(LONGEST_LINE), "")
        first = next((line for line in lines if line.strip()), "").rstrip("\r\n")
    if "\0" in first:
        raise cut_off(file)
    if re.fullmatch(FOR_EXCEL, first, flags=re.IGNORECASE):
        raise BadInput(f'{file}: begins with a line "sep=", which only Excel understands: remove that line.')


def _first_row(file: Path, separator: str) -> tuple[str, ...] | csv.Error:
    """The cells of the first line that is not blank; the error where the line is no CSV with this separator."""
    try:
        with decoded(file) as text:
            rows = csv.reader(text, delimiter=separator, strict=True)
            return next((tuple(cells) for cells in rows if cells), ())
    except csv.Error as error:
        return error


def _number_known(row: tuple[str, ...] | csv.Error, known: Collection[str]) -> int:
    return 0 if isinstance(row, csv.Error) else len({cell.strip().casefold() for cell in row} & set(known))
