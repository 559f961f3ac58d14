// Clusters per economy.
import { data, economies } from "../data.js";
import { h, bdi } from "../dom.js";
import { downloadButton } from "../csv.js";
import { counts, nameOf, percents, titled, whole } from "../format.js";
import { address, change } from "../state.js";
import { makeTable, number, sorted, sortOf } from "../table.js";

const COLUMNS = [
  { key: "economy", csv: "economy", label: "Economy", kind: "name", header: true, value: (row) => row.economy, order: (row) => nameOf(row.economy),
    cell: (row) => [h("a", { href: address("ranking", { economy: row.economy }) }, bdi(titled(row.economy)))] },
  number("clusters", "Clusters", whole),
  number("top_clusters", `In the top ${data.top}`, whole),
  number("best_rank", "Best rank", whole, { falling: false }),
  number("patents", "Patents", counts.patent, { kind: "number wide" }),
  number("articles", "Articles", counts.article, { kind: "number wide" }),
  number("score", "Score", percents),
];

export const make = () => {
  let rows = [];
  const table = makeTable({ caption: "Clusters per economy", columns: COLUMNS, onSort: (text) => change({ sort: text }) });
  const download = downloadButton("economies", () => ({ title: "Science and technology clusters per economy", filter: "", columns: COLUMNS, rows }));
  return {
    element: h("section", { class: "card", "aria-labelledby": "view-title" },
      h("div", { class: "heading" }, h("h2", { id: "view-title", tabindex: -1 }, "Economies"), h("div", { class: "buttons" }, download)),
      h("p", { class: "explain" }, "Each cluster counts for its home economy: the one with the largest part of its output. A name leads to the clusters of the economy."),
      table.element),
    title: () => "Economies",
    show: (params) => {
      const sort = sortOf(params.sort, COLUMNS, "best_rank");
      rows = sorted(economies, COLUMNS, sort);
      table.fill(rows, sort);
    },
  };
};
