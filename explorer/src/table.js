// A table that sorts, scrolls in its own region where it is too wide, and is read by keyboard.
import { h } from "./dom.js";
import { collator } from "./format.js";

/** `-score` -> by score, the largest first. */
export const sortOf = (text, columns, otherwise) => {
  const [, minus, key] = /^(-?)(.*)$/.exec(text || otherwise);
  return columns.some((column) => column.key === key && column.value) ? { key, falling: Boolean(minus) } : sortOf(otherwise, columns, otherwise);
};

/** The rows in an order; null comes last, and equal ones stay as they were. */
export const sorted = (rows, columns, { key, falling }) => {
  const { value, order } = columns.find((column) => column.key === key), by = order ?? value, way = falling ? -1 : 1;
  return rows.map((row) => [by(row), row]).sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return way * (typeof a === "string" ? collator.compare(a, b) : a - b);
  }).map(([, row]) => row);
};

/** A column of numbers: key, label and how a value is written; `more` may replace any part. */
export const number = (key, label, format, more = {}) => {
  const value = more.value ?? ((row) => row[key] ?? null);
  return { key, label, csv: key, kind: "number", falling: true, cell: (row) => [format(value(row))], ...more, value };
};

const heading = (column, onSort) => {
  const label = column.head ?? [column.label];
  if (!column.value || !onSort) return h("th", { scope: "col", class: column.kind, title: column.title }, label);
  const button = h("button", { type: "button", title: column.title, onclick: () => onSort(column) }, label);
  return h("th", { scope: "col", class: column.kind, "data-key": column.key }, button);
};

/** A table: `element`, and `fill(rows, sort)`; `onSort` is given the new order as text, without it nothing sorts. */
export const makeTable = ({ caption, columns, onSort, rowClass, idOf }) => {
  let now = { key: "", falling: false };
  const turn = (column) => {
    const falling = now.key === column.key ? !now.falling : Boolean(column.falling);
    onSort(`${falling ? "-" : ""}${column.key}`);
  };
  const body = h("tbody"), head = h("tr", {}, columns.map((column) => heading(column, onSort && turn)));
  const table = h("table", {}, h("caption", { class: "skip" }, caption), h("thead", {}, head), body);
  const element = h("div", { class: "table", role: "region", "aria-label": caption }, table);
  new ResizeObserver(() => {  // a table that is too wide scrolls in its region, and by keyboard too
    const wide = table.offsetWidth > element.clientWidth + 1;
    element.classList.toggle("scrolls", wide);
    if (wide) element.tabIndex = 0; else element.removeAttribute("tabindex");
  }).observe(table);
  const fill = (rows, sort) => {
    now = sort ?? now;
    columns.forEach((column, i) => {
      if (onSort && column.key === now.key) head.cells[i].setAttribute("aria-sort", now.falling ? "descending" : "ascending");
      else head.cells[i].removeAttribute("aria-sort");
    });
    body.replaceChildren(...rows.map((row) => {
      const cells = columns.map((column) => h(column.header ? "th" : "td", { class: column.kind, scope: column.header && "row" }, column.cell(row)));
      return h("tr", { class: rowClass?.(row) || null, "data-id": idOf?.(row) }, cells);
    }));
  };
  return { element, table, fill };
};

/** The first rows of a table, and a button for the rest of them. */
export const foldedTable = (options, rows, most) => {
  const made = makeTable(options);
  made.fill(rows.slice(0, most));
  if (rows.length <= most) return [made.element];
  const button = h("button", { type: "button", class: "plain", onclick: () => { made.fill(rows); button.remove(); } }, `Show all ${rows.length}`);
  return [made.element, h("p", { class: "more" }, button)];
};
