"""Names of clusters as the published rankings use them."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.packaged import packaged_rows

PROVINCES = {  # GeoNames' codes of Canada's provinces and territories, and the letters that people write
    **{"01": "AB", "02": "BC", "03": "MB", "04": "NB", "05": "NL", "07": "NS", "08": "ON", "09": "PE", "10": "QC"},
    **{"11": "SK", "12": "YT", "13": "NT", "14": "NU"},
}


def read_usages(spark: SparkSession) -> DataFrame:
    """The shipped table data/cluster_names.csv, a row a name and city: `usage`, `place_id`, `cities` (of the name).

    They are the names in the top 100 of the Global Innovation Index 2020 and 2024, each with the places of the
    gazetteer that it names; nothing in it is of a cluster's id.
    """
    rows = [
        (row["name"], int(place), len(row["place_ids"].split("/")))
        for row in packaged_rows("cluster_names.csv")
        for place in row["place_ids"].split("/")
    ]
    return spark.createDataFrame(rows, "usage string, place_id bigint, cities int")


def state_of(economy: Column, region: Column) -> Column:
    """The letters of the state or province where names carry them, in the United States and Canada; else empty."""
    province = F.lit("")
    for code, letters in PROVINCES.items():
        province = F.when(region == code, letters).otherwise(province)
    return F.when(economy == "US", F.coalesce(region, F.lit(""))).when(economy == "CA", province).otherwise("")
