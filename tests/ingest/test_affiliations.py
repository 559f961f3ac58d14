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
    ("Département X, Lyon, France. E-mail: canary@example.org (corresponding author)", "UNKNOWN"): ("Lyon", None, "FR"),
    ("Department of Physics  University X  Cambridge MA 02139 USA", "UNKNOWN"): ("Cambridge", "MA", "US"),
    ("University of Rochester, NY 14627, USA", "UNKNOWN"): ("Rochester", "NY", "US"),
    ("Department of the History and Philosophy of Science King's College London UK", "UNKNOWN"): ("london", None, "GB"),
    ("Institute X, London K, UK", "UNKNOWN"): ("London", None, "GB"),
    ("Instituto X, León, Mexico", "UNKNOWN"): ("León", None, "MX"),  # and not the city of the economy's name
    ("Instituto X, Mexico", "UNKNOWN"): ("Mexico", None, "MX"),
    ("Emory University, Atlanta, Georgia", "US"): ("Atlanta", "Georgia", "US"),
    ("UMR 6118 CNRS, Université de Lyon IF-350 69007Lyon-1, France", "UNKNOWN"): ("Lyon", None, "FR"),
    ("Universidad X, Granada", "ES"): ("Granada", None, "ES"),  # and not Grenada
    ("City University of Hong Kong, Kowloon, Hong Kong SAR, China", "UNKNOWN"): ("Hong Kong", None, "HK"),
    ("The University X, Sydney NSW 2006, Australia", "UNKNOWN"): ("Sydney", "NSW", "AU"),
    ("Brunel College, Gower Street, UK", "UNKNOWN"): (None, None, "GB"),  # the town of Street
    ("", "JP"): (None, None, "JP"),
}


def test_a_text_names_its_city_by_the_parts_between_commas(spark: SparkSession) -> None:
    texts = spark.createDataFrame(list(ASKED), "text string, stated string")
    rows, held = read_affiliations(texts, small_gazetteer(spark))
    found = {(row["text"], row["stated"]): (row["city"], row["region"], row["economy"]) for row in rows.collect()}
    assert found == ASKED
    held.unpersist()
