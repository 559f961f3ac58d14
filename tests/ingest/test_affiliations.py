"""Affiliation texts: which city, region and economy they name."""

from __future__ import annotations

from pyspark.sql import SparkSession

from bulk import small_gazetteer
from stclusters.ingest.affiliations import read_affiliations

ASKED = {  # text, stated economy: city, region, economy
    ("Laboratoire X, Université, 69007 Lyon Cedex 07, France", "UNKNOWN"): ("Lyon", None, "FR"),
    ("Dept of Physics, MIT, Cambridge, MA 02139, USA", "UNKNOWN"): ("Cambridge", "MA", "US"),
    ("University of Cambridge, Cambridge CB2 1TN, UK", "UNKNOWN"): ("Cambridge", None, "GB"),
    ("University of Rochester, Rochester, New York, USA", "UNKNOWN"): ("Rochester", "New York", "US"),
    ("Columbia University, New York, NY 10027, U.S.A.", "UNKNOWN"): ("New York", "NY", "US"),
    ("Now at Omanos Analytics London UK", "UNKNOWN"): ("london", None, "GB"),
    ("National University of Singapore, Singapore", "UNKNOWN"): ("Singapore", None, "SG"),
    ("Research Centre, Paris", "FR"): ("Paris", None, "FR"),
    ("Research Centre, Paris", "UNKNOWN"): (None, None, None),
    ("Mayo Street, Springfield, IL", "UNKNOWN"): ("Springfield", "IL", "US"),
    ("Univ, Springfield, USA", "UNKNOWN"): ("Springfield", None, "US"),  # ambiguous: the gazetteer refuses it
    ("CANARY, Person, France", "UNKNOWN"): (None, None, "FR"),
    ("These authors contributed equally to this work.", "FR"): (None, None, "FR"),
    ("Institut X; 75005 Paris; Frankreich", "UNKNOWN"): ("Paris", None, "FR"),
    ("", "JP"): (None, None, "JP"),
}


def test_a_text_names_its_city_by_the_parts_between_commas(spark: SparkSession) -> None:
    texts = spark.createDataFrame(list(ASKED), "text string, stated string")
    rows, held = read_affiliations(texts, small_gazetteer(spark))
    found = {(row["text"], row["stated"]): (row["city"], row["region"], row["economy"]) for row in rows.collect()}
    assert found == ASKED
    held.unpersist()
