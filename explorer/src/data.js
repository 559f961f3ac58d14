// The data of the page, as objects: clusters by rank, economies, fields, links.
const read = () => JSON.parse(document.getElementById("data").textContent);

const objects = ({ columns, rows }) =>
  rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));

const inGroups = (flat, size, each) => {
  const made = [];
  for (let i = 0; i < flat.length; i += size) made.push(each(...flat.slice(i, i + size)));
  return made;
};

export const data = read();
export const KINDS = ["patent", "article"];

/** Whether the data have a column of clusters. */
export const has = (column) => data.clusters.columns.includes(column);

/** Clusters in the order of ranks: the columns of the tables, `index`, and `foreign` by kind. */
export const clusters = objects(data.clusters).map((cluster, index) => ({
  ...cluster, index,
  foreign: Object.fromEntries(KINDS.map((kind) => {
    const [documents, foreign] = data.foreign[kind][index];
    return [kind, { documents, foreign, share: documents ? foreign / documents : null }];
  })),
}));
export const clusterOf = new Map(clusters.map((cluster) => [cluster.cluster_id, cluster]));
export const economies = objects(data.economies);

const shares = (counts) => {
  const total = counts.reduce((sum, [, documents]) => sum + documents, 0);
  return new Map(counts.map(([field, documents]) => [field, { documents, share: total ? documents / total : 0 }]));
};

/** Documents and share of every field of a kind in the top clusters together: number of the field -> both. */
export const topFields = (kind) => shares(data.fields[kind].top.map((documents, field) => [field, documents]));

/** Documents and share of every field of a kind in a cluster: number of the field -> both. */
export const fieldsOf = (cluster, kind) =>
  shares(inGroups(data.fields[kind].clusters[cluster.index], 2, (field, documents) => [field, documents]));

const SCOPES = ["domestic", "foreign", "unknown"];
const partners = clusters.map(() => []);
inGroups(data.partners.rows, 5, (cluster, economy, scope, patents, articles) =>
  partners[cluster].push({ economy: data.partners.economies[economy], scope: SCOPES[scope], patents, articles }));

/** The partner economies of a cluster, the strongest first. */
export const partnersOf = (cluster) => partners[cluster.index];

const links = clusters.map(() => []);
inGroups(data.links.rows, 4, (a, b, patents, articles) => {
  links[a].push({ other: clusters[b] ?? null, patents, articles });
  if (b >= 0) links[b].push({ other: clusters[a], patents, articles });
});
for (const each of links) {
  each.sort((a, b) => b.patents + b.articles - a.patents - a.articles || (a.other?.index ?? -1) - (b.other?.index ?? -1));
}

/** The clusters that share documents with a cluster, the strongest first; `other` is null for outside every cluster. */
export const linksOf = (cluster) => links[cluster.index];
