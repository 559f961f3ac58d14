"""The quality of an edition: figures counted by hand, what stops a release, and a report that shows text as text."""

from __future__ import annotations

import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipeline import bytes_of, method_file, place_file, run_job, stored
from stclusters.publish.quality import figures as q
from stclusters.publish.quality.figures import Figure
from stclusters.publish.quality.measures import changes, coverage, documents_and_economies, heaviest, of_records
from stclusters.publish.quality.release import broken_figures, refusal
from stclusters.publish.quality.report import report_text
from stclusters.settings import Limits
from stclusters.sphere import pack

CHROMIUM = Path("/usr/bin/chromium")
LIMITS = Limits(least_located=0.75, most_without_address=0.5, most_elsewhere=0.4)
HOSTILE = "</td><script>document.title='taken'</script>\u202e<img src=x onerror=alert(1)>" + "x" * 10_000


@pytest.fixture(scope="module")
def addresses(spark: SparkSession) -> DataFrame:
    rows = [
        ("patent", "d1", 1, 1, 11, "FR", "block", []),
        ("patent", "d1", 2, 1, 11, "FR", "city", ["economy_elsewhere"]),
        ("patent", "d2", 1, 1, 12, "US", None, ["maybe_country_centroid"]),
        ("article", "d1", 1, 1, 11, "FR", "city", ["far_from_economy"]),
    ]
    kinds = "kind string, document_id string, person int, address int, point_id bigint, economy string"
    return spark.createDataFrame(rows, f"{kinds}, accuracy string, flags array<string>")


@pytest.fixture(scope="module")
def documents(spark: SparkSession) -> DataFrame:
    rows = [("patent", "d1"), ("patent", "d2"), ("patent", "d3"), ("article", "d1")]
    return spark.createDataFrame(rows, "kind string, document_id string")


def by_name(figures: list[Figure], measure: str) -> dict[tuple[str | None, str], tuple[float, str]]:
    return {(each.kind, each.subject): (each.value, each.verdict) for each in figures if each.measure == measure}


def test_coverage_counts_the_addresses_of_the_window_that_have_no_place(
    spark: SparkSession, addresses: DataFrame, documents: DataFrame
) -> None:
    rejects = [
        ("not_geocoded", "patent", "d1", "fra", 1),  # FR by its three letters
        ("off_the_globe", "patent", "d3", None, 2),
        ("not_geocoded", "patent", "d9", "FR", 5),  # of no document of the window
        ("no_document", "patent", "d9", "FR", 5),  # rejected, but not for want of a place
        ("not_geocoded", "book", "d1", "FR", 5),
    ]
    frame = spark.createDataFrame(
        rejects, "reason string, kind string, document_id string, economy string, rows bigint"
    )
    found = coverage(addresses, frame, documents, {}, LIMITS)
    assert by_name(found, q.ADDRESSES) == {
        ("patent", q.ALL): (6, "told"),
        ("patent", "FR"): (3, "told"),
        ("patent", "UNKNOWN"): (2, "told"),
        ("patent", "US"): (1, "told"),
        ("article", q.ALL): (1, "told"),
        ("article", "FR"): (1, "told"),
    }
    assert by_name(found, q.LOCATED) == {
        ("patent", q.ALL): (0.5, "broken"),
        ("patent", "FR"): (2 / 3, "told"),
        ("patent", "UNKNOWN"): (0, "told"),
        ("patent", "US"): (1, "told"),
        ("article", q.ALL): (1, "held"),
        ("article", "FR"): (1, "told"),
    }
    assert by_name(found, q.OF_ACCURACY) == {
        ("patent", "block"): (1 / 6, "told"),
        ("patent", "city"): (1 / 6, "told"),
        ("patent", "not told"): (1 / 6, "told"),
        ("patent", "not located"): (1 / 2, "told"),
        ("article", "city"): (1, "told"),
    }


def test_accuracies_are_a_dozen_words_and_the_others_together(
    spark: SparkSession, addresses: DataFrame, documents: DataFrame
) -> None:
    many = spark.range(40).select(
        *(F.lit(value).alias(name) for name, value in (("kind", "patent"), ("document_id", "d1"), ("economy", "FR"))),
        F.concat(F.lit("y" * 100), F.col("id").cast("string"), F.lit("z")).alias("accuracy"),
    )
    words = many.withColumn("accuracy", F.concat((F.col("accuracy").substr(100, 3)), F.lit("w" * 100)))
    none = spark.createDataFrame([], "reason string, kind string, document_id string, economy string, rows bigint")
    found = by_name(coverage(words, none, documents, {}, LIMITS), q.OF_ACCURACY)
    assert len(found) == 13
    assert max(len(subject) for _, subject in found) == 60
    assert sum(value for value, _ in found.values()) == pytest.approx(1)
    assert found["patent", "others"][0] > 0.5


def test_documents_without_an_address_and_economies_elsewhere_are_counted(
    addresses: DataFrame, documents: DataFrame
) -> None:
    found = documents_and_economies(addresses, documents, LIMITS)
    assert by_name(found, q.COUNTED) == {("patent", ""): (3, "told"), ("article", ""): (1, "told")}
    assert by_name(found, q.WITHOUT_ADDRESS) == {("patent", ""): (1 / 3, "held"), ("article", ""): (0, "held")}
    assert by_name(found, q.ELSEWHERE) == {("patent", ""): (1 / 3, "held"), ("article", ""): (1, "broken")}
    strict = documents_and_economies(addresses, documents, Limits(most_without_address=0.3, most_elsewhere=0.3))
    assert {each.measure for each in strict if each.verdict == "broken"} == {q.WITHOUT_ADDRESS, q.ELSEWHERE}


def test_the_heaviest_coordinates_come_first_with_their_city_and_a_pile_up_is_flagged(spark: SparkSession) -> None:
    import numpy as np

    places = [(2.35, 48.85, 500, 5), (-95.712891, 37.09024, 600, 0), *((10.0 + i, -50.0, 1, i) for i in range(30))]
    ids = pack(np.array([place[0] for place in places]), np.array([place[1] for place in places])).tolist()
    rows = [(i, *place) for i, place in zip(ids, places, strict=True)]
    points = spark.createDataFrame(rows, "point_id bigint, lon double, lat double, inventors bigint, authors bigint")
    flagged = [(ids[1], ["maybe_country_centroid"]), (ids[0], ["whole_degree"])]
    cities = [(1, "Paris", "FR", 2.35, 48.86, 2_000_000), (2, "Hamlet", "FR", 2.35, 48.85, 10)]
    found = heaviest(
        spark.createDataFrame(flagged, "point_id bigint, flags array<string>"),
        points,
        spark.createDataFrame(
            cities, "place_id int, name string, economy string, lon double, lat double, population int"
        ),
    )
    assert len(found) == 20
    assert (found[0].value, found[0].verdict) == (600, "flagged")
    assert found[0].subject.startswith("37.0902 N 95.7129 W, ")
    assert found[1][3:] == ("48.8500 N 2.3500 E, 1 km from Paris (FR)", 505, None, "told")
    assert [each.value for each in found[2:4]] == [30, 29]


def test_rejects_flags_and_guards_are_those_of_the_newest_records() -> None:
    ingest = {"rejects": {"addresses: no_document": 7}, "flags": {"whole_degree": 2}, "guards": {"a": "held"}}
    records = {"ingest": ingest, "rank": {"guards": {"b": "failed: {}"}}}
    found = of_records(records)  # type: ignore[arg-type]
    assert Figure(q.REJECTS, q.ROWS, None, "addresses: no_document", 7) in found
    assert Figure(q.FLAGS, q.ROWS, None, "whole_degree", 2) in found
    assert Figure(q.DOCUMENTS, q.WITHOUT_DOCUMENT, None, "", 7) in found
    verdicts = {each.subject: each.verdict for each in found if each.part == q.CONSERVATION}
    assert verdicts == {"ingest: a": "held", "rank: b": "broken"}
    said = str(refusal(broken_figures(found), Path("quality.html")))
    assert said.startswith("Nothing is published, for the guard rank: b is 0 and its bound 1: see quality.html, ")


def test_changes_are_ratios_of_counts_and_differences_of_shares() -> None:
    def edition(documents: float, share: float) -> list[Figure]:
        found = [
            Figure(q.DOCUMENTS, q.COUNTED, "patent", "", documents),
            Figure(q.COVERAGE, q.LOCATED, "patent", "", share),
        ]
        return [
            *found,
            Figure(q.COVERAGE, q.ADDRESSES, "patent", "FR", 9),
            Figure(q.HEAVIEST, q.ADDRESSES, None, "x", 9),
        ]

    limits = Limits(most_count_change=0.5, most_share_change=0.05)
    found = changes(edition(149, 0.9), edition(100, 0.96), 2023, limits)
    assert [(each.subject, round(each.value, 9), each.verdict) for each in found] == [
        (f"{q.COUNTED} (2023)", 0.49, "held"),
        (f"{q.LOCATED} (2023)", -0.06, "broken"),
    ]
    assert changes(edition(151, 0.9), edition(100, 0.9), 2023, limits)[0].verdict == "broken"
    assert changes(edition(49, 0.9), edition(100, 0.9), 2023, limits)[0].verdict == "broken"
    assert changes(edition(1, 1), [], 2023, limits) == []


def hostile_report() -> str:
    figures = [
        Figure(q.CHECKS, q.LOCATED, "patent", "", 0.5, 0.9, q.BROKEN),
        Figure(q.COVERAGE, q.OF_ACCURACY, "patent", HOSTILE, 0.5),
        Figure(q.COVERAGE, q.ADDRESSES, "patent", HOSTILE, 5),
        Figure(q.HEAVIEST, q.ADDRESSES, None, HOSTILE, 1, None, q.FLAGGED),
        Figure(q.REJECTS, q.ROWS, None, HOSTILE, 3),
    ]
    return report_text(figures, HOSTILE, HOSTILE)


def test_a_hostile_text_stays_text() -> None:
    page = hostile_report()
    tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(tag)
            assert not any(name.startswith("on") or name in ("style", "href", "src") for name, _ in attrs)

    Reader().feed(page)
    assert not {"script", "img", "link", "iframe"} & set(tags)
    assert "default-src 'none'" in page
    assert len(page) < 60_000


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
def test_the_report_is_no_wider_than_its_window_and_its_style_is_let_in(tmp_path: Path, width: int, theme: str) -> None:
    if not CHROMIUM.is_file():
        pytest.skip("/usr/bin/chromium is not on this machine")
    path = tmp_path / "quality.html"
    path.write_text(hostile_report(), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM))
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        paper = page.evaluate("getComputedStyle(document.querySelector('section')).backgroundColor")
        assert paper == ("rgb(255, 255, 255)" if theme == "light" else "rgb(22, 27, 34)")
        assert said == []
        assert page.title().startswith("</td><script>")
        browser.close()


def test_a_figure_beyond_its_bound_stops_the_release_and_only_released_editions_are_compared_with(
    spark: SparkSession, small_run: Path, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("tables", "published"):
        shutil.copytree(small_run / name, tmp_path / name)
    place = ("--place", str(place_file(tmp_path, small)), "--edition", "2024")
    report = tmp_path / "published/2024.refused/quality.html"
    published = bytes_of(tmp_path / "published")
    figures = stored(spark, tmp_path, "quality").where("part IN ('documents', 'coverage')").localCheckpoint()

    def edition(year: int, factor: float) -> int:
        """Adds figures of an edition that was refused, or is released afterwards; the version of the table."""
        rows = figures.withColumn("edition", F.lit(year)).withColumn("value", F.col("value") * F.lit(factor))
        rows.write.format("delta").mode("overwrite").option("replaceWhere", f"edition = {year}").save(
            str(tmp_path / "tables/quality")
        )
        return int(spark.sql(f"DESCRIBE HISTORY delta.`{tmp_path}/tables/quality` LIMIT 1").collect()[0]["version"])

    edition(2023, 0.25)
    strict = method_file(tmp_path, min_weight="5.0", least_located="0.9")
    assert run_job("step6_publish", "--method", strict, *place) == 5
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith(
        "stclusters: Nothing is published, for the share of addresses located of articles is 0.6667 and its bound 0.9: "
        f"see {report}, "
    )
    assert "Not released: 1 of" in report.read_text(encoding="utf-8")
    assert stored(spark, tmp_path, "quality").where("edition = 2024 AND part = 'change'").count() == 0

    released = edition(2022, 0.5)
    edition(2022, 1.0)  # what came after the release, and was not released
    release = stored(spark, tmp_path, "releases").withColumn("edition", F.lit(2022))
    at = F.map_from_arrays(F.array(F.lit("quality")), F.array(F.lit(released).cast("long")))
    others = F.map_filter("versions", lambda name, _: name != "quality")
    release.withColumn("versions", F.map_concat(others, at)).write.format("delta").mode("append").save(
        str(tmp_path / "tables/releases")
    )
    loose = method_file(tmp_path, min_weight="5.0", most_share_change="0.4")
    assert run_job("step6_publish", "--method", loose, *place) == 5
    assert (
        "change of the count since the edition before documents (2022) of patents is 1 and" in capsys.readouterr().err
    )
    report.unlink()
    report.parent.rmdir()
    assert bytes_of(tmp_path / "published") == published
