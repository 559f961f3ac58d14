// The ranking: a table that is searched, filtered, sorted and downloaded; what the score is stands beside it.
import { clusters, data, has } from "../data.js";
import { h, bdi } from "../dom.js";
import { downloaded, many, RANKING } from "../columns.js";
import { downloadButton } from "../csv.js";
import { filterControls, filterText, matching } from "../filter.js";
import { percents, whole } from "../format.js";
import { address, change, go, read } from "../state.js";
import { makeTable, sorted, sortOf } from "../table.js";
import { worldMap } from "../worldmap.js";

const PAGE = 250;

const key = (kind, text) => h("span", { class: "nowrap" }, h("span", { class: `key ${kind}`, "aria-hidden": "true" }), text);
const explanation = () => {
  const first = clusters[0];
  return h("section", { class: "card", "aria-labelledby": "score-title" },
    h("h3", { id: "score-title" }, "What the score is"),
    h("p", {}, "A cluster’s percentage of all ", key("patents", "patents"), " in the data plus its percentage of all ", key("articles", "articles"), ", world-wide. A document counts once, shared by its inventors or authors."),
    h("p", { class: "example" }, bdi(first.name), ": ", h("b", {}, `${percents(100 * first.patent_share)} + ${percents(100 * first.article_share)} = ${percents(first.score)}`)),
    has("rank_low") && h("p", {}, "The interval holds the rank in 95 of 100 draws of the documents: where two intervals overlap, the order of the two is not certain."),
    h("p", {}, "The score measures volume, not quality, and takes no account of population. ", h("a", { href: "#about" }, "Method and limits")));
};

export const make = () => {
  const filter = filterControls();
  let rows = [], limit = PAGE, sort;
  const table = makeTable({ caption: "Ranking of the clusters", columns: RANKING, onSort: (text) => change({ sort: text }), idOf: (c) => c.cluster_id });
  const map = worldMap({ label: "World map of the clusters.", onChoose: (c) => go("cluster", { id: c.cluster_id }) });
  const more = h("button", { type: "button", class: "plain", onclick: () => { limit += 500; fill(); } });
  const none = h("p", { class: "quiet none", hidden: true }, "No cluster matches. A cluster is named after its largest cities: your city may lie in one of another name, which the ", h("a", { href: "#map" }, "map"), " shows.");
  const briefs = h("a", { class: "button plain" }, "Print briefs");
  const download = downloadButton("ranking", () => ({
    title: "Science and technology clusters, ranking", filter: filterText(read().params), columns: downloaded(RANKING), rows,
  }));
  const fill = () => {
    table.fill(rows.slice(0, limit), sort);
    more.hidden = rows.length <= limit;
    more.textContent = `Show more of ${whole(rows.length)}`;
  };
  const element = h("div", { class: many ? "split broad" : "split" },
    h("section", { class: many ? "card many" : "card", "aria-labelledby": "view-title" },
      h("div", { class: "heading" }, h("h2", { id: "view-title", tabindex: -1 }, "Ranking"), h("div", { class: "buttons" }, download, briefs)),
      filter.element, table.element, none, h("p", { class: "more" }, more)),
    h("div", { class: "side" }, explanation(),
      h("section", { class: "card overview", "aria-labelledby": "overview-title" },
        h("div", { class: "heading" }, h("h3", { id: "overview-title" }, "Where they are"), h("a", { href: "#map" }, "Open the map")), map.element,
        h("p", { class: "quiet" }, "Area of a mark: score."))));
  return {
    element, title: () => "Ranking",
    show: (params) => {
      const shown = matching(params);
      sort = sortOf(params.sort, RANKING, "rank");
      rows = sorted(shown, RANKING, sort);
      limit = PAGE;
      filter.set(params, shown.length);
      none.hidden = shown.length > 0;
      briefs.href = address("briefs", { q: params.q, economy: params.economy });
      fill();
      map.show(shown);
    },
  };
};

/** What stands in place of every view where there is no cluster. */
export const nothing = () => h("p", { class: "card empty" }, `No cluster reached the threshold of ${data.threshold}.`);
