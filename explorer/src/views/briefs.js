// The briefs of many clusters, a printed page each.
import { h } from "../dom.js";
import { brief } from "../brief.js";
import { filterText, matching } from "../filter.js";
import { whole } from "../format.js";

export const make = () => {
  const title = h("h2", { id: "view-title", tabindex: -1 }, "Briefs"), list = h("div", { class: "briefs" }), said = h("p", { class: "quiet" });
  const element = h("div", {}, h("section", { class: "card no-print" }, h("div", { class: "heading" }, title,
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => print() }, "Print"))), said), list);
  let last = null;
  return {
    element, title: () => "Briefs",
    show: (params) => {
      const key = JSON.stringify([params.q, params.economy]);
      if (key === last) return;
      last = key;
      const rows = matching(params);
      said.textContent = `${whole(rows.length)} ${rows.length === 1 ? "cluster" : "clusters"}, a page each${filterText(params) && `: ${filterText(params)}`}. The filter is that of the ranking.`;
      list.replaceChildren(...rows.map((c) => brief(c, { most: 8, level: "h3" })));
    },
  };
};
