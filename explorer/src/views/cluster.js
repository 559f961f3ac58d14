// One cluster's brief, with the way to the next one, to its fields and to its links.
import { clusterOf, clusters, linksOf, partnersOf } from "../data.js";
import { h } from "../dom.js";
import { brief, fieldRows } from "../brief.js";
import { clusterId, downloadButton } from "../csv.js";
import { address } from "../state.js";

const CSV = ["part", "name", "kind", "documents", "share", "share_of_top"].map((name) => ({ csv: name, value: (row) => row[name] ?? null }));
const csvRows = (c) => [
  ...["rank", "score", "patents", "articles", "patent_share", "article_share", "area_km2", "inventors", "authors"].map((name) => ({ part: "figures", name, documents: c[name] })),
  ...["patent", "article"].flatMap((kind) => [
    { part: "foreign", name: "documents", kind, documents: c.foreign[kind].documents },
    { part: "foreign", name: "foreign_documents", kind, documents: c.foreign[kind].foreign, share: c.foreign[kind].share },
    ...fieldRows(c, kind).map((row) => ({ part: "fields", name: row.field, kind, documents: row.documents, share: row.share, share_of_top: row.top })),
    ...partnersOf(c).map((row) => ({ part: "partner economies", name: row.economy, kind, documents: row[`${kind}s`] })),
    ...linksOf(c).map((row) => ({ part: "linked clusters", name: row.other?.name ?? "outside every cluster", kind, documents: row[`${kind}s`] })),
  ]),
];

const step = (c, label, arrow) => c && h("a", { class: "button plain", href: address("cluster", { id: c.cluster_id }), "aria-label": `${label}: ${c.name}`, title: c.name }, arrow);
const actions = (c) => h("div", { class: "buttons" },
  step(clusters[c.index - 1], "Better rank", "←"), step(clusters[c.index + 1], "Next rank", "→"),
  h("a", { class: "button plain", href: address("fields", { with: c.cluster_id }) }, "Compare fields"),
  h("a", { class: "button plain", href: address("collaboration", { cluster: c.cluster_id }) }, "Links on the map"),
  downloadButton("cluster", () => ({ title: `Science and technology clusters, ${c.name}`, filter: `cluster ${clusterId(c)}`, columns: CSV, rows: csvRows(c) })),
  h("button", { type: "button", class: "plain", onclick: () => print() }, "Print"));

export const make = () => {
  const element = h("div", {});
  let last = null;
  const find = (params) => clusterOf.get(params.id) ?? clusters[0];
  return {
    element, title: (params) => find(params).name,
    show: (params) => {
      const c = find(params);
      if (c === last) return;
      last = c;
      element.replaceChildren(brief(c, { actions: actions(c) }));
    },
  };
};
