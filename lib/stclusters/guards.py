"""What must hold between tables after a step; a failed guard stops the run."""

from __future__ import annotations

from dataclasses import dataclass

from stclusters import io
from stclusters.errors import GuardFailed
from stclusters.run import Run
from stclusters.tables import (
    ADDRESSES,
    CLUSTER_ECONOMIES,
    CLUSTER_FIELDS,
    CLUSTER_ORGANISATIONS,
    CLUSTER_STABILITY,
    CLUSTERS,
    COLLABORATION_LINKS,
    DOCUMENT_FIELDS,
    DOCUMENT_ORGANISATIONS,
    DOCUMENT_PLACES,
    DOCUMENTS,
    FOREIGN_COLLABORATION,
    INTENSITY,
    MERGE_DECISIONS,
    POINT_LABELS,
    POINTS,
    RANK_CHANGES,
    RANK_UNCERTAINTY,
    RANKING,
    Table,
)

DOCUMENT = "kind, document_id"


@dataclass(frozen=True)
class Guard:
    """A sentence that must be true, and a query over named tables that gives a row for each fault."""

    sentence: str
    tables: tuple[Table, ...]
    faults: str


def faulty_groups(table: Table, key: str, fault: str, shown: str, within: str = "") -> str:
    """A query for the groups of rows of equal `key` for which `fault` holds: `key` and `shown` of each.

    `within` names columns by which the rows of a group are grouped before, their addresses summed. Groups are told by a
    64-bit hash of their key first, which is far less to sort and send than texts; only rows whose hash is suspect are
    grouped by the key itself, so that two keys of one hash are no fault.
    """
    name, hashed = table.name, f"xxhash64({key})"
    rows = f"SELECT /*+ REPARTITION(hashed) */ *, {hashed} AS hashed FROM {name}"
    suspect = f"SELECT /*+ BROADCAST(suspects) */ * FROM {name} LEFT SEMI JOIN suspects ON {hashed} = hashed"

    def summed(of: str, by: str) -> str:
        by = f"{by}, {within}"
        return f"SELECT {by}, sum(addresses) AS addresses FROM ({of}) GROUP BY {by}" if within else of

    return f"""WITH suspects AS (SELECT hashed FROM ({summed(rows, "hashed")}) GROUP BY hashed HAVING {fault})
        SELECT {key}, {shown} FROM ({summed(suspect, key)})
        GROUP BY {key} HAVING {fault}"""


def unique(table: Table) -> Guard:
    """No two rows of the table have the same key (Delta has no unique constraint)."""
    key = ", ".join(name for name in table.key if name != "edition")
    faults = faulty_groups(table, key, "count(*) > 1", "count(*) AS rows")
    return Guard(f"the key of {table.name} is unique", (table,), faults)


INGEST = (
    unique(ADDRESSES),
    unique(DOCUMENTS),
    Guard(
        "persons and addresses of a document are numbered without a gap",
        (ADDRESSES,),
        faulty_groups(
            ADDRESSES,
            DOCUMENT,
            """min(persons) <> max(persons) OR count_if(address = 1) <> max(persons)
            OR count_if(address = addresses_each) <> max(persons)""",
            "max(persons) AS persons",
        ),
    ),
    Guard(
        "every address is of a document",
        (ADDRESSES, DOCUMENTS),
        # every document with addresses has one such row; a 64-bit hash of what it is called is far less to send
        """SELECT kind, document_id FROM
        (SELECT kind, document_id, xxhash64(kind, document_id) AS hashed FROM addresses
        WHERE person = 1 AND address = 1)
        LEFT ANTI JOIN (SELECT xxhash64(kind, document_id) AS hashed FROM documents) USING (hashed)""",
    ),
    Guard(
        "the weights of the fields of a document sum to 1",
        (DOCUMENT_FIELDS,),
        faulty_groups(
            DOCUMENT_FIELDS,
            DOCUMENT,
            "count(*) <> max(fields) OR min(fields) <> max(fields) OR size(collect_set(field)) <> count(*)",
            "count(*) AS rows",
        ),
    ),
    Guard(
        "the weights of the organisations of a document sum to 1",
        (DOCUMENT_ORGANISATIONS,),
        faulty_groups(
            DOCUMENT_ORGANISATIONS,
            DOCUMENT,
            """count(*) <> max(organisations) OR min(organisations) <> max(organisations)
            OR size(collect_set(organisation_id)) <> count(*)""",
            "count(*) AS rows",
        ),
    ),
)
CLUSTER = (
    unique(POINTS),
    unique(POINT_LABELS),
    unique(CLUSTERS),
    Guard(
        "the counts of the points sum to the addresses",
        (POINTS, ADDRESSES),
        """SELECT * FROM (SELECT sum(inventors) AS inventors, sum(authors) AS authors FROM points)
        CROSS JOIN (SELECT count_if(kind = 'patent') AS patent, count_if(kind = 'article') AS article FROM addresses)
        WHERE inventors <> patent OR authors <> article""",
    ),
    Guard(
        "every point has a label, and every label a point",
        (POINTS, POINT_LABELS),
        """SELECT point_id FROM points FULL OUTER JOIN point_labels USING (point_id)
        WHERE role IS NULL OR inventors IS NULL""",
    ),
    Guard(
        "a cluster's id is its smallest core point, and its counts are those of its points",
        (POINTS, POINT_LABELS, CLUSTERS),
        """SELECT cluster_id, l.points, c.points FROM
        (SELECT cluster_id, count(*) AS points, count_if(role = 'core') AS core_points,
        min(CASE WHEN role = 'core' THEN point_id END) AS smallest, sum(inventors) AS inventors, sum(authors) AS authors
        FROM point_labels JOIN points USING (point_id) WHERE cluster_id IS NOT NULL GROUP BY cluster_id) l
        FULL OUTER JOIN clusters c USING (cluster_id)
        WHERE l.smallest IS DISTINCT FROM cluster_id OR l.points IS DISTINCT FROM c.points
        OR l.core_points IS DISTINCT FROM c.core_points OR l.inventors IS DISTINCT FROM c.inventors
        OR l.authors IS DISTINCT FROM c.authors""",
    ),
    unique(MERGE_DECISIONS),
    Guard(
        "a cluster of several parts is joined by merges, and a merge joins its parts",
        (POINT_LABELS, MERGE_DECISIONS),
        """SELECT part_id, cluster_id, other FROM
        (SELECT DISTINCT part_id, cluster_id FROM point_labels WHERE part_id IS NOT NULL)
        FULL OUTER JOIN (SELECT cluster_a AS part_id, cluster_b AS other FROM merge_decisions WHERE verdict = 'merged'
        UNION ALL SELECT cluster_b, cluster_a FROM merge_decisions WHERE verdict = 'merged') USING (part_id)
        LEFT JOIN (SELECT DISTINCT part_id AS other, cluster_id AS cluster_of_other FROM point_labels) USING (other)
        WHERE CASE WHEN other IS NULL THEN cluster_id <> part_id ELSE NOT cluster_id <=> cluster_of_other END""",
    ),
    Guard(
        "the output shares of the economies of a cluster sum to 1",
        (CLUSTERS, CLUSTER_ECONOMIES),
        """SELECT cluster_id, sum(output_share) AS total FROM clusters LEFT JOIN cluster_economies USING (cluster_id)
        GROUP BY cluster_id HAVING sum(output_share) IS NULL OR abs(sum(output_share) - 1) > 1e-9""",
    ),
)
PLACE = (
    unique(DOCUMENT_PLACES),
    Guard(
        "the persons of a document in all its places are its persons",
        (DOCUMENT_PLACES,),
        faulty_groups(
            DOCUMENT_PLACES,
            DOCUMENT,
            """min(persons) <> max(persons) OR max(addresses % addresses_each) <> 0
            OR sum(addresses div addresses_each) <> max(persons)""",
            "max(persons) AS persons",
            within="persons, addresses_each",
        ),
    ),
    Guard(
        "every address is in one place",
        (ADDRESSES, DOCUMENT_PLACES),
        """SELECT * FROM (SELECT count(*) AS addresses FROM addresses)
        CROSS JOIN (SELECT coalesce(sum(addresses), 0) AS placed FROM document_places) WHERE addresses <> placed""",
    ),
)
RANK = (
    unique(RANKING),
    unique(RANK_UNCERTAINTY),
    Guard(
        "every cluster is ranked",
        (CLUSTERS, RANKING),
        """SELECT cluster_id FROM clusters FULL OUTER JOIN ranking USING (cluster_id)
        WHERE rank IS NULL OR area_km2 IS NULL""",
    ),
    unique(INTENSITY),
    Guard(
        "every ranked cluster has its population",
        (RANKING, INTENSITY),
        """SELECT cluster_id FROM ranking FULL OUTER JOIN intensity USING (cluster_id)
        WHERE rank IS NULL OR population IS NULL""",
    ),
    unique(RANK_CHANGES),
    Guard(
        "where editions are compared, every cluster has one change",
        (RANKING, RANK_CHANGES),
        """SELECT cluster_id, changes FROM ranking LEFT JOIN (SELECT cluster_id, count(*) AS changes FROM rank_changes
        WHERE change NOT IN ('left', 'merged') GROUP BY cluster_id) USING (cluster_id)
        CROSS JOIN (SELECT count(*) AS compared FROM rank_changes) WHERE compared > 0 AND NOT changes <=> 1""",
    ),
    Guard(
        "the fractional counts of all clusters and of what is outside them sum to the documents",
        (ADDRESSES, DOCUMENT_PLACES, RANKING),
        """SELECT * FROM (SELECT kind, count_if(person = 1 AND address = 1) AS documents FROM addresses GROUP BY kind)
        LEFT JOIN (SELECT kind, sum(CASE WHEN cluster_id IS NULL THEN addresses / (persons * addresses_each) ELSE 0 END)
        AS outside FROM document_places GROUP BY kind) USING (kind)
        CROSS JOIN (SELECT coalesce(sum(patents), 0) AS patents, coalesce(sum(articles), 0) AS articles FROM ranking)
        WHERE abs(documents - coalesce(outside, 0) - CASE kind WHEN 'patent' THEN patents ELSE articles END)
        > 1e-9 * documents""",
    ),
    Guard(
        "the intervals of every ranked cluster hold its score and rank, where there are intervals",
        (RANKING, RANK_UNCERTAINTY),
        """SELECT cluster_id FROM ranking FULL OUTER JOIN rank_uncertainty USING (cluster_id)
        WHERE EXISTS (SELECT 1 FROM rank_uncertainty)
        AND NOT coalesce(rank BETWEEN rank_low AND rank_high AND score BETWEEN score_low AND score_high, false)""",
    ),
    Guard(
        "the organisations of a cluster have no more documents than the cluster",
        (RANKING, CLUSTER_ORGANISATIONS),
        """SELECT cluster_id, kind FROM cluster_organisations LEFT JOIN ranking USING (cluster_id)
        GROUP BY cluster_id, kind, patents, articles
        HAVING NOT coalesce(sum(documents) <= CASE kind WHEN 'patent' THEN patents ELSE articles END + 1e-6, false)""",
    ),
    unique(CLUSTER_STABILITY),
    Guard(
        "every ranked cluster has its stability, where there is one",
        (RANKING, CLUSTER_STABILITY),
        """SELECT cluster_id FROM ranking FULL OUTER JOIN cluster_stability USING (cluster_id)
        WHERE EXISTS (SELECT 1 FROM cluster_stability) AND (rank IS NULL OR settings IS NULL)""",
    ),
    Guard(
        "the fields of a cluster sum to its fractional count",
        (RANKING, CLUSTER_FIELDS),
        """SELECT cluster_id FROM ranking LEFT JOIN
        (SELECT cluster_id, sum(CASE WHEN kind = 'patent' THEN documents ELSE 0 END) AS p,
        sum(CASE WHEN kind = 'article' THEN documents ELSE 0 END) AS a FROM cluster_fields GROUP BY cluster_id)
        USING (cluster_id) WHERE coalesce(abs(p - patents), 1) > 1e-6 OR coalesce(abs(a - articles), 1) > 1e-6""",
    ),
)
COLLABORATE = (
    unique(FOREIGN_COLLABORATION),
    unique(COLLABORATION_LINKS),
    Guard(
        "links are domestic exactly where the partner is the home economy",
        (COLLABORATION_LINKS, CLUSTERS),
        """SELECT cluster_id, partner_economy FROM collaboration_links LEFT JOIN clusters USING (cluster_id)
        WHERE home_economy IS NULL OR (scope = 'domestic') <>
        (partner_economy = home_economy AND partner_economy <> 'UNKNOWN')""",
    ),
    Guard(
        "no partner has more links than the cluster has documents",
        (COLLABORATION_LINKS, FOREIGN_COLLABORATION),
        """SELECT cluster_id, kind FROM collaboration_links LEFT JOIN foreign_collaboration USING (cluster_id, kind)
        WHERE documents IS NULL OR links > documents""",
    ),
)


def check(run: Run, guards: tuple[Guard, ...]) -> None:
    """Checks every guard and records the results; raises `GuardFailed` with the first that failed."""
    for table in {table.name: table for guard in guards for table in guard.tables}.values():
        io.stored(run, table).createOrReplaceTempView(table.name)
    for guard in guards:
        run.progress.doing(f"checking that {guard.sentence}")
        fault = run.spark.sql(guard.faults).limit(1).collect()
        run.record.guards[guard.sentence] = f"failed: {fault[0].asDict()}" if fault else "held"
        if fault:
            raise GuardFailed(f"It does not hold that {guard.sentence}: {fault[0].asDict()}.")


def hold(run: Run, sentence: str, left: int, right: int) -> None:
    """Records that two counts are equal, or raises `GuardFailed`."""
    held = left == right
    run.record.guards[sentence] = "held" if held else f"failed: {left} and {right}"
    if not held:
        raise GuardFailed(f"It does not hold that {sentence}: {left:,} and {right:,}.")
