// The brief of one cluster: figures, outline, fields, partner economies, linked clusters.
import { data, fieldsOf, has, linksOf, partnersOf, topFields } from "./data.js";
import { bar, bdi, h } from "./dom.js";
import { briefLink, changed, economiesOf } from "./columns.js";
import { counts, fieldName, nameOf, percents, share, titled, whole } from "./format.js";
import { localMap } from "./localmap.js";
import { foldedTable, number } from "./table.js";

const tile = (label, value, more) => h("div", { class: "tile" }, h("dt", {}, label), h("dd", {}, h("b", {}, value), more && h("span", {}, more)));
const foreignTile = (c, kind, label) => {
  const { documents, foreign, share: part } = c.foreign[kind];
  return tile(label, share(part), documents ? `${whole(foreign)} of ${whole(documents)} ${kind}s` : `no ${kind}`);
};

const tiles = (c) => h("dl", { class: "tiles" },
  tile("Rank", whole(c.rank), has("rank_low") && `between ${whole(c.rank_low)} and ${whole(c.rank_high)} (95 %)`),
  tile("Score", percents(c.score), has("score_low") && `between ${percents(c.score_low)} and ${percents(c.score_high)}`),
  has("top_probability") && tile(`In the top ${data.top}`, share(c.top_probability), "probability"),
  has("rank_change") && tile("Change of rank", changed(c), c.earlier_rank === null ? `not in edition ${c.earlier_edition}` : `rank ${whole(c.earlier_rank)} in edition ${c.earlier_edition}`),
  has("score_per_million") && tile("Intensity", percents(c.score_per_million), `score per million of ${whole(c.population)} people${c.population_source === "gazetteer" ? " (gazetteer)" : ""}`),
  tile("Patents", counts.patent(c.patents), `${percents(100 * c.patent_share)} % of the world`),
  tile("Articles", counts.article(c.articles), `${percents(100 * c.article_share)} % of the world`),
  foreignTile(c, "patent", "Patents with a person abroad"),
  foreignTile(c, "article", "Articles with a person abroad"),
  tile("Area", `${whole(c.area_km2)} km²`, `${whole(c.inventors)} inventor and ${whole(c.authors)} author addresses`));

/** The rows of a cluster's fields beside those of the top clusters together. */
export const fieldRows = (c, kind) => {
  const own = fieldsOf(c, kind), top = topFields(kind);
  return [...own].map(([field, { documents, share: part }]) => ({
    field: data.fields[kind].names[field], documents, share: part, top: top.get(field)?.share ?? 0,
  })).sort((a, b) => b.share - a.share);
};
export const fieldColumns = (kind, largest) => [
  { key: "field", csv: "field", label: "Field", kind: "name", header: true, value: (row) => row.field, cell: (row) => [bdi(fieldName(row.field))] },
  number("documents", kind === "patent" ? "Patents" : "Articles", counts[kind], { kind: "number narrow" }),
  number("share", "Share", share, { kind: "barred", csv: "share", cell: (row) => {
    const drawn = bar([`${kind}s`, 100 * row.share / largest]);
    const mark = h("u"); mark.style.left = `${(100 * row.top / largest).toFixed(2)}%`;
    drawn.append(mark);
    return [drawn, h("span", {}, share(row.share))];
  } }),
  number("top", `Top ${data.top}`, share, { csv: "share_of_top", kind: "number" }),
];
const fieldTable = (c, kind, most) => {
  const rows = fieldRows(c, kind);
  if (!rows.length) return null;
  const largest = Math.max(...rows.map((row) => Math.max(row.share, row.top)), 1e-9);
  return h("section", { class: "part" }, h("h3", {}, kind === "patent" ? "Technology fields of its patents" : "Science fields of its articles"),
    h("p", { class: "quiet" }, `Bars: part of its ${kind}s. The line across: the top ${whole(data.top)} clusters together.`),
    foldedTable({ caption: `Fields of the ${kind}s of ${c.name}`, columns: fieldColumns(kind, largest) }, rows, most));
};

const both = (row) => row.patents + row.articles;
const linkBar = (row, largest) => bar(["patents", 100 * row.patents / largest], ["articles", 100 * row.articles / largest]);
const linkColumns = (first, rows) => {
  const largest = Math.max(...rows.map(both), 1);
  return [first,
    number("patents", "Patents", whole, { kind: "number" }), number("articles", "Articles", whole, { kind: "number" }),
    { key: "both", label: "Together", kind: "barred", cell: (row) => [linkBar(row, largest), h("span", {}, whole(both(row)))] }];
};
const sums = (rows, scope) => {
  const some = rows.filter((row) => row.scope === scope), sum = (kind) => some.reduce((total, row) => total + row[kind], 0);
  return `${whole(sum("patents"))} of patents and ${whole(sum("articles"))} of articles`;
};
const partnerTable = (c, most) => {
  const rows = partnersOf(c), word = { domestic: " · domestic", foreign: "", unknown: "" };
  const first = { key: "partner_economy", label: "Partner economy", kind: "name", header: true, cell: (row) => [bdi(titled(row.economy) + word[row.scope])] };
  return h("section", { class: "part" }, h("h3", {}, "Partner economies"),
    rows.length ? [
      h("p", { class: "quiet" }, `Links with its own economy: ${sums(rows, "domestic")}. With other economies: ${sums(rows, "foreign")}. A link is a document shared with another person there, outside the cluster.`),
      foldedTable({ caption: `Partner economies of ${c.name}`, columns: linkColumns(first, rows) }, rows, most),
    ] : h("p", { class: "quiet" }, "It shares no document with a person outside it."),
    data.partners.left_out > 0 && h("p", { class: "quiet" }, `The page holds the ${whole(data.partners.most)} strongest; collaboration_links.csv has all.`));
};

/** The table of the clusters that a cluster is linked to. */
export const linkTable = (c, most, level = "h3") => {
  const rows = linksOf(c);
  const first = { key: "other", label: "Cluster", kind: "name", header: true, cell: (row) => [row.other ? briefLink(row.other) : "Outside every cluster"] };
  return h("section", { class: "part" }, h(level, {}, "Linked clusters"),
    rows.length ? foldedTable({ caption: `Clusters linked to ${c.name}`, columns: linkColumns(first, rows) }, rows, most)
      : h("p", { class: "quiet" }, "It shares no document with a person outside it."),
    data.links.left_out > 0 && h("p", { class: "quiet" }, `The page holds at least the ${whole(data.links.most)} strongest of each; cluster_links.csv has all.`));
};

/** The brief, `most` rows of each table to begin with. */
export const brief = (c, { most = 10, level = "h2", actions = null } = {}) => h("article", { class: "brief card" },
  h("header", { class: "brief-head" },
    h("div", {}, h(level, level === "h2" ? { id: "view-title", tabindex: -1 } : {}, bdi(c.name)),
      h("p", { class: "quiet" }, economiesOf(c), ` · home economy ${nameOf(c.home_economy)} · edition ${data.edition}`)), actions),
  data.note && h("p", { class: "note in-print" }, data.note),
  h("div", { class: "figures" }, tiles(c), localMap(c)),
  h("div", { class: "columns" }, h("div", {}, fieldTable(c, "patent", most), fieldTable(c, "article", most)), h("div", {}, partnerTable(c, most), linkTable(c, most))),
  h("p", { class: "cite in-print" }, data.citation));
