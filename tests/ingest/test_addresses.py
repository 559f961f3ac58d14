"""Addresses: the verdict of each kind of dirty row, the flags, the numbers of persons, and that no row is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from conftest import rows_of
from held import until_the_test_ends
from stclusters import tables
from stclusters.ingest.addresses import AddressReject, sift_addresses
from stclusters.ingest.flags import AddressFlag
from stclusters.ingest.gazetteer import GAZETTEER
from stclusters.ingest.persons import number_addresses
from stclusters.ingest.sifted import Sifted, Tally, tally
from stclusters.settings import Method

RAW = ("kind", "document_id", "person_id", "address_id", "lon", "lat", "economy", "city", "region", "accuracy")
TEXTS = ", ".join(f"{name} string" for name in RAW)
METHOD = Method(radius_m=15_000, min_weight=10, patent_years=(5, 1), article_years=(5, 1), coast_tolerance_m=25_000)
BOXES = {  # economy: west, south, east, north
    "FR": (0, 40, 10, 50),
    "DE": (10.3, 45, 20, 50),
    "FJ": (179.5, -18, 180, -17),
    "CN": (100, 20, 120, 40),
    "HK": (120, 20, 125, 25),
    "KE": (30, -5, 45, 5),
    "AU": (115, -40, 150, -12),
    "BR": (-60, -30, -40, 0),
    "JP": (130, 30, 145, 45),
}
CITIES = [
    ("Tsukuba", "JP", 140.11667, 36.08333),
    ("Lyon", "FR", 4.85, 45.75),
]


Sift = Callable[..., Sifted]


@dataclass
class Row:
    """A raw row; the verdict that it must get: a reason, or the flags, economy and place of the address."""

    lon: str | None = "2.51"
    lat: str | None = "48.51"
    economy: str | None = "FR"
    reason: str | None = None
    flags: tuple[str, ...] = ()
    at: tuple[float, float] | None = None
    told: str | None = None
    more: dict[str, str | None] = field(default_factory=dict)

    def raw(self, name: str) -> tuple[str | None, ...]:
        values = {"kind": "patent", "document_id": name, "lon": self.lon, "lat": self.lat, "economy": self.economy}
        values |= self.more
        return tuple(values.get(column) for column in RAW)


NOT_NUMBERS = (
    "12,5",
    "48°51'N",
    " 12.5 ",
    "NaN",
    "nan",
    "Inf",
    "-Infinity",
    "1e400",
    "12.5d",
    "0x1p3",
    "1_000",
    "12.5\n",
    "٤٨",
    "--1",
    "null",
    " ",
)
R, G = AddressReject, AddressFlag
FAR = (AddressFlag.FAR_FROM_ECONOMY,)
CASES: dict[str, Row] = {
    "plain": Row(at=(2.51, 48.51), told="FR"),
    "no coordinate and no city": Row(None, None, reason=R.NOT_GEOCODED),
    "quoted nothing": Row("", "", reason=R.NOT_GEOCODED),
    "blank city": Row(None, None, more={"city": " \u00a0\t"}, reason=R.NOT_GEOCODED),
    "no longitude": Row(None, reason=R.HALF_A_COORDINATE),
    "no latitude, and a city": Row(lat=None, more={"city": "Lyon"}, reason=R.HALF_A_COORDINATE),
    **{f"latitude {text!r}": Row(lat=text, reason=R.NOT_A_NUMBER) for text in NOT_NUMBERS},
    **{f"longitude {text!r}": Row(lon=text, more={"city": "Lyon"}, reason=R.NOT_A_NUMBER) for text in NOT_NUMBERS},
    "signs and exponents": Row("+2.51E0", "4851e-2", at=(2.51, 48.51), told="FR"),
    "no digit before the point": Row("3.", ".5e2", at=(3.0, 50.0), told="FR", flags=(G.WHOLE_DEGREE,)),
    "north of the pole": Row("2.5", "90.0000001", reason=R.OFF_THE_GLOBE),
    "south of the pole": Row("2.5", "-90.5", reason=R.OFF_THE_GLOBE),
    "huge": Row("1e300", "1e300", reason=R.OFF_THE_GLOBE),
    "east of 180": Row("180.1", "1.5", reason=R.OFF_THE_GLOBE),
    "359": Row("359", "1.5", reason=R.OFF_THE_GLOBE),
    "west of 180": Row("-180.1", "1.5", reason=R.OFF_THE_GLOBE),
    "null island": Row("0", "0.0", reason=R.NULL_ISLAND),
    "null island with noise": Row("-0.0", "1e-12", reason=R.NULL_ISLAND),
    "null island written in degrees east": Row("0.0000001", "-0", reason=R.NULL_ISLAND),
    "equator": Row("33.3", "-0.0", "KE", at=(33.3, 0.0), told="KE"),
    "noise": Row("2.510000000001", "48.509999999999", at=(2.51, 48.51), told="FR"),
    "180 east": Row("180", "1.5", None, at=(-180.0, 1.5), told="UNKNOWN", flags=(G.NO_ECONOMY,)),
    "180 west": Row("-180", "1.5", None, at=(-180.0, 1.5), told="UNKNOWN", flags=(G.NO_ECONOMY,)),
    "the pole": Row("77.7", "90", None, at=(-180.0, 90.0), told="UNKNOWN", flags=(G.WHOLE_DEGREE, G.NO_ECONOMY)),
    "whole degrees": Row("2", "48", flags=(G.WHOLE_DEGREE,), at=(2.0, 48.0), told="FR"),
    "one whole degree": Row("2", "48.5", at=(2.0, 48.5), told="FR"),
    "record against borders": Row("110.5", "30.5", "BR", flags=(G.ECONOMY_ELSEWHERE,), told="BR"),
    "swapped": Row("41.51", "2.51", flags=(G.ECONOMY_ELSEWHERE, G.MAYBE_SWAPPED), at=(41.51, 2.51), told="FR"),
    "swapped in the sea": Row("48.51", "2.51", flags=(G.MAYBE_SWAPPED, *FAR), at=(48.51, 2.51), told="FR"),
    "south lost": Row("149.2", "35.3", "AU", flags=(G.MAYBE_SIGN_LOST, *FAR), at=(149.2, 35.3), told="AU"),
    "south and west lost": Row("46.6", "23.5", "BR", flags=(G.MAYBE_SIGN_LOST, *FAR), told="BR"),
    "west lost": Row("46.6", "-23.5", "BR", flags=(G.MAYBE_SIGN_LOST, *FAR), told="BR"),
    "in the sea, and no other sign fits": Row("-100.5", "-60.5", "FR", flags=FAR, told="FR"),
    "in the Gulf of Guinea": Row("0.1", "0.1", "JP", flags=FAR, told="JP"),
    "in the sea beyond the tolerance": Row("5.5", "50.5", "FR", flags=FAR, told="FR"),
    "in the sea near another economy": Row("-0.1", "45.5", "JP", flags=(G.ECONOMY_ELSEWHERE,), told="JP"),
    "an island nearer to another economy": Row("10.2", "47.5", "FR", told="FR"),
    "in the sea over 180 degrees": Row("-179.9", "-17.5", "FJ", told="FJ"),
    "near the coast": Row("-0.1", "45.5", None, told="FR"),
    "far from the coast": Row("-1.1", "45.5", None, flags=(G.NO_ECONOMY,), told="UNKNOWN"),
    **{
        f"economy {text!r}": Row("110.5", "30.5", text, told=told, flags=flags)
        for text, told, flags in [
            ("XK", "XK", (G.ECONOMY_ELSEWHERE,)),
            ("TW", "TW", (G.ECONOMY_ELSEWHERE,)),
            ("HK", "HK", (G.ECONOMY_ELSEWHERE,)),
            ("MO", "MO", (G.ECONOMY_ELSEWHERE,)),
            ("UK", "GB", (G.ECONOMY_ELSEWHERE,)),
            ("EL", "GR", (G.ECONOMY_ELSEWHERE,)),
            ("USA", "US", (G.ECONOMY_ELSEWHERE,)),
            ("us ", "US", (G.ECONOMY_ELSEWHERE,)),
            *((text, "CN", ()) for text in ("cn", "EP", "WO", None, "", "??", "</script>")),
        ]
    },
    "no economy anywhere": Row("-100.5", "-60.5", "EP", flags=(G.NO_ECONOMY,), told="UNKNOWN"),
    "a city": Row(None, "", "JP", more={"city": "Tsukuba", "accuracy": "street"}, at=(140.11667, 36.08333), told="JP"),
    "a city without economy": Row(None, None, None, more={"city": "tsukuba\x00"}, at=(140.11667, 36.08333), told="JP"),
    "an unknown city": Row(None, None, more={"city": "Nowhereville"}, reason=R.CITY_UNKNOWN),
    "a city in another economy": Row(None, None, "FR", more={"city": "Tsukuba"}, reason=R.CITY_UNKNOWN),
    "a region without a city": Row(None, None, "US", more={"region": "New Mexico"}, reason=R.REGION_ONLY),
    "a region as a city": Row(None, None, "CN", more={"city": "Hunan"}, reason=R.REGION_ONLY),
    "a city of a former economy": Row(None, None, "SU", more={"city": "Tsukuba"}, reason=R.CITY_UNKNOWN),
    "an ambiguous city": Row(None, None, more={"city": "Saint-Maurice"}, reason=R.CITY_AMBIGUOUS),
    "a coordinate and an unknown city": Row(more={"city": "Nowhereville"}, told="FR"),
    "unknown kind": Row(more={"kind": "Patent"}, reason=R.UNKNOWN_KIND),
    "no kind": Row(more={"kind": None}, reason=R.UNKNOWN_KIND),
    "article of a patent's id": Row(more={"kind": "article"}, reason=R.NO_DOCUMENT),
    "no document": Row(reason=R.NO_DOCUMENT),
    "document with another blank": Row(more={"document_id": "plain "}, reason=R.NO_DOCUMENT),
    "no document id": Row(more={"document_id": None}, reason=R.NO_DOCUMENT_ID),
    "blank document id": Row(more={"document_id": " \t"}, reason=R.NO_DOCUMENT_ID),
    "hostile": Row(
        more={
            "city": "</script>",
            "region": "'; DROP",
            "accuracy": "=HYPER\tLINK(\x00\u202e",
            "person_id": "x" * 10_240,
        }
    ),
}
MISSING = {"no document"}


def address(document_id: str, **values: str | None) -> tuple[str | None, ...]:
    plain = {"kind": "patent", "document_id": document_id, "lon": "2.51", "lat": "48.51", "economy": "FR"}
    return tuple((plain | values).get(name) for name in RAW)


DUPLICATES = [
    *[address("duplicates", person_id="p")] * 3,  # one address
    address("duplicates", person_id="p", economy=None),  # the borders say the same economy: the same address
    address("duplicates", person_id="p", lon="2.510000000001"),  # the same place
    address("duplicates", person_id="p", economy="DE"),  # another economy: another address
    *[address("duplicates")] * 2,  # two persons
    *[address("duplicates", address_id="a")] * 2,  # one person
]
MOVED = [
    *[address("moved", person_id="p", address_id="a", lon="3.51")] * 2,
    *[address("moved", person_id="p", address_id="a")] * 3,
    address("moved", person_id="p", address_id="b"),
    address("moved", person_id="q", lon="9.1"),
]
MANY = [address("many", person_id=f"p{number}", lon=f"{number % 7 + 1}.5") for number in range(2999)]
MANY += [address("many", person_id="q", lon=f"{number / 4 + 1}") for number in range(20)]
TOGETHER = [*DUPLICATES, *MOVED, *MANY, *(row.raw(name) for name, row in CASES.items())]
DOCUMENTS = ["duplicates", "moved", "many", *(name for name in CASES if name not in MISSING)]


@pytest.fixture(scope="module")
def sift(spark: SparkSession) -> Sift:
    boxes = spark.createDataFrame(
        [(economy, *map(float, box)) for economy, box in BOXES.items()],
        "economy string, west double, south double, east double, north double",
    )
    borders = boxes.selectExpr("economy", "ST_AsBinary(ST_PolygonFromEnvelope(west, south, east, north)) AS wkb")
    places = [
        (number, name, economy, None, None, lon, lat, 50_000, False)
        for number, (name, economy, lon, lat) in enumerate(CITIES)
    ]
    gazetteer = spark.createDataFrame(places, GAZETTEER)

    def run(raw: DataFrame, documents: list[str], method: Method = METHOD) -> Sifted:
        known = spark.createDataFrame([("patent", name) for name in documents], "kind string, document_id string")
        return until_the_test_ends(sift_addresses(raw, known, gazetteer, borders, method))

    return run


@dataclass
class Found:
    """What became of `TOGETHER`."""

    kept: dict[str, list[dict[str, object]]]
    rejects: list[dict[str, object]]
    tally: Tally
    types: list[list[tuple[str, str]]]

    def addresses(self, document_id: str, *columns: str) -> list[tuple[object, ...]]:
        return sorted(tuple(row[name] for name in columns) for row in self.kept.get(document_id, []))

    def one(self, name: str) -> dict[str, object]:
        (row,) = self.kept[name]
        return row


@pytest.fixture(scope="module")
def found(spark: SparkSession, sift: Sift) -> Found:
    sifted = sift(spark.createDataFrame(TOGETHER, TEXTS), DOCUMENTS)
    kept: dict[str, list[dict[str, object]]] = {}
    for row in sifted.kept.collect():
        kept.setdefault(row["document_id"], []).append(row.asDict())
    rejects = [row.asDict() for row in sifted.rejects.collect()]
    return Found(kept, rejects, tally(sifted), [sifted.kept.dtypes, sifted.rejects.dtypes])


@pytest.mark.parametrize("name", list(CASES))
def test_each_dirty_row_gets_its_verdict(found: Found, name: str) -> None:
    case = CASES[name]
    document_id = case.more.get("document_id", name)
    shown = None if document_id is None else document_id.replace("\t", "\ufffd").replace("\n", "\ufffd")
    rejected = [(row["reason"], row["rows"]) for row in found.rejects if row["document_id"] == shown]
    if case.reason:
        assert rejected == [(case.reason, 1)]
        assert document_id != name or name not in found.kept
        return
    assert rejected == []
    row = found.one(name)
    assert row["flags"] == list(case.flags)
    if case.at:
        assert (row["lon"], row["lat"]) == case.at
    if case.told:
        assert row["economy"] == case.told


def test_one_place_has_one_point_id_however_it_is_written(found: Found) -> None:
    assert len({found.one(name)["point_id"] for name in ("plain", "noise", "signs and exponents")}) == 1
    assert found.one("180 east")["point_id"] == found.one("180 west")["point_id"]


def test_addresses_and_rejects_are_of_the_declared_columns_and_of_the_listed_words(found: Found) -> None:
    for types, table in zip(found.types, (tables.ADDRESSES, tables.ADDRESS_REJECTS), strict=True):
        assert types == [(c.name, c.dataType.simpleString()) for c in table.schema if c.name != "edition"]
    assert {row["reason"] for row in found.rejects} == set(AddressReject)
    assert {flag for rows in found.kept.values() for row in rows for flag in row["flags"]} == set(AddressFlag)


def test_every_row_is_kept_or_rejected_or_dropped(found: Found) -> None:
    assert found.tally.rows == len(TOGETHER)
    assert found.tally.kept == sum(row.reason is None for row in CASES.values()) + 5 + 3 + len(MANY)
    assert found.tally.dropped == {"duplicate": 7}


def test_accuracy_is_text_without_control_characters_and_city_for_a_city(found: Found) -> None:
    assert (found.one("a city")["accuracy"], found.one("plain")["accuracy"]) == ("city", None)
    assert found.one("hostile")["accuracy"] == "=HYPERLINK("


def test_a_reject_shows_the_raw_row_with_a_mark_for_control_characters(found: Found) -> None:
    (row,) = [row for row in found.rejects if row["lat"] == "12.5\ufffd"]
    assert (row["reason"], row["lon"], row["economy"], row["city"]) == ("not_a_number", "2.51", "FR", None)


def test_an_exact_duplicate_is_dropped_and_persons_without_id_stay_apart(found: Found) -> None:
    assert found.addresses("duplicates", "person", "address", "addresses_each", "economy", "persons") == [
        (1, 1, 2, "DE", 4),
        (1, 2, 2, "FR", 4),
        (2, 1, 1, "FR", 4),
        (3, 1, 1, "FR", 4),
        (4, 1, 1, "FR", 4),
    ]


def test_of_two_places_of_one_address_the_first_stands_with_a_flag(found: Found) -> None:
    assert found.addresses("moved", "person", "address", "addresses_each", "lon", "flags") == [
        (1, 1, 2, 2.51, ["same_address_twice"]),
        (1, 2, 2, 2.51, []),
        (2, 1, 1, 9.1, []),
    ]
    rejects = [(row["reason"], row["lon"], row["rows"]) for row in found.rejects if row["document_id"] == "moved"]
    assert rejects == [("same_address_elsewhere", "3.51", 2)]


def test_shares_of_a_document_of_3000_persons_and_of_a_person_of_20_addresses_sum_to_one(found: Found) -> None:
    shares = found.addresses("many", "persons", "addresses_each")
    assert sum(Fraction(1, persons * each) for persons, each in shares) == 1
    assert shares.count((3000, 20)) == 20


def test_longitudes_up_to_360_are_read_and_economies_are_grouped_where_the_settings_say_so(
    spark: SparkSession, sift: Sift
) -> None:
    method = METHOD.model_copy(update={"longitudes_to_360": True, "economy_groups": {"HK": "CN"}})
    rows = [address(lon, lon=lon, lat="-23.5", economy=None) for lon in ("313.4", "360", "180.5", "360.1")]
    rows += [
        address("HK in HK", lon="122.51", lat="22.51", economy="HK"),
        address("HK in CN", lon="110.51", lat="30.51", economy="HK"),
        address("none in HK", lon="122.51", lat="22.51", economy=None),
        address("HK in FR", economy="HK"),
    ]
    names = [str(row[1]) for row in rows]
    sifted = sift(spark.createDataFrame(rows, TEXTS), names, method)
    assert rows_of(sifted.kept, "document_id", "lon", "economy", "flags") == [
        ("180.5", -179.5, "UNKNOWN", ["no_economy"]),
        ("313.4", -46.6, "BR", []),
        ("360", 0.0, "UNKNOWN", ["no_economy"]),
        ("HK in CN", 110.51, "CN", []),
        ("HK in FR", 2.51, "CN", ["economy_elsewhere"]),
        ("HK in HK", 122.51, "CN", []),
        ("none in HK", 122.51, "CN", []),
    ]
    assert rows_of(sifted.rejects, "reason", "lon") == [("off_the_globe", "360.1")]


def test_numbers_are_read_as_they_are_and_columns_that_the_source_has_not_may_be_void(
    spark: SparkSession, sift: Sift
) -> None:
    nan, far = float("nan"), float("inf")
    rows = [(2.51, 48.51), (2.51, 48.51), (1.5, 48.51), (nan, 48.5), (2.5, far), (None, 1.0), (-0.0, 0.0), (None, None)]
    schema = "kind string, document_id string, lon double, lat double"
    raw = spark.createDataFrame([("patent", "d", *row) for row in rows], schema)
    absent = [name for name in RAW if name not in raw.columns]
    sifted = sift(raw.selectExpr("*", *(f"NULL AS {name}" for name in absent)), ["d"])
    assert rows_of(sifted.kept, "lon", "lat", "person", "persons", "economy", "accuracy") == [
        (1.5, 48.51, 1, 3, "FR", None),
        (2.51, 48.51, 2, 3, "FR", None),
        (2.51, 48.51, 3, 3, "FR", None),
    ]
    assert rows_of(sifted.rejects, "reason", "lon", "lat", "city") == [
        ("half_a_coordinate", None, "1.0", None),
        ("not_a_number", "2.5", "Infinity", None),
        ("not_a_number", "NaN", "48.5", None),
        ("not_geocoded", None, None, None),
        ("null_island", "-0.0", "0.0", None),
    ]


def test_an_empty_table_gives_empty_frames(spark: SparkSession, sift: Sift) -> None:
    sifted = sift(spark.createDataFrame([], TEXTS), [])
    assert tally(sifted) == Tally(0, {}, {})


def everything(sifted: Sifted) -> list[object]:
    frames = (sifted.kept, sifted.rejects, sifted.dropped)
    return [sorted(tuple(map(repr, row)) for row in frame.collect()) for frame in frames]


def test_order_and_partitions_of_the_rows_change_nothing(spark: SparkSession, sift: Sift) -> None:
    rows = [row.raw(name if number % 3 else "plain") for number, (name, row) in enumerate(CASES.items())] * 2
    rows += [
        ("patent", "d", f"p{n % 5}", f"a{n % 3}", f"{n % 4 + 1}.5", "45.5", "FR", None, None, f"{n % 2}")
        for n in range(60)
    ]
    documents = [*CASES, "d"]
    expected = None
    for partitions in (1, 3, 16):
        random.Random(partitions).shuffle(rows)
        spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
        try:
            sifted = sift(spark.createDataFrame(rows, TEXTS).repartition(partitions), documents)
            found = everything(sifted)
            sifted.release()
        finally:
            spark.conf.set("spark.sql.shuffle.partitions", "2")
        expected = expected or found
        assert found == expected
    assert sum(int(row[-1]) for row in expected[1] + expected[2]) + len(expected[0]) == len(rows)


PARTS = {
    "kind": st.sampled_from(["patent", "article", "Patent", None]),
    "document_id": st.sampled_from(["d1", "d2", "d3", "", None]),
    "person_id": st.sampled_from(["p", "q", " ", None]),
    "address_id": st.sampled_from(["a", "b", None]),
    "lon": st.sampled_from(["1.5", "2.5", "0", "", "x", "1e400", None]) | st.text(max_size=4),
    "lat": st.sampled_from(["41.5", "0", "91", None]) | st.floats(-91, 91).map(repr),
    "economy": st.sampled_from(["FR", "fr ", "CN", "EP", None]) | st.text(max_size=3),
    "city": st.sampled_from(["Lyon", "Saint-Maurice", "Tsukuba", "", None]) | st.text(max_size=5),
    "region": st.none() | st.text(max_size=3),
    "accuracy": st.none() | st.text(max_size=3),
}
RAW_ROWS = st.lists(st.tuples(*(PARTS[name] for name in RAW)), min_size=60, max_size=150)


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=RAW_ROWS)
def test_no_row_is_lost(spark: SparkSession, sift: Sift, rows: list[tuple[str | None, ...]]) -> None:
    sifted = sift(spark.createDataFrame(rows, TEXTS), ["d1", "d2"])
    assert tally(sifted).rows == len(rows)
    keys = rows_of(sifted.kept, "kind", "document_id", "person", "address")
    assert len(keys) == len(set(keys))


NUMBERED = st.tuples(
    st.sampled_from(["d1", "d2"]),
    st.sampled_from(["p", "q", "r", None]),
    st.sampled_from(["a", "b", None]),
    st.integers(1, 3),
    st.sampled_from(["FR", "CN"]),
    st.sampled_from(["x", None]),
)


def number_by_hand(rows: list[tuple]) -> tuple[list[tuple], int, int]:
    """Kept rows as document, person, address, persons, addresses_each, place, twice; rows dropped; rows elsewhere."""
    kept, dropped, elsewhere = [], 0, 0
    for document in sorted({row[0] for row in rows}):
        persons: dict[object, list[tuple]] = {}
        for number, (_, person, address, point, economy, _) in enumerate(row for row in rows if row[0] == document):
            alone = person is None and address is None
            persons.setdefault((person is None, person or "", number if alone else -1), []).append(
                (point, economy, address)
            )
        people = []
        for (nameless, person, _), places in persons.items():
            homes = {a: min(p for p in places if p[2] == a) for a in {p[2] for p in places} - {None}}
            stand = sorted({p for p in places if p[2] is None or p == homes[p[2]]}, key=lambda p: (p[:2], p[2] or ""))
            gone = [p for p in places if p[2] is not None and p != homes[p[2]]]
            elsewhere += len(gone)
            dropped += len(places) - len(gone) - len(stand)
            marked = [(*p, p[2] in {g[2] for g in gone}) for p in stand]
            people += [(nameless, person, [p]) for p in marked] if nameless else [(nameless, person, marked)]
        people.sort(key=lambda one: (one[0], one[1], [(p[0], p[1], p[2] or "") for p in one[2]]))
        for number, (_, _, places) in enumerate(people, 1):
            for order, (point, economy, _, twice) in enumerate(places, 1):
                kept.append((document, number, order, len(people), len(places), point, economy, twice))
    return sorted(kept), dropped, elsewhere


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(NUMBERED, min_size=20, max_size=60))
def test_persons_and_addresses_are_numbered_as_by_hand(spark: SparkSession, rows: list[tuple]) -> None:
    schema = "document_id string, person_id string, address_id string, point_id bigint, economy string, accuracy string"
    frame = spark.createDataFrame(rows, schema).selectExpr("'patent' AS kind", "*", "0 AS bits")
    numbered = [row.asDict() for row in number_addresses(frame, has_address_ids=True).collect()]
    columns = ("document_id", "person", "address", "persons", "addresses_each", "point_id", "economy", "bits")
    kept = sorted(
        (*(row[name] for name in columns[:-1]), row["bits"] > 0) for row in numbered if row["verdict"] is None
    )
    verdicts = [row["verdict"] for row in numbered]
    counts = verdicts.count("duplicate"), verdicts.count("same_address_elsewhere")
    assert (kept, *counts) == number_by_hand(rows)


def test_the_plan_has_no_nested_loop_and_one_shuffle_of_rows_by_document(spark: SparkSession) -> None:
    texts = ("kind", "document_id", "person_id", "address_id", "economy", "accuracy")
    schema = ", ".join((*(f"{name} string" for name in texts), "point_id bigint", "bits int"))
    for has_address_ids in (False, True):
        numbered = number_addresses(spark.createDataFrame([], schema).repartition(3), has_address_ids)
        plan = numbered._jdf.queryExecution().executedPlan().toString()
        assert plan.count("Exchange hashpartitioning") == 1
        assert "hashpartitioning(hashed" in plan  # of kind and document
