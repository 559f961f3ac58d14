"""Every table: columns, key, checks, and what a row means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspark.sql import types as T

KINDS = ("patent", "article")


@dataclass(frozen=True, eq=False)
class Table:
    """One declared table: its name, what a row is, its columns, its key and the checks that every row passes.

    `checks` maps a name to a SQL predicate. Delta enforces the checks and NOT NULL; keys are guarded after a write.
    """

    name: str
    row: str
    schema: T.StructType
    key: tuple[str, ...]
    checks: Mapping[str, str] = field(default_factory=dict)


def column(name: str, kind: T.DataType, comment: str, *, null: bool = False) -> T.StructField:
    """A column with its comment; `null=True` where a missing value has a meaning, which the comment says."""
    return T.StructField(name, kind, nullable=null, metadata={"comment": comment})


def table(
    name: str, row: str, columns: list[T.StructField], key: tuple[str, ...], checks: Mapping[str, str] | None = None
) -> Table:
    """A declared table; `edition`, which every table carries, is put before its columns and its key."""
    edition = column("edition", INT, "year of the ranking")
    return Table(name, row, T.StructType([edition, *columns]), ("edition", *key), checks or {})


INT, LONG, DOUBLE, TEXT, BYTES = T.IntegerType(), T.LongType(), T.DoubleType(), T.StringType(), T.BinaryType()
TEXTS = T.ArrayType(TEXT, containsNull=False)
VERSIONS = T.MapType(TEXT, LONG, valueContainsNull=False)
KIND = column("kind", TEXT, "patent or article")
DOCUMENT_ID = column("document_id", TEXT, "the source's id of the patent or article")
POINT_ID = column("point_id", LONG, "latitude and longitude in micro-degrees, packed: the same in every run")
CLUSTER_ID = column("cluster_id", LONG, "the smallest point_id of the cluster's core points")
IS_KIND = {"kind_known": "kind IN ('patent', 'article')"}
ON_THE_GLOBE = {"on_the_globe": "lat BETWEEN -90 AND 90 AND lon >= -180 AND lon < 180"}

ADDRESSES = table(
    "addresses",
    "one address of one person on one document, geocoded",
    [
        KIND,
        DOCUMENT_ID,
        column("person", INT, "number of the person on the document, 1 to persons, in the order of the source's ids"),
        column("address", INT, "number of the address of this person, 1 to addresses_each, in the order of places"),
        POINT_ID,
        column("lon", DOUBLE, "degrees east, -180 up to 180, in whole micro-degrees"),
        column("lat", DOUBLE, "degrees north, -90 to 90, in whole micro-degrees"),
        column("economy", TEXT, "ISO 3166-1 alpha-2 or a group of the settings; UNKNOWN where nothing tells"),
        column("persons", INT, "persons of the document that have an address here"),
        column("addresses_each", INT, "addresses of this person: the row's share is 1 / (persons * addresses_each)"),
        column("accuracy", TEXT, "accuracy of the geocode: the source's word, or city from the gazetteer", null=True),
        column("flags", TEXTS, "what is doubtful about the row, of the list in ingest/addresses.py"),
    ],
    ("kind", "document_id", "person", "address"),
    {
        **IS_KIND,
        **ON_THE_GLOBE,
        "numbered": "person BETWEEN 1 AND persons AND address BETWEEN 1 AND addresses_each",
    },
)

ADDRESS_REJECTS = table(
    "address_rejects",
    "equal raw address rows that are no address",
    [
        column("reason", TEXT, "of the list in ingest/addresses.py"),
        column("kind", TEXT, "as in the source", null=True),
        column("document_id", TEXT, "as in the source", null=True),
        column("person_id", TEXT, "SHA-256 of the source's id, which may be a name", null=True),
        column("lon", TEXT, "as in the source", null=True),
        column("lat", TEXT, "as in the source", null=True),
        column("economy", TEXT, "as in the source", null=True),
        column("city", TEXT, "as in the source", null=True),
        column("region", TEXT, "as in the source", null=True),
        column("accuracy", TEXT, "as in the source", null=True),
        column("rows", LONG, "raw rows of exactly these values"),
    ],
    ("reason", "kind", "document_id", "person_id", "lon", "lat", "economy", "city", "region", "accuracy"),
    {"counted": "rows >= 1"},
)

DOCUMENTS = table(
    "documents",
    "one patent or article of the window",
    [
        KIND,
        DOCUMENT_ID,
        column("year", INT, "year of publication"),
        column("type", TEXT, "the source's type of document", null=True),
    ],
    ("kind", "document_id"),
    IS_KIND,
)

DOCUMENT_REJECTS = table(
    "document_rejects",
    "equal raw document rows that are no document of the window",
    [
        column("reason", TEXT, "of the list in ingest/documents.py"),
        column("kind", TEXT, "as in the source", null=True),
        column("document_id", TEXT, "as in the source", null=True),
        column("year", TEXT, "as in the source", null=True),
        column("type", TEXT, "as in the source", null=True),
        column("rows", LONG, "raw rows of exactly these values"),
    ],
    ("reason", "kind", "document_id", "year", "type"),
    {"counted": "rows >= 1"},
)

DOCUMENT_FIELDS = table(
    "document_fields",
    "one field of one document",
    [
        KIND,
        DOCUMENT_ID,
        column("field", TEXT, "one of WIPO's 35 technology fields, or a science field as in the source, or unknown"),
        column("fields", INT, "distinct fields of the document: the row's weight is 1 / fields"),
    ],
    ("kind", "document_id", "field"),
    {**IS_KIND, "counted": "fields >= 1"},
)

ORGANISATION_ID = column("organisation_id", TEXT, "the source's id of the applicant or organisation, never a person")
ORGANISATION_NAME = column("organisation_name", TEXT, "the name of most of its rows; its id where none has a name")
DOCUMENT_ORGANISATIONS = table(
    "document_organisations",
    "one applicant or organisation of one document",
    [
        KIND,
        DOCUMENT_ID,
        ORGANISATION_ID,
        ORGANISATION_NAME,
        column("organisations", INT, "distinct organisations of the document: the row's weight is 1 / organisations"),
    ],
    ("kind", "document_id", "organisation_id"),
    {**IS_KIND, "counted": "organisations >= 1"},
)

POINTS = table(
    "points",
    "one distinct coordinate",
    [
        POINT_ID,
        column("lon", DOUBLE, "degrees east, -180 up to 180"),
        column("lat", DOUBLE, "degrees north, -90 to 90"),
        column("inventors", LONG, "inventor addresses geocoded to exactly this point"),
        column("authors", LONG, "author addresses geocoded to exactly this point"),
    ],
    ("point_id",),
    {**ON_THE_GLOBE, "counted": "inventors >= 0 AND authors >= 0 AND inventors + authors >= 1"},
)

POINT_LABELS = table(
    "point_labels",
    "the label of one point",
    [
        POINT_ID,
        column("role", TEXT, "core, border or noise"),
        column("cluster_id", LONG, "the cluster of the point; null exactly for noise", null=True),
        column("part_id", LONG, "the cluster of the point before neighbours were merged; null for noise", null=True),
    ],
    ("point_id",),
    {
        "role_known": "role IN ('core', 'border', 'noise')",
        "noise_has_no_cluster": "(role = 'noise') = (cluster_id IS NULL)",
        "noise_has_no_part": "(cluster_id IS NULL) = (part_id IS NULL) AND coalesce(cluster_id <= part_id, true)",
    },
)

MERGE_DECISIONS = table(
    "merge_decisions",
    "two neighbouring clusters that were considered for a merge",
    [
        column("cluster_a", LONG, "cluster_id of the one before merging, the smaller id of the two"),
        column("cluster_b", LONG, "cluster_id of the other before merging"),
        column("name_a", TEXT, "name of the one"),
        column("name_b", TEXT, "name of the other"),
        column("distance_m", DOUBLE, "from edge to edge, metres; null: farther than merge_distance_m", null=True),
        column("smaller", LONG, "the one of the two whose addresses weigh less: its relations decide"),
        column("common_patents", LONG, "patents with a person in the one and another person in the other"),
        column("common_articles", LONG, "articles with a person in the one and another person in the other"),
        column("strength_a", DOUBLE, "mean of the shares of a's patents and articles that it has in common with b"),
        column("rival_a", LONG, "strongest other relation of a; null: all outside clusters, or none", null=True),
        column("rival_strength_a", DOUBLE, "strength of that relation; 0: there is none"),
        column("strength_b", DOUBLE, "mean of the shares of b's patents and articles that it has in common with a"),
        column("rival_b", LONG, "strongest other relation of b; null: all outside clusters, or none", null=True),
        column("rival_strength_b", DOUBLE, "strength of that relation; 0: there is none"),
        column("verdict", TEXT, "merged or apart"),
        column("decided_by", TEXT, "relation, or settings: the method file asks for it"),
        column("reason", TEXT, "what the relations show, or the reason that the settings give"),
    ],
    ("cluster_a", "cluster_b"),
    {
        "ordered": "cluster_a < cluster_b AND smaller IN (cluster_a, cluster_b)",
        "shares": "strength_a BETWEEN 0 AND 1 AND strength_b BETWEEN 0 AND 1",
        "verdict_known": "verdict IN ('merged', 'apart') AND decided_by IN ('relation', 'settings')",
    },
)

CLUSTERS = table(
    "clusters",
    "one cluster",
    [
        CLUSTER_ID,
        column("name", TEXT, "its one to three largest cities by output, joined with an en dash"),
        column("lon", DOUBLE, "centre of its addresses on the sphere, degrees east"),
        column("lat", DOUBLE, "centre of its addresses on the sphere, degrees north"),
        column("area_km2", DOUBLE, "area of the outline on the spheroid, square kilometres"),
        column("points", LONG, "its points, core and border"),
        column("core_points", LONG, "its core points"),
        column("inventors", LONG, "inventor addresses in it"),
        column("authors", LONG, "author addresses in it"),
        column("home_economy", TEXT, "the economy with the largest part of its output"),
        column("economies", TEXTS, "the economies that hold at least the label share of its output, largest first"),
        column("outline", BYTES, "polygon or multipolygon around its points, WKB, EPSG:4326"),
    ],
    ("cluster_id",),
    {**ON_THE_GLOBE, "counted": "core_points >= 1 AND points >= core_points AND inventors + authors >= 1"},
)

CLUSTER_ECONOMIES = table(
    "cluster_economies",
    "one economy in one cluster",
    [
        CLUSTER_ID,
        column("economy", TEXT, "economy of the addresses"),
        column("patents", DOUBLE, "fractional count of patents of the economy's addresses in the cluster"),
        column("articles", DOUBLE, "fractional count of articles of the economy's addresses in the cluster"),
        column("output_share", DOUBLE, "the economy's part of the cluster's score"),
        column("place", INT, "1 for the home economy, then by output"),
    ],
    ("cluster_id", "economy"),
    {"a_share": "output_share BETWEEN 0 AND 1", "counted": "patents >= 0 AND articles >= 0 AND place >= 1"},
)

DOCUMENT_PLACES = table(
    "document_places",
    "the persons with equally many addresses, of one document, in one cluster (or outside all) and one economy",
    [
        KIND,
        DOCUMENT_ID,
        column("cluster_id", LONG, "the cluster of the addresses; null outside every cluster", null=True),
        column("economy", TEXT, "economy of the addresses"),
        column("persons", INT, "persons of the whole document"),
        column("addresses_each", INT, "addresses of each person of this row, wherever they are"),
        column("addresses", LONG, "addresses here: the row's share is addresses / (persons * addresses_each)"),
        column("first_person", INT, "smallest number of a person of this row"),
        column("last_person", INT, "largest number of a person of this row"),
    ],
    ("kind", "document_id", "cluster_id", "economy", "addresses_each"),
    {**IS_KIND, "counted": "addresses >= 1 AND first_person BETWEEN 1 AND last_person AND last_person <= persons"},
)

RANKING = table(
    "ranking",
    "one ranked cluster",
    [
        CLUSTER_ID,
        column("rank", INT, "1 for the largest score; equal scores share a rank"),
        column("name", TEXT, "name of the cluster"),
        column("home_economy", TEXT, "home economy of the cluster"),
        column("economies", TEXTS, "economy labels of the cluster"),
        column("patents", DOUBLE, "fractional count of patents"),
        column("articles", DOUBLE, "fractional count of articles"),
        column("patent_share", DOUBLE, "patents / patents of the world"),
        column("article_share", DOUBLE, "articles / articles of the world"),
        column("score", DOUBLE, "100 * patent_share + 100 * article_share"),
    ],
    ("cluster_id",),
    {
        "shares": "patent_share BETWEEN 0 AND 1 AND article_share BETWEEN 0 AND 1",
        "ranked": "rank >= 1 AND score >= 0 AND patents >= 0 AND articles >= 0",
    },
)

RANK_CHANGES = table(
    "rank_changes",
    "one cluster of this edition, or one of the earlier edition that is none of this one",
    [
        column("cluster_id", LONG, "the cluster; where one merged, the one that has it; null where it left", null=True),
        column("earlier_cluster_id", LONG, "the same in the earlier edition, or what it split from", null=True),
        column("earlier_edition", INT, "year of the earlier ranking"),
        column("change", TEXT, "entered, left, split, merged, moved or stayed"),
        column("name", TEXT, "name of the cluster", null=True),
        column("earlier_name", TEXT, "its name in the earlier edition", null=True),
        column("rank", INT, "its rank", null=True),
        column("earlier_rank", INT, "its rank in the earlier edition", null=True),
        column("rank_change", INT, "ranks gained since; null but where it moved or stayed", null=True),
        column("score", DOUBLE, "its score", null=True),
        column("earlier_score", DOUBLE, "its score in the earlier edition", null=True),
        column("shared_score", DOUBLE, "part of earlier_score that lies in the cluster as it is now", null=True),
        column("patents_change", DOUBLE, "patents less those of the earlier window in the same area", null=True),
        column("articles_change", DOUBLE, "articles less those of the earlier window in the same area", null=True),
        column("score_change", DOUBLE, "score less that of the earlier window in the same area", null=True),
    ],
    ("cluster_id", "earlier_cluster_id"),
    {
        "change_known": "change IN ('entered', 'left', 'split', 'merged', 'moved', 'stayed')",
        "which": "(cluster_id IS NULL) = (change = 'left') AND (earlier_cluster_id IS NULL) = (change = 'entered')",
    },
)

INTENSITY = table(
    "intensity",
    "one cluster and the people who live round it",
    [
        CLUSTER_ID,
        column("name", TEXT, "name of the cluster"),
        column("population", DOUBLE, "people within 0.05 degrees of one of its points"),
        column("population_source", TEXT, "file of the population raster, or gazetteer: places' populations instead"),
        column("patents_per_million", DOUBLE, "fractional patents by million people; null: nobody", null=True),
        column("articles_per_million", DOUBLE, "fractional articles by million people; null: nobody", null=True),
        column("score_per_million", DOUBLE, "score by million people; null: nobody", null=True),
        column("intensity_rank", INT, "1 for the largest score per million; equal ones share a rank", null=True),
    ],
    ("cluster_id",),
    {
        "counted": "population >= 0 AND coalesce(intensity_rank, 1) >= 1",
        "ranked": "(population > 0) = (score_per_million IS NOT NULL)"
        " AND (intensity_rank IS NULL) = (score_per_million IS NULL)",
    },
)

RANK_UNCERTAINTY = table(
    "rank_uncertainty",
    "the 95 % intervals of one ranked cluster, by a bootstrap over documents",
    [
        CLUSTER_ID,
        column("score_low", DOUBLE, "lower end of the interval of the score"),
        column("score_high", DOUBLE, "upper end of the interval of the score"),
        column("rank_low", INT, "smallest rank of the interval of the rank"),
        column("rank_high", INT, "largest rank of the interval of the rank"),
        column("top_probability", DOUBLE, "part of the replicates in which the cluster is among the top clusters"),
    ],
    ("cluster_id",),
    {
        "ordered": "0 <= score_low AND score_low <= score_high AND 1 <= rank_low AND rank_low <= rank_high",
        "a_share": "top_probability BETWEEN 0 AND 1",
    },
)

SENSITIVITY = table(
    "sensitivity",
    "one setting of radius and threshold, compared with the one in use, before any merging of neighbours",
    [
        column("radius_m", DOUBLE, "radius, metres"),
        column("min_weight", DOUBLE, "density threshold, inventor-equivalents"),
        column("clusters", LONG, "clusters of this setting; those that the setting in use merges count once"),
        column("patent_share", DOUBLE, "patents in clusters / patents of the world"),
        column("article_share", DOUBLE, "articles in clusters / articles of the world"),
        column("spearman", DOUBLE, "rank correlation over clusters that match; null for fewer than two", null=True),
        column(
            "top_overlap", DOUBLE, "part of the top clusters in use that are at the top here; null: none", null=True
        ),
        column("whole", LONG, "clusters in use that stay whole here"),
        column("split", LONG, "clusters in use that have several pieces here"),
        column("merged", LONG, "clusters in use that are one with another here"),
        column("vanished", LONG, "clusters in use that lose more than half of their output here"),
        column("entered", LONG, "clusters of this setting that share nothing with any in use"),
    ],
    ("radius_m", "min_weight"),
    {
        "shares": "patent_share BETWEEN 0 AND 1 AND article_share BETWEEN 0 AND 1",
        "of_ranks": "coalesce(spearman, 0) BETWEEN -1 AND 1 AND coalesce(top_overlap, 0) BETWEEN 0 AND 1",
        "counted": "least(clusters, whole, split, merged, vanished, entered) >= 0",
    },
)

CLUSTER_STABILITY = table(
    "cluster_stability",
    "one cluster, over all other settings of the grid",
    [
        CLUSTER_ID,
        column("settings", INT, "settings of the grid, the one in use left out"),
        column("whole", LONG, "settings in which it stays whole"),
        column("split", LONG, "settings in which it has several pieces"),
        column("merged", LONG, "settings in which it is one with another"),
        column("vanished", LONG, "settings in which more than half of its output is outside clusters"),
        column("least_kept", DOUBLE, "smallest share of its output that one cluster holds, over the settings"),
        column("smallest_rank", INT, "smallest rank of its match; null: it has none in any setting", null=True),
        column("largest_rank", INT, "largest rank of its match; null: it has none in any setting", null=True),
    ],
    ("cluster_id",),
    {
        "each_setting_once": "whole + split + merged + vanished = settings",
        "a_share": "least_kept BETWEEN 0 AND 1",
        "ranked": "1 <= coalesce(smallest_rank, 1) AND coalesce(smallest_rank, 1) <= coalesce(largest_rank, 1)",
    },
)

FIELD = column("field", TEXT, "technology or science field; unknown where the source tells none")
CLUSTER_FIELDS = table(
    "cluster_fields",
    "one field of one cluster",
    [
        CLUSTER_ID,
        KIND,
        FIELD,
        column("documents", DOUBLE, "fractional count of the field's documents in the cluster"),
        column("share", DOUBLE, "documents / all documents of the kind in the cluster"),
    ],
    ("cluster_id", "kind", "field"),
    {**IS_KIND, "a_share": "share BETWEEN 0 AND 1 AND documents >= 0"},
)

CLUSTER_ORGANISATIONS = table(
    "cluster_organisations",
    "one of the ten largest applicants or organisations of one cluster",
    [
        CLUSTER_ID,
        KIND,
        ORGANISATION_ID,
        ORGANISATION_NAME,
        column("documents", DOUBLE, "fractional count of the organisation's documents in the cluster"),
        column("share", DOUBLE, "documents / all documents of the kind in the cluster"),
        column("place", INT, "1 for the largest count, then by count"),
    ],
    ("cluster_id", "kind", "organisation_id"),
    {**IS_KIND, "a_share": "share BETWEEN 0 AND 1 AND documents >= 0", "counted": "place BETWEEN 1 AND 10"},
)

TOP_FIELDS = table(
    "top_fields",
    "one field of the top clusters together",
    [
        KIND,
        FIELD,
        column("documents", DOUBLE, "fractional count of the field's documents in the top clusters"),
        column("share", DOUBLE, "documents / all documents of the kind in the top clusters"),
    ],
    ("kind", "field"),
    {**IS_KIND, "a_share": "share BETWEEN 0 AND 1 AND documents >= 0"},
)

ECONOMY_CLUSTERS = table(
    "economy_clusters",
    "one economy that is home to a cluster",
    [
        column("economy", TEXT, "home economy"),
        column("clusters", LONG, "clusters whose home it is"),
        column("top_clusters", LONG, "of them among the top clusters of the ranking"),
        column("best_rank", INT, "smallest rank of its clusters"),
        column("patents", DOUBLE, "fractional count of patents of its clusters"),
        column("articles", DOUBLE, "fractional count of articles of its clusters"),
        column("score", DOUBLE, "sum of the scores of its clusters"),
    ],
    ("economy",),
    {"counted": "clusters >= 1 AND top_clusters BETWEEN 0 AND clusters AND best_rank >= 1"},
)

FOREIGN_COLLABORATION = table(
    "foreign_collaboration",
    "one cluster and kind",
    [
        CLUSTER_ID,
        KIND,
        column("documents", LONG, "documents with at least one person in the cluster"),
        column("foreign_documents", LONG, "of them with another person in an economy that is not the home economy"),
        column("foreign_share", DOUBLE, "foreign_documents / documents; null where there are none", null=True),
    ],
    ("cluster_id", "kind"),
    {**IS_KIND, "foreign_within_all": "foreign_documents BETWEEN 0 AND documents"},
)

COLLABORATION_LINKS = table(
    "collaboration_links",
    "one cluster, kind and partner economy",
    [
        CLUSTER_ID,
        KIND,
        column("partner_economy", TEXT, "economy of a person outside the cluster"),
        column(
            "scope",
            TEXT,
            "domestic where the partner is the home economy, unknown where either is UNKNOWN, else foreign",
        ),
        column("links", LONG, "documents of the cluster with another person in the partner economy, outside it"),
    ],
    ("cluster_id", "kind", "partner_economy"),
    {**IS_KIND, "scope_known": "scope IN ('domestic', 'foreign', 'unknown')", "counted": "links >= 1"},
)

CLUSTER_LINKS = table(
    "cluster_links",
    "two clusters that share documents, or one cluster and all that is outside every cluster",
    [
        column("cluster_a", LONG, "cluster_id of one cluster, the smaller of the two"),
        column("cluster_b", LONG, "cluster_id of the other; null: outside every cluster", null=True),
        KIND,
        column("links", LONG, "documents with a person in the one and another person in the other"),
    ],
    ("cluster_a", "cluster_b", "kind"),
    {**IS_KIND, "ordered": "cluster_b IS NULL OR cluster_a < cluster_b", "counted": "links >= 1"},
)

QUALITY = table(
    "quality",
    "one figure of the quality of the edition",
    [
        column("part", TEXT, "part of the report: checks, coverage, documents, rejects, flags, heaviest, ..."),
        column("measure", TEXT, "what is measured"),
        column("kind", TEXT, "patent or article; null: of both or of neither", null=True),
        column("subject", TEXT, "economy, accuracy, reason, coordinate or guard; empty: of everything"),
        column("value", DOUBLE, "the figure: a count, or a share between 0 and 1"),
        column("bound", DOUBLE, "what the figure must keep to; null: it is told only", null=True),
        column("verdict", TEXT, "told, flagged (doubtful), held, or broken: beyond its bound, and no release"),
    ],
    ("part", "measure", "kind", "subject"),
    {
        "verdict_known": "verdict IN ('told', 'flagged', 'held', 'broken')",
        "bounded": "(bound IS NULL) = (verdict IN ('told', 'flagged'))",
    },
)

RUNS = table(
    "runs",
    "one step of one run",
    [
        column("run_id", TEXT, "the run: its start in UTC and a random part"),
        column("step", TEXT, "ingest, cluster, place, rank, collaborate or publish"),
        column("outcome", TEXT, "done, failed (a guard did not hold, or an error came after a write), or cancelled"),
        column("started", T.TimestampType(), "start of the step"),
        column("seconds", DOUBLE, "wall time of the step, seconds"),
        column("version", TEXT, "version of stclusters"),
        column("parameters", TEXT, "the method's settings, JSON"),
        column("settings_read", TEXTS, "names of the settings of the method that the step read"),
        column("source", TEXT, "which source the place file names: kind, name, folder, how it is read; JSON"),
        column("inputs", TEXT, "every input with its size, or its edition and version, JSON"),
        column("rows_in", T.MapType(TEXT, LONG, valueContainsNull=False), "rows read, by table or input"),
        column("rows_out", T.MapType(TEXT, LONG, valueContainsNull=False), "rows written, by table"),
        column("rejects", T.MapType(TEXT, LONG, valueContainsNull=False), "raw rows rejected or dropped, by reason"),
        column("flags", T.MapType(TEXT, LONG, valueContainsNull=False), "rows kept with a flag, by flag"),
        column("guards", T.MapType(TEXT, TEXT, valueContainsNull=False), "result of every guard: held, or what failed"),
        column("versions", VERSIONS, "version of each table that the step wrote"),
        column("cost", T.MapType(TEXT, LONG, valueContainsNull=False), "what the step took, of the list in cost.py"),
    ],
    ("run_id", "step"),
    {"outcome_known": "outcome IN ('done', 'failed', 'cancelled')"},
)

RELEASES = table(
    "releases",
    "one released content of one edition",
    [
        column("run_id", TEXT, "the run that published it"),
        column(
            "published", T.TimestampType(), "when the release was made, after all its tables and files were written"
        ),
        column("versions", VERSIONS, "the version of each table of the release; these hold together"),
        column("version", TEXT, "version of stclusters"),
        column("method_hash", TEXT, "SHA-256 of the method's settings, as JSON in the order of settings.py"),
    ],
    ("run_id",),
)

LOGS = (RUNS, RELEASES)  # rows are added, and the newest is the one of the latest commit
STEPS = ("ingest", "cluster", "place", "rank", "collaborate", "publish")
STEPS_BEFORE = {  # the steps whose tables a step goes on from
    "ingest": (),
    "cluster": STEPS[:1],
    "place": STEPS[:2],
    "rank": STEPS[:3],
    "collaborate": STEPS[:3],
    "publish": STEPS[:5],
}
INGESTED = (ADDRESSES, ADDRESS_REJECTS, DOCUMENTS, DOCUMENT_REJECTS, DOCUMENT_FIELDS, DOCUMENT_ORGANISATIONS)
CLUSTERED = (POINTS, POINT_LABELS, MERGE_DECISIONS, CLUSTERS, CLUSTER_ECONOMIES)
PLACED = (DOCUMENT_PLACES,)
RANKED = (
    RANKING,
    RANK_UNCERTAINTY,
    RANK_CHANGES,
    INTENSITY,
    SENSITIVITY,
    CLUSTER_STABILITY,
    CLUSTER_FIELDS,
    CLUSTER_ORGANISATIONS,
    TOP_FIELDS,
    ECONOMY_CLUSTERS,
)
COLLABORATED = (FOREIGN_COLLABORATION, COLLABORATION_LINKS, CLUSTER_LINKS)
PUBLISHED = (QUALITY,)
ALL = (*INGESTED, *CLUSTERED, *PLACED, *RANKED, *COLLABORATED, *PUBLISHED)
WRITTEN_BY = {
    table.name: step
    for step, written in zip(STEPS, (INGESTED, CLUSTERED, PLACED, RANKED, COLLABORATED, PUBLISHED), strict=True)
    for table in written
}
RESULTS = (CLUSTERS, CLUSTER_ECONOMIES, MERGE_DECISIONS, *RANKED, *COLLABORATED, *PUBLISHED)
