// Search and economy filter of clusters: the same two controls in every view that lists clusters.
import { clusters } from "./data.js";
import { h } from "./dom.js";
import { collator, fold, nameOf, titled, whole } from "./format.js";
import { change } from "./state.js";

const words = clusters.map((c) => fold([c.name, ...c.economies, ...c.economies.map(nameOf)].join(" ")));

/** The clusters that a search and an economy leave, in the order of ranks. */
export const matching = ({ q = "", economy = "" }) => {
  const asked = fold(q).split(/\s+/).filter(Boolean);
  return clusters.filter((c, i) => (!economy || c.economies.includes(economy) || c.home_economy === economy)
    && asked.every((word) => words[i].includes(word)));
};

/** The filter in words; empty where there is none. */
export const filterText = ({ q = "", economy = "" }) =>
  [q && `search “${q}”`, economy && `economy ${titled(economy)}`].filter(Boolean).join(", ");

const options = () => {
  const held = new Map();
  for (const c of clusters) for (const code of new Set([c.home_economy, ...c.economies])) held.set(code, (held.get(code) ?? 0) + 1);
  const named = [...held].sort((a, b) => collator.compare(nameOf(a[0]), nameOf(b[0])));
  return [h("option", { value: "" }, "All economies"), ...named.map(([code, count]) => h("option", { value: code }, `${titled(code)} · ${whole(count)}`))];
};

/** The controls: `element`, and `set(params, shown)`, which puts the state in them. */
export const filterControls = (...more) => {
  const search = h("input", { type: "search", placeholder: "City or economy", autocomplete: "off", spellcheck: "false", oninput: () => change({ q: search.value }) });
  const economy = h("select", { onchange: () => change({ economy: economy.value }) }, options());
  const reset = h("button", { type: "button", class: "plain", onclick: () => { change({ q: "", economy: "" }); search.focus(); } }, "Reset");
  const count = h("p", { class: "count quiet", role: "status" });
  const element = h("form", { class: "controls", role: "search", onsubmit: (event) => event.preventDefault() },
    h("label", { class: "search" }, h("span", {}, "Search"), search), h("label", {}, h("span", {}, "Economy"), economy), reset, ...more, count);
  const set = (params, shown) => {
    if (search.value !== (params.q ?? "")) search.value = params.q ?? "";
    economy.value = params.economy ?? "";
    reset.disabled = !params.q && !params.economy;
    count.textContent = shown === clusters.length ? `${whole(shown)} clusters` : `${whole(shown)} of ${whole(clusters.length)} clusters`;
  };
  return { element, set };
};
