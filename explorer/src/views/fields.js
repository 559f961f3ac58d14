// Fields: those of the top clusters together, and any two to four clusters side by side.
import { clusterOf, clusters, data, fieldsOf, KINDS, topFields } from "../data.js";
import { bar, bdi, h } from "../dom.js";
import { downloadButton } from "../csv.js";
import { counts, cut, fieldName, share, whole } from "../format.js";
import { address, change, read } from "../state.js";
import { makeTable, number, sorted, sortOf } from "../table.js";

const SIDES = 4;
const kindOf = (params) => (KINDS.includes(params.kind) ? params.kind : data.fields.patent.names.length || !data.fields.article.names.length ? "patent" : "article");
const chosenOf = (params) => [...new Set((params.with ?? "").split("_"))].map((id) => clusterOf.get(id)).filter(Boolean).slice(0, SIDES);

const barred = (key, label, title, value, largest, kind) => number(key, label, share, {
  csv: key, title, value, kind: "barred", cell: (row) => [bar([`${kind}s`, 100 * (value(row) ?? 0) / largest]), h("span", {}, share(value(row)))],
});
/** Per field the cluster with the most documents of it. */
const leaders = (kind) => {
  const best = new Map();
  for (const cluster of clusters) for (const [field, { documents }] of fieldsOf(cluster, kind)) {
    if (documents > (best.get(field)?.documents ?? 0)) best.set(field, { cluster, documents });
  }
  return best;
};
const rowsOf = (kind, chosen) => {
  const top = topFields(kind), own = chosen.map((c) => fieldsOf(c, kind)), best = leaders(kind);
  return data.fields[kind].names.map((name, field) => ({
    name, documents: top.get(field).documents, top: top.get(field).share, own: own.map((each) => each.get(field)?.share ?? 0), best: best.get(field)?.cluster ?? null,
  }));
};
const columnsOf = (kind, chosen, rows) => {
  const largest = Math.max(1e-9, ...rows.flatMap((row) => [row.top, ...row.own]));
  const field = { key: "field", csv: "field", label: "Field", kind: "name", header: true, value: (row) => fieldName(row.name), cell: (row) => [bdi(fieldName(row.name))] };
  const top = [number("documents", kind === "patent" ? "Patents" : "Articles", counts[kind], { kind: "number wide", title: `Of the top ${data.top} together` }),
    barred("top", `Top ${data.top}`, "All together", (row) => row.top, largest, kind)];
  if (chosen.length) {
    return [field, top[1], ...chosen.map((c, i) => ({ ...barred(`c${i + 1}`, c.name, c.name, (row) => row.own[i], largest, kind), csv: c.name, head: [bdi(cut(c.name, 32))] }))];
  }
  return [field, ...top, { key: "best", csv: "largest_cluster", label: "Largest cluster in it", kind: "name wide", value: (row) => row.best?.name ?? "",
    cell: (row) => (row.best ? [h("a", { href: address("cluster", { id: row.best.cluster_id }) }, bdi(row.best.name))] : []) }];
};

/** A choice of one of a few words, of which one is on. */
export const segments = (legend, choices, onChoose) => {
  const inputs = choices.map(([value, label]) => [value, h("input", { type: "radio", name: legend, value, onchange: () => onChoose(value) }), label]);
  return { element: h("fieldset", { class: "segments" }, h("legend", {}, legend), inputs.map(([, input, label]) => h("label", {}, input, h("span", {}, label)))),
    set: (now) => { for (const [value, input] of inputs) input.checked = value === now; } };
};

export const make = () => {
  const kinds = segments("Documents", [["patent", "Patents"], ["article", "Articles"]], (kind) => change({ kind, sort: "" }));
  const selects = Array.from({ length: SIDES }, (_, i) => h("select", { onchange: () => change({ with: selects.map((s) => s.value).filter(Boolean).join("_"), sort: "" }) },
    h("option", { value: "" }, i ? "–" : "Choose a cluster"), clusters.map((c) => h("option", { value: c.cluster_id }, `${whole(c.rank)} · ${cut(c.name, 50)}`))));
  const explain = h("p", { class: "explain" }), place = h("div", {}), none = h("p", { class: "quiet none" }, "The sources tell no field of these documents.");
  let now = { columns: [], rows: [], chosen: [] };
  const download = downloadButton("fields", () => ({
    title: "Science and technology clusters, fields", columns: now.columns, rows: now.rows,
    filter: [`${kindOf(read().params)}s`, ...now.chosen.map((c) => c.name)].join(", "),
  }));
  return {
    element: h("section", { class: "card", "aria-labelledby": "view-title" },
      h("div", { class: "heading" }, h("h2", { id: "view-title", tabindex: -1 }, "Fields"), h("div", { class: "buttons" }, download)), explain,
      h("form", { class: "controls", onsubmit: (event) => event.preventDefault() }, kinds.element,
        selects.map((select, i) => h("label", {}, h("span", {}, `Compare ${i + 1}`), select))), place, none),
    title: () => "Fields",
    show: (params) => {
      const kind = kindOf(params), chosen = chosenOf(params), rows = rowsOf(kind, chosen), columns = columnsOf(kind, chosen, rows);
      const sort = sortOf(params.sort, columns, "-top");
      now = { columns, chosen, rows: sorted(rows, columns, sort) };
      kinds.set(kind);
      selects.forEach((select, i) => { select.value = chosen[i]?.cluster_id ?? ""; });
      explain.textContent = `Part of the ${kind}s in each field, counted fractionally. ${chosen.length ? "All bars have one scale." : `The top ${whole(data.top)} clusters together; choose two to four clusters to set them side by side.`}`;
      const table = makeTable({ caption: `Fields of the ${kind}s`, columns, onSort: (text) => change({ sort: text }) });
      table.fill(now.rows, sort);
      const focused = place.contains(document.activeElement) ? document.activeElement.closest("th")?.dataset.key : null;
      place.replaceChildren(table.element);
      if (focused) place.querySelector(`th[data-key="${focused}"] button`)?.focus();
      none.hidden = rows.length > 0;
      place.hidden = !rows.length;
    },
  };
};
