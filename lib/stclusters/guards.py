"""What must hold in and between tables after each step; a failed guard stops the run."""

from __future__ import annotations

from stclusters.guard import Guard, check, faulty_groups, hold, keys
from stclusters.tables import (
    ADDRESSES,
    CLUSTER_ECONOMIES,
    CLUSTER_FIELDS,
    CLUSTER_ORGANISATIONS,
    CLUSTER_STABILITY,
    CLUSTERED,
    CLUSTERS,
    COLLABORATED,
    COLLABORATION_LINKS,
    DOCUMENT_FIELDS,
    DOCUMENT_ORGANISATIONS,
    DOCUMENT_PLACES,
    DOCUMENTS,
    FOREIGN_COLLABORATION,
    INGESTED,
    INTENSITY,
    MERGE_DECISIONS,
    PLACED,
    POINT_LABELS,
    POINTS,
    PUBLISHED,
    RANK_CHANGES,
    RANK_UNCERTAINTY,
    RANKED,
    RANKING,
    RELEASES,
    RUNS,
)

__all__ = ["CLUSTER", "COLLABORATE", "EACH", "INGEST", "PLACE", "PUBLISH", "RANK", "RELEASE", "check", "hold"]

DOCUMENT = ("kind", "document_id")

INGEST = (
    *keys(INGESTED),
    Guard(
        "persons and addresses of a document are numbered without a gap",
        (ADDRESSES,),
        faulty_groups(
            ADDRESSES,
            DOCUMENT,
            """min(persons) = max(persons) AND count_if(address = 1) = max(persons)
            AND count_if(address = addresses_each) = max(persons)""",
            "max(persons) AS persons",
        ),
    ),
    Guard(
        "every address is of a document",
        (ADDRESSES, DOCUMENTS),
        # every document with addresses has one such row; a 64-bit hash of what it is called is far less to send
        """SELECT kind, document_id FROM
        (SELECT kind, document_id, xxhash64(kind, document_id) AS hashed FROM {addresses}
        WHERE (person > 1 OR address > 1) IS NOT TRUE)
        LEFT ANTI JOIN (SELECT xxhash64(kind, document_id) AS hashed FROM {documents}) USING (hashed)""",
    ),
    Guard(
        "the weights of the fields of a document sum to 1",
        (DOCUMENT_FIELDS,),
        faulty_groups(
            DOCUMENT_FIELDS,
            DOCUMENT,
            "count(*) = max(fields) AND min(fields) = max(fields)",
            "count(*) AS rows",
        ),
    ),
    Guard(
        "the weights of the organisations of a document sum to 1",
        (DOCUMENT_ORGANISATIONS,),
        faulty_groups(
            DOCUMENT_ORGANISATIONS,
            DOCUMENT,
            "count(*) = max(organisations) AND min(organisations) = max(organisations)",
            "count(*) AS rows",
        ),
    ),
)
CLUSTER = (
    *keys(CLUSTERED),
    Guard(
        "the counts of the points sum to the addresses",
        (POINTS, ADDRESSES),
        """SELECT * FROM (SELECT coalesce(sum(inventors), 0) AS inventors, coalesce(sum(authors), 0) AS authors
        FROM {points})
        CROSS JOIN (SELECT count_if(kind = 'patent') AS patent, count_if(kind = 'article') AS article,
        count(*) AS addresses FROM {addresses})
        WHERE (inventors = patent AND authors = article AND inventors + authors = addresses) IS NOT TRUE""",
    ),
    Guard(
        "every point has a label, and every label a point",
        (POINTS, POINT_LABELS),
        """SELECT point_id FROM {points} FULL OUTER JOIN {point_labels} USING (point_id)
        WHERE role IS NULL OR inventors IS NULL""",
    ),
    Guard(
        "a cluster's id is its smallest core point, and its counts are those of its points",
        (POINTS, POINT_LABELS, CLUSTERS),
        """SELECT cluster_id, l.points AS labels, c.points FROM
        (SELECT cluster_id, count(*) AS points, count_if(role = 'core') AS core_points,
        min(CASE WHEN role = 'core' THEN point_id END) AS smallest, sum(inventors) AS inventors, sum(authors) AS authors
        FROM {point_labels} JOIN {points} USING (point_id) WHERE cluster_id IS NOT NULL GROUP BY cluster_id) l
        FULL OUTER JOIN {clusters} c USING (cluster_id)
        WHERE (l.smallest = cluster_id AND l.points = c.points AND l.core_points = c.core_points
        AND l.inventors = c.inventors AND l.authors = c.authors) IS NOT TRUE""",
    ),
    Guard(
        "a cluster of several parts is joined by merges, and a merge joins its parts",
        (POINT_LABELS, MERGE_DECISIONS),
        """SELECT part_id, cluster_id, other FROM
        (SELECT DISTINCT part_id, cluster_id FROM {point_labels} WHERE part_id IS NOT NULL)
        FULL OUTER JOIN (SELECT cluster_a AS part_id, cluster_b AS other FROM {merge_decisions}
        WHERE verdict = 'merged'
        UNION ALL SELECT cluster_b, cluster_a FROM {merge_decisions} WHERE verdict = 'merged') USING (part_id)
        LEFT JOIN (SELECT DISTINCT part_id AS other, cluster_id AS cluster_of_other FROM {point_labels}) USING (other)
        WHERE (CASE WHEN other IS NULL THEN cluster_id = part_id ELSE cluster_id = cluster_of_other END)
        IS NOT TRUE""",
    ),
    Guard(
        "the output shares of the economies of a cluster sum to 1",
        (CLUSTERS, CLUSTER_ECONOMIES),
        """SELECT cluster_id, total FROM {clusters} FULL OUTER JOIN
        (SELECT cluster_id, sum(output_share) AS total FROM {cluster_economies} GROUP BY cluster_id) USING (cluster_id)
        WHERE (points >= 1 AND abs(total - 1) <= 1e-9) IS NOT TRUE""",
    ),
)
PLACE = (
    *keys(PLACED),
    Guard(
        "the persons of a document in all its places are its persons",
        (DOCUMENT_PLACES,),
        faulty_groups(
            DOCUMENT_PLACES,
            DOCUMENT,
            """min(persons) = max(persons) AND max(addresses % addresses_each) = 0
            AND sum(addresses div addresses_each) = max(persons)""",
            "max(persons) AS persons",
            within="persons, addresses_each",
        ),
    ),
    Guard(
        "every address is in one place",
        (ADDRESSES, DOCUMENT_PLACES),
        """SELECT * FROM (SELECT count(*) AS addresses FROM {addresses})
        CROSS JOIN (SELECT coalesce(sum(addresses), 0) AS placed FROM {document_places})
        WHERE (addresses = placed) IS NOT TRUE""",
    ),
)
RANK = (
    *keys(RANKED),
    Guard(
        "every cluster is ranked",
        (CLUSTERS, RANKING),
        """SELECT cluster_id FROM {clusters} FULL OUTER JOIN {ranking} USING (cluster_id)
        WHERE rank IS NULL OR area_km2 IS NULL""",
    ),
    Guard(
        "every ranked cluster has its population",
        (RANKING, INTENSITY),
        """SELECT cluster_id FROM {ranking} FULL OUTER JOIN {intensity} USING (cluster_id)
        WHERE rank IS NULL OR population IS NULL""",
    ),
    Guard(
        "where editions are compared, every cluster has one change",
        (RANKING, RANK_CHANGES),
        """SELECT cluster_id, changes FROM {ranking} FULL OUTER JOIN
        (SELECT cluster_id, count(*) AS changes FROM {rank_changes}
        WHERE (change IN ('left', 'merged')) IS NOT TRUE GROUP BY cluster_id) USING (cluster_id)
        WHERE EXISTS (SELECT 1 FROM {rank_changes}) AND (rank >= 1 AND changes = 1) IS NOT TRUE""",
    ),
    Guard(
        "the fractional counts of all clusters and of what is outside them sum to the documents",
        (ADDRESSES, DOCUMENT_PLACES, RANKING),
        """SELECT * FROM VALUES ('patent'), ('article') AS kinds(kind) LEFT JOIN
        (SELECT kind, count_if(person = 1 AND address = 1) AS documents FROM {addresses} GROUP BY kind) USING (kind)
        LEFT JOIN (SELECT kind, sum(CASE WHEN cluster_id IS NULL THEN addresses / (persons * addresses_each) ELSE 0 END)
        AS outside FROM {document_places} GROUP BY kind) USING (kind)
        CROSS JOIN (SELECT coalesce(sum(patents), 0) AS patents, coalesce(sum(articles), 0) AS articles FROM {ranking})
        WHERE (abs(coalesce(documents, 0) - coalesce(outside, 0)
        - CASE kind WHEN 'patent' THEN patents WHEN 'article' THEN articles END) <= 1e-9 * coalesce(documents, 0))
        IS NOT TRUE""",
    ),
    Guard(
        "the intervals of every ranked cluster hold its score and rank, where there are intervals",
        (RANKING, RANK_UNCERTAINTY),
        """SELECT cluster_id FROM {ranking} FULL OUTER JOIN {rank_uncertainty} USING (cluster_id)
        WHERE EXISTS (SELECT 1 FROM {rank_uncertainty})
        AND (rank BETWEEN rank_low AND rank_high AND score BETWEEN score_low AND score_high) IS NOT TRUE""",
    ),
    Guard(
        "the organisations of a cluster have no more documents than the cluster",
        (RANKING, CLUSTER_ORGANISATIONS),
        """SELECT cluster_id, kind FROM {cluster_organisations} LEFT JOIN {ranking} USING (cluster_id)
        GROUP BY cluster_id, kind, patents, articles
        HAVING (min(documents) >= 0 AND count(documents) = count(*) AND sum(documents)
        <= CASE kind WHEN 'patent' THEN patents WHEN 'article' THEN articles END + 1e-6) IS NOT TRUE""",
    ),
    Guard(
        "every ranked cluster has its stability, where there is one",
        (RANKING, CLUSTER_STABILITY),
        """SELECT cluster_id FROM {ranking} FULL OUTER JOIN {cluster_stability} USING (cluster_id)
        WHERE EXISTS (SELECT 1 FROM {cluster_stability}) AND (rank IS NULL OR settings IS NULL)""",
    ),
    Guard(
        "the fields of a cluster sum to its fractional count",
        (RANKING, CLUSTER_FIELDS),
        """SELECT cluster_id FROM {ranking} FULL OUTER JOIN
        (SELECT cluster_id, sum(CASE WHEN kind = 'patent' THEN documents ELSE 0 END) AS p,
        sum(CASE WHEN kind = 'article' THEN documents ELSE 0 END) AS a, sum(documents) AS both
        FROM {cluster_fields} GROUP BY cluster_id) USING (cluster_id)
        WHERE (abs(p - patents) <= 1e-6 AND abs(a - articles) <= 1e-6 AND abs(both - p - a) <= 1e-6) IS NOT TRUE""",
    ),
)
COLLABORATE = (
    *keys(COLLABORATED),
    Guard(
        "links are domestic exactly where the partner is the home economy",
        (COLLABORATION_LINKS, CLUSTERS),
        """SELECT cluster_id, partner_economy FROM {collaboration_links} LEFT JOIN {clusters} USING (cluster_id)
        WHERE ((scope = 'domestic') = (partner_economy = home_economy AND partner_economy <> 'UNKNOWN'))
        IS NOT TRUE""",
    ),
    Guard(
        "no partner has more links than the cluster has documents",
        (COLLABORATION_LINKS, FOREIGN_COLLABORATION),
        """SELECT cluster_id, kind FROM {collaboration_links}
        LEFT JOIN {foreign_collaboration} USING (cluster_id, kind)
        WHERE (links <= documents) IS NOT TRUE""",
    ),
)
PUBLISH = keys((*PUBLISHED, RUNS))
RELEASE = keys((RELEASES,))
EACH = (INGEST, CLUSTER, PLACE, RANK, COLLABORATE, PUBLISH, RELEASE)
