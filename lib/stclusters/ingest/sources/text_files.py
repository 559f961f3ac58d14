"""Text files of tables: opened and unpacked, and what is wrong with their bytes named in one sentence."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stclusters.errors import BadInput

DAMAGED = (OSError, EOFError, zlib.error, zipfile.BadZipFile)
ZEROS = bytes(32)  # so many zero bytes on end are no text: the copy of the file did not end, or the disk lost them
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")  # byte order marks of UTF-16 and UTF-32
OTHER_FORMATS = (  # how a file begins that is no text, what it is, and the cure
    (b"PK\x03\x04", "a zip file or a workbook", "unpack it, or save its sheet as CSV UTF-8"),
    (b"\xd0\xcf\x11\xe0", "a workbook of Excel", "save its sheet as CSV UTF-8"),
    (b"PAR1", "a Parquet file", "give its name the ending .parquet"),
    (b"BZh", "packed by bzip2", "unpack it, or pack it by gzip"),
    (b"\xfd7zX", "packed by xz", "unpack it, or pack it by gzip"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd", "unpack it, or pack it by gzip"),
)


def check_begin(file: Path | str, head: bytes) -> None:
    """Raises `BadInput` where the first four bytes of a text are those of another format, or of UTF-16 or UTF-32."""
    for begin, what, cure in OTHER_FORMATS:
        if head.startswith(begin):
            raise BadInput(f"{file}: is {what}, whatever its name says: {cure}.")
    has_zero = [byte == 0 for byte in head]
    if head.startswith(WIDE_MARKS) or has_zero in ([False, True] * 2, [True, False] * 2):
        raise BadInput(f'{file}: is UTF-16 or UTF-32, as Excel saves "Unicode text": save it as CSV UTF-8.')


def cut_off(file: Path | str, cure: str = "copy it again") -> BadInput:
    """The error for a file that ends in zero bytes, or has a run of them."""
    return BadInput(f"{file}: has zero bytes where text should be, as a copy that was cut off has: {cure}.")


@contextmanager
def opened(file: Path) -> Iterator[Any]:
    """The text of a file, plain, gzip or a zip of one file, as a stream of bytes; `BadInput` by `check_begin`."""
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as packed, _member(file, packed) as raw:
            check_begin(file, raw.peek(4)[:4])
            yield raw
    else:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as raw:
            check_begin(file, raw.peek(4)[:4])  # both are buffered
            yield raw


@contextmanager
def decoded(file: Path) -> Iterator[io.TextIOWrapper]:
    """The text of a file as UTF-8, with or without a byte order mark; its line ends are kept."""
    with opened(file) as raw:
        yield io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")


def ends_in_zero(file: Path) -> bool:
    """Whether the last byte of the text, unpacked, is zero; reads it all."""
    last = b""
    with opened(file) as raw:
        for data in iter(lambda: raw.read(1 << 20), b""):
            last = data[-1:]
    return last == b"\0"


def _member(file: Path, packed: zipfile.ZipFile) -> Any:
    members = [name for name in packed.namelist() if not name.endswith("/") and "__MACOSX" not in name]
    if len(members) != 1:
        raise BadInput(f"{file}: holds {len(members)} files: keep one in it.")
    try:
        return packed.open(members[0])
    except (RuntimeError, NotImplementedError) as error:  # a password, or a method that Python has not
        raise BadInput(f"{file}: cannot be unpacked here ({error}): unpack it, and keep the file in it.") from error
