"""IPC symbols to the 35 technology fields of WIPO's concordance."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.packaged import packaged_rows

UNKNOWN_FIELD = "unknown"
CONCORDANCE_COLUMNS = "pattern string, field_number int, field string, sector string"

# section, class, subclass; then the main group, with or without leading zeros; then what parts it from the subgroup.
# "G06F  17/30", "g06f17/30", "A61K0031-00", "H04L12/28 (2006.01)", "A61K", and A61K0031000000 as in standard ST.8
BLANK = r"[\s\u00A0]*"
SUBCLASS = rf"^{BLANK}([A-Ha-h]){BLANK}([0-9]{{2}}){BLANK}([A-Za-z])(?![A-Za-z])"
MAIN_GROUP = rf"{SUBCLASS}[\s\u00A0-]*0*([1-9][0-9]{{0,3}})(?:{BLANK}[/:-]|{BLANK}$|{BLANK}\()"
MAIN_GROUP_ST8 = rf"{SUBCLASS}(?=[0-9]{{10}}(?![0-9]))0*([1-9][0-9]{{0,3}})[0-9]{{6}}(?![0-9])"


def read_concordance(spark: SparkSession) -> DataFrame:
    """The shipped concordance: `pattern` (distinct), `field_number` (1 to 35), `field` and `sector` (English).

    A pattern is a subclass ("G06F") or a main group with its stroke ("A61K 8/"), and stands for all that is below it.
    WIPO's IPC–technology concordance of July 2019, with the subclasses and main groups that the IPC has gained since in
    the field that their matter was in before.
    """
    rows = [
        (row["pattern"], int(row["field_number"]), row["field"], row["sector"])
        for row in packaged_rows("ipc_fields.csv")
    ]
    return spark.createDataFrame(rows, CONCORDANCE_COLUMNS)


def fields_by_number(spark: SparkSession) -> DataFrame:
    """The 35 fields of the concordance: `number` (as text, without leading zeros) and `field`."""
    return read_concordance(spark).select(F.col("field_number").cast("string").alias("number"), "field").distinct()


def subclass_of(ipc: Column) -> Column:
    """The subclass of an IPC symbol in any usual notation, as "G06F"; null where the text is no symbol."""
    parts = [F.regexp_extract(ipc, SUBCLASS, part) for part in (1, 2, 3)]
    return F.nullif(F.upper(F.concat(*parts)), F.lit(""))


def main_group_of(ipc: Column) -> Column:
    """The main group of an IPC symbol in any usual notation, as "A61K 8/"; null where the text tells none."""
    plain, padded = F.regexp_extract(ipc, MAIN_GROUP, 4), F.regexp_extract(ipc, MAIN_GROUP_ST8, 4)
    number = F.coalesce(F.nullif(plain, F.lit("")), F.nullif(padded, F.lit("")))
    return F.concat(subclass_of(ipc), F.lit(" "), number, F.lit("/"))


def match_fields(rows: DataFrame, concordance: DataFrame) -> DataFrame:
    """The rows, each with `of_ipc`: the field of the main group of its `ipc`, else of its subclass, else null.

    The longest pattern of the concordance wins.
    """
    is_group = F.col("pattern").endswith("/")
    groups = concordance.where(is_group).select(F.col("pattern").alias("main_group"), F.col("field").alias("of_group"))
    subclasses = concordance.where(~is_group).select(
        F.col("pattern").alias("subclass"), F.col("field").alias("of_subclass")
    )
    read = rows.select("ipc").distinct()  # documents are many, symbols few
    parsed = read.withColumns({"main_group": main_group_of(F.col("ipc")), "subclass": subclass_of(F.col("ipc"))})
    joined = (  # one row per symbol: patterns are distinct
        parsed.join(F.broadcast(groups), "main_group", how="left").join(F.broadcast(subclasses), "subclass", how="left")
    )
    known = joined.select("ipc", F.coalesce("of_group", "of_subclass").alias("of_ipc")).where("of_ipc IS NOT NULL")
    return rows.join(F.broadcast(known), "ipc", how="left")  # one row per symbol and document
