// The columns of clusters: a column stands in the table where the data have what it shows.
import { clusterId } from "./csv.js";
import { clusters, has } from "./data.js";
import { bar, bdi, h } from "./dom.js";
import { counts, nameOf, percents, share, whole } from "./format.js";
import { number } from "./table.js";
import { address } from "./state.js";

const largest = clusters.reduce((most, c) => Math.max(most, c.score), 1e-12);

/** A link to the brief of a cluster. */
export const briefLink = (cluster) => h("a", { href: address("cluster", { id: cluster.cluster_id }) }, bdi(cluster.name));

/** The economy labels of a cluster, its home first and in bold. */
export const economiesOf = (cluster) => cluster.economies.flatMap((code, i) => {
  const made = h(code === cluster.home_economy ? "b" : "span", { title: nameOf(code) }, bdi(code));
  return i ? [" / ", made] : [made];
});

const key = (kind, text) => [h("span", { class: "head" }, h("span", { class: `key ${kind}`, "aria-hidden": "true" }), text)];
const scoreBar = (c) => bar(["patents", 100 * 100 * c.patent_share / largest], ["articles", 100 * 100 * c.article_share / largest]);

/** What became of a cluster since the earlier edition: places won or lost, or that it is new. */
export const changed = (c) => {
  if (c.rank_change === null) return c.change === "split" ? "split" : "new";
  return c.rank_change === 0 ? "=" : `${c.rank_change > 0 ? "▲" : "▼"} ${whole(Math.abs(c.rank_change))}`;
};

export const RANK = number("rank", "Rank", whole, { kind: "number rank", falling: false });
export const NAME = {
  key: "name", csv: "name", label: "Cluster", kind: "name", header: true, value: (c) => c.name, cell: (c) => [briefLink(c)],
};
const OPTIONAL = [
  number("rank_low", "Interval", whole, {
    csv: null, kind: "number interval wide", falling: false, needs: "rank_low", title: "95 % interval of the rank",
    cell: (c) => [`${whole(c.rank_low)}–${whole(c.rank_high)}`],
  }),
  number("rank_change", "Change", whole, {
    kind: "number change wide", needs: "rank_change", title: `Places won since edition ${clusters[0]?.earlier_edition}`, cell: (c) => [changed(c)],
  }),
  number("score_per_million", "Intensity", percents, { kind: "number intensity wide", needs: "score_per_million", title: "Score per million people" }),
].filter((column) => has(column.needs));
/** Whether there are more columns than the ranking always has. */
export const many = OPTIONAL.length > 0;
const optional = (...keys) => OPTIONAL.filter((column) => keys.includes(column.key));

/** The table of the ranking. */
export const RANKING = [
  RANK, ...optional("rank_low", "rank_change"), NAME,
  { key: "home_economy", csv: "economies", label: "Economies", kind: "economies", order: (c) => c.home_economy, value: (c) => c.economies, cell: economiesOf },
  number("patents", "Patents", counts.patent, { kind: "number wide", head: key("patents", "Patents"), title: "Fractional count of patents" }),
  number("articles", "Articles", counts.article, { kind: "number wide", head: key("articles", "Articles"), title: "Fractional count of articles" }),
  number("patent_share", "Patents, %", (value) => percents(100 * value), { kind: "number wide", title: "Patents as a percentage of the world's" }),
  number("article_share", "Articles, %", (value) => percents(100 * value), { kind: "number wide", title: "Articles as a percentage of the world's" }),
  number("score", "Score", percents, { kind: "number score", cell: (c) => [scoreBar(c), h("span", {}, percents(c.score))] }),
  ...optional("score_per_million"),
];

const CSV_ONLY = ["change", "earlier_rank", "population", "intensity_rank", "score_low", "score_high", "rank_low", "rank_high", "top_probability"].filter(has);
/** What a download of clusters holds: the table's columns, after the id, and what an interval stands for. */
export const downloaded = (columns) => [
  { csv: "cluster_id", value: clusterId }, ...columns,
  ...CSV_ONLY.map((name) => ({ csv: name, value: (c) => c[name] })),
];

const ofKind = (kind, words) => [
  number(`${kind}_documents`, `${words}`, whole, { value: (c) => c.foreign[kind].documents, kind: "number wide", head: key(`${kind}s`, words), title: `${words} with at least one person in the cluster` }),
  number(`${kind}_foreign_documents`, "abroad", whole, { value: (c) => c.foreign[kind].foreign, kind: "number wide", title: `${words} with another person abroad` }),
  number(`${kind}_foreign_share`, `${words} abroad, %`, share, { value: (c) => c.foreign[kind].share, title: `Part of the ${words.toLowerCase()} with another person abroad` }),
];
/** The table of foreign collaboration. */
export const COLLABORATION = [RANK, NAME, ...ofKind("patent", "Patents"), ...ofKind("article", "Articles")];
