"""Raw text: what is blank, what is a number, and how it is stored."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

# Control characters, and the marks that turn the direction of writing or break a line.
CONTROL = r"[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
SEEN = r"[^\s\p{Z}\p{Cc}\p{Cf}]"
PLAIN = r"\A[ -~]*\z"  # what nearly all texts are, and quickly told
PLAIN_NUMBER = r"\A[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\z"


def told(column: Column) -> Column:
    """The text, or null where nothing in it can be seen."""
    text = column.cast("string")
    begins_plainly = (text >= "!") & (text <= "~")  # by bytes: the rule, and told without reading on
    return F.when(begins_plainly | text.rlike(SEEN), text)


def clean(column: Column) -> Column:
    """The text without control characters; null where nothing is left that can be seen."""
    text = column.cast("string")
    return told(F.when(is_unprintable(text), F.regexp_replace(text, CONTROL, "")).otherwise(text))


def shown(column: Column) -> Column:
    """The text with U+FFFD in the place of each control character: a reject shows that there was one."""
    return F.regexp_replace(column.cast("string"), CONTROL, "\ufffd")


def is_unprintable(column: Column) -> Column:
    """Whether the text has a control character."""
    return ~column.rlike(PLAIN) & column.rlike(CONTROL)


def is_missing(column: Column, kind: T.DataType) -> Column:
    """Whether there is no value: null, or a text of no characters."""
    return column.isNull() | (column == "") if isinstance(kind, T.StringType) else column.isNull()


def number(column: Column, kind: T.DataType) -> Column:
    """The value as a finite double; null for all that is not a plain decimal number in the source's own notation.

    Text may have a sign, digits, one point and an exponent, and nothing else: no comma, blank, unit or word.
    """
    value = F.when(column.rlike(PLAIN_NUMBER), column.try_cast("double")) if isinstance(kind, T.StringType) else None
    value = column.cast("double") if value is None else value
    return F.when(~F.isnan(value) & (F.abs(value) < float("inf")), value)
