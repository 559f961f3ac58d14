// Collaboration: every cluster's foreign share, patents against articles, and the links of one cluster on the map.
import { clusterOf, linksOf } from "../data.js";
import { bdi, h } from "../dom.js";
import { linkTable } from "../brief.js";
import { COLLABORATION, downloaded } from "../columns.js";
import { clusterId, downloadButton } from "../csv.js";
import { filterControls, filterText, matching } from "../filter.js";
import { address, change, read } from "../state.js";
import { scatter } from "../scatter.js";
import { makeTable, sorted, sortOf } from "../table.js";
import { worldMap } from "../worldmap.js";
import { segments } from "./fields.js";

const DRAWN = 60;
const COUNTS = { both: (link) => link.patents + link.articles, patent: (link) => link.patents, article: (link) => link.articles };
const linkCsv = [
  { csv: "cluster", value: (link) => link.other?.name ?? "outside every cluster" }, { csv: "cluster_id", value: (link) => clusterId(link.other) },
  { csv: "patents", value: (link) => link.patents }, { csv: "articles", value: (link) => link.articles },
];

const linksPart = () => {
  const kinds = segments("Links of", [["both", "Both"], ["patent", "Patents"], ["article", "Articles"]], (kind) => change({ kind: kind === "both" ? "" : kind }));
  const map = worldMap({ label: "Links of the chosen cluster on a world map.", onChoose: (c) => change({ cluster: c.cluster_id }) });
  const title = h("h3", { id: "links-title" }), hint = h("p", { class: "explain" }), table = h("div", {});
  let chosen = null;
  const download = downloadButton("links", () => ({ title: `Science and technology clusters, links of ${chosen.name}`, filter: `cluster ${clusterId(chosen)}`, columns: linkCsv, rows: linksOf(chosen) }), "Download links");
  const brief = h("a", { class: "button plain" }, "Open its brief");
  const buttons = h("div", { class: "buttons" }, download, brief);
  const element = h("section", { class: "card", "aria-labelledby": "links-title" }, h("div", { class: "heading" }, title, buttons), hint,
    h("div", { class: "controls links-of" }, kinds.element), h("div", { class: "links" }, map.element, table));
  return { element, show: (cluster, kind) => {
    kinds.set(kind);
    map.choose(cluster);
    const size = COUNTS[kind], links = cluster ? linksOf(cluster).filter((link) => link.other && size(link) > 0).sort((a, b) => size(b) - size(a)).slice(0, DRAWN) : null;
    const largest = links?.length ? size(links[0]) : 1;
    map.links(links && links.map((link) => ({ other: link.other, size: size(link) / largest })));
    if (cluster && chosen === cluster) return;
    chosen = cluster;
    title.replaceChildren(...(cluster ? ["Links of ", bdi(cluster.name)] : ["Links of one cluster"]));
    hint.textContent = cluster ? `The ${DRAWN} strongest links to other clusters; the width of a line is by the number of documents shared.` : "Choose a cluster in the table, in the chart or on this map.";
    buttons.hidden = !cluster;
    if (cluster) brief.href = address("cluster", { id: cluster.cluster_id });
    table.replaceChildren(...(cluster ? [linkTable(cluster, 8, "h4")] : []));
  } };
};

export const make = () => {
  const filter = filterControls(), choose = (c) => change({ cluster: c.cluster_id }), chart = scatter(choose), links = linksPart();
  let rows = [], chosen = null;
  const name = { ...COLLABORATION[1], cell: (c) => [h("button", { type: "button", class: "link", "aria-pressed": String(c === chosen), onclick: () => choose(c) }, bdi(c.name))] };
  const columns = [COLLABORATION[0], name, ...COLLABORATION.slice(2)];
  const table = makeTable({ caption: "Foreign collaboration of the clusters", columns, onSort: (text) => change({ sort: text }), idOf: (c) => c.cluster_id, rowClass: (c) => (c === chosen ? "chosen" : "") });
  const download = downloadButton("collaboration", () => ({ title: "Science and technology clusters, foreign collaboration", filter: filterText(read().params), columns: downloaded(columns), rows }));
  const none = h("p", { class: "quiet none" }, "No cluster matches.");
  const missing = chart.missing ? ` ${chart.missing} clusters without patents or without articles are not on the chart.` : "";
  return {
    element: h("div", { class: "stack" },
      h("section", { class: "card", "aria-labelledby": "view-title" },
        h("div", { class: "heading" }, h("h2", { id: "view-title", tabindex: -1 }, "Collaboration"), h("div", { class: "buttons" }, download)),
        h("p", { class: "explain" }, `Foreign is a document with a person in the cluster and another person in an economy that is not the cluster’s home. Documents are counted whole.${missing}`),
        filter.element, h("div", { class: "halves" }, chart.element, h("div", { class: "tall" }, table.element, none))),
      links.element),
    title: () => "Collaboration",
    show: (params) => {
      const shown = matching(params), sort = sortOf(params.sort, columns, "rank");
      const focused = table.table.contains(document.activeElement) ? document.activeElement.closest("tr")?.dataset.id : null;
      chosen = clusterOf.get(params.cluster) ?? null;
      rows = sorted(shown, columns, sort);
      filter.set(params, shown.length);
      table.fill(rows, sort);
      none.hidden = rows.length > 0;
      chart.show(shown);
      chart.choose(chosen);
      links.show(chosen, Object.hasOwn(COUNTS, params.kind ?? "") ? params.kind : "both");
      if (focused) table.table.querySelector(`tr[data-id="${focused}"] button`)?.focus();
    },
  };
};
