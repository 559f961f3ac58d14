// The download of what is seen: a CSV file with a header that says source, edition and filter.
import { data } from "./data.js";
import { h } from "./dom.js";
import { hash } from "./state.js";

const FORMULA = /^[=+\-@\t\r\n\0＝＋－＠]/; // a spreadsheet takes a cell that begins so for a formula

/** The id of a cluster as a text that no program takes for a number, as in the published CSV files; null for none. */
export const clusterId = (cluster) => (cluster ? `C${cluster.cluster_id}` : null);

const cell = (value) => {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = Array.isArray(value) ? value.join("/") : String(value);
  return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
};

/** The text of the file: lines of the header, each a cell that begins with #, the names of the columns, the rows. */
export const csvText = (title, filter, columns, rows) => {
  const header = [
    `# ${title}, edition ${data.edition}`, `# Source: ${data.citation}`, data.note && `# Note: ${data.note}`,
    `# Windows: ${data.windows}`, `# Filter: ${filter || "none"}`, `# View: ${hash() || "#ranking"}`,
  ];
  const lines = [
    ...header.filter(Boolean).map((line) => cell(line)),
    columns.map((column) => cell(column.csv)).join(","),
    ...rows.map((row) => columns.map((column) => cell(column.value(row))).join(",")),
  ];
  return `\ufeff${lines.join("\r\n")}\r\n`;
};

/** A button that downloads what `seen` gives: title, filter, columns and rows. */
export const downloadButton = (name, seen, label = "Download CSV") => h("button", {
  type: "button", class: "plain download",
  onclick: () => {
    const { title, filter, columns, rows } = seen();
    const address = URL.createObjectURL(new Blob([csvText(title, filter, columns.filter((c) => c.csv), rows)], { type: "text/csv" }));
    const link = h("a", { href: address, download: `${name}-${data.edition}.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  },
}, label);
