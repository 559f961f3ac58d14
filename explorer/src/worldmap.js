// A world map of the clusters that zooms: marks sized by score, outlines when near, links of one cluster.
import { clusters } from "./data.js";
import { h, onWidth, svg } from "./dom.js";
import { arc, globe, land, noiseLayer, outlineOf, projection } from "./globe.js";
import { placeLabels } from "./labels.js";
import { byKeyboard, makeTip, under } from "./marks.js";
import { nameOf, counts, percents } from "./format.js";
import { panning } from "./pan.js";

const NEAR = 5, SCREEN = 9000;  // zoom / root of an area in km²: the outline fills a good part of the map
const describe = (c) => [
  c.name, `Rank ${c.rank} · score ${percents(c.score)}`, c.economies.map(nameOf).join(" / "),
  `${counts.patent(c.patents)} patents · ${counts.article(c.articles)} articles`,
];

const makeItems = (group) => {
  const largest = Math.max(1e-12, ...clusters.map((c) => c.score));
  return clusters.map((cluster, i) => {  // by rank: a smaller mark lies over a larger one
    const mark = svg("circle", { class: "mark", role: "button", tabindex: i ? -1 : 0, "aria-label": describe(cluster).join(", "), "data-id": cluster.cluster_id });
    group.append(mark);
    const [x, y] = projection([cluster.lon, cluster.lat]);
    return { cluster, mark, x, y, name: cluster.name, part: Math.sqrt(cluster.score / largest), shown: true, linked: true };
  });
};

const zoomButtons = (scale, whole) => {
  const button = (name, text, click) => h("button", { type: "button", "aria-label": name, title: name, onclick: click }, text);
  return h("div", { class: "zoom" }, button("Zoom in", "+", () => scale(1.8)), button("Zoom out", "−", () => scale(1 / 1.8)), button("Whole world", "⤢", whole));
};

/** The outlines, made when they are first near enough to be seen. */
const outlineLayer = (items) => {
  const group = svg("g", { class: "shapes" }), shapes = new Map();
  return {
    group,
    show: (near, chosen) => {
      for (const item of near && !shapes.size ? items : []) {
        const shape = svg("path", { class: "outline", d: outlineOf(item.cluster) });
        group.append(shape);
        shapes.set(item, shape);
      }
      for (const [item, shape] of shapes) shape.classList.toggle("chosen", item === chosen);
      group.setAttribute("display", near ? "inline" : "none");
    },
  };
};

const placeMarks = (items, pan, near) => {
  const { width, height } = pan.state, size = Math.max(8, Math.min(26, width / 38));
  for (const item of items) {
    [item.sx, item.sy] = pan.place(item.x, item.y);
    item.r = Math.max(2.2, item.part * size * (near ? 0.6 : 1));
    const away = item.sx < -30 || item.sy < -30 || item.sx > width + 30 || item.sy > height + 30;
    item.mark.setAttribute("display", away ? "none" : "inline");
    if (away) continue;
    for (const [name, value] of [["cx", item.sx], ["cy", item.sy], ["r", item.r]]) item.mark.setAttribute(name, value.toFixed(1));
  }
};

/** Tip, click and keyboard of the marks; `point(null)` hides the tip, `again()` puts it where its mark is now. */
const pointing = (root, items, tip, pan, choose) => {
  let pointed = null;
  const again = () => { if (pointed) tip.show(pointed, describe(pointed.cluster), pan.state.width, pan.state.height); };
  const point = (item) => {
    if (pointed === item) return;
    pointed?.mark.classList.remove("pointed");
    pointed = item;
    tip.hide();
    item?.mark.classList.add("pointed");
    again();
  };
  const at = (event, reach) => { const box = root.getBoundingClientRect(); return under(items, event.clientX - box.left, event.clientY - box.top, reach); };
  root.addEventListener("pointermove", (event) => { if (!event.buttons) point(at(event, 5)); });
  root.addEventListener("pointerleave", () => point(null));
  root.addEventListener("click", (event) => { const item = at(event, 8); if (item && !event.defaultPrevented) choose(item); });
  return { point, again };
};

/** The map: `element` and what can be done with it. `onChoose(cluster)`; `onMove([lon, lat, zoom])` after a move. */
export const worldMap = ({ label, onChoose, onMove = () => {} }) => {
  const base = globe(), arcs = svg("g", { class: "arcs" }), group = svg("g", { class: "marks" }), labels = svg("g", { class: "labels", "aria-hidden": "true" });
  const keys = "Arrow keys: next cluster by rank; Enter: choose; plus and minus: zoom.";
  const root = svg("svg", { role: "group", "aria-label": `${label} ${keys}` }, base, group, labels);
  const items = makeItems(group), outlines = outlineLayer(items), tip = makeTip(), choose = (item) => onChoose(item.cluster);
  const pan = panning(root, { onView: (held) => { if (held) point(null); redraw(); }, onMoved: onMove });
  const buttons = zoomButtons(pan.scale, pan.whole), element = h("div", { class: "frame" }, root, buttons, tip.element);
  const { point, again } = pointing(root, items, tip, pan, choose);
  let chosen = null, waiting = false, labelled = true, fine = false;
  base.append(outlines.group, arcs);

  const writeLabels = () => {
    const { width, height } = pan.state, rows = items.filter((item) => item.shown && item.linked && item !== chosen);
    for (const item of items) item.first = item === chosen || item.cluster.rank <= 3;
    const taken = [[0, height - buttons.offsetHeight - 12, buttons.offsetWidth + 12, height]], wanted = chosen?.shown ? [chosen, ...rows] : rows;
    labels.replaceChildren(...(labelled ? placeLabels(wanted, width, height, Math.max(3, Math.round(width / 60)), taken) : []));
  };
  const draw = () => {
    const { k } = pan.state.view, near = k >= NEAR;
    waiting = false;
    outlines.show(near, chosen);
    if (near !== fine) base.querySelector(".land").setAttribute("d", land(fine = near));
    root.classList.toggle("near", k > 1.001);
    root.dataset.zoom = k.toFixed(2);
    base.setAttribute("transform", pan.transform());
    placeMarks(items, pan, near);
    writeLabels();
    again();
  };
  const redraw = () => { if (!waiting) { waiting = true; requestAnimationFrame(draw); } };
  const into = ({ sx, sy, x, y }) => {
    const { width, height, view } = pan.state;
    if (sx < 12 || sx > width - 12 || sy < 12 || sy > height - 12) { pan.centre([x, y], view.k); draw(); }
  };
  const zoomKeys = { "+": () => pan.scale(1.6), "=": () => pan.scale(1.6), "-": () => pan.scale(1 / 1.6), 0: pan.whole };
  const keyboard = byKeyboard(group, items, { point, choose, before: into, other: (key) => (Object.hasOwn(zoomKeys, key) ? (zoomKeys[key](), true) : false) });
  onWidth(element, (width) => { pan.resize(width); draw(); });
  return {
    element, noise: noiseLayer,
    /** Only these clusters keep their marks in full. */
    show: (some) => {
      const kept = new Set(some);
      for (const item of items) { item.shown = kept.has(item.cluster); item.mark.classList.toggle("left-out", !item.shown); }
      keyboard.first();
      redraw();
    },
    choose: (cluster) => {
      chosen?.mark.classList.remove("chosen");
      chosen = items.find((item) => item.cluster === cluster) ?? null;
      chosen?.mark.classList.add("chosen");
      redraw();
    },
    /** Great circles from the chosen cluster to others ({other, size}: the part of the widest); null: none. */
    links: (some) => {
      const ends = new Set(some?.map((link) => link.other));
      for (const item of items) { item.linked = !some || item === chosen || ends.has(item.cluster); item.mark.classList.toggle("unlinked", !item.linked); }
      arcs.replaceChildren(...(some ?? []).toReversed().map(({ other, size }) => svg("path", { class: "arc", d: arc(chosen.cluster, other), "stroke-width": (0.6 + 3.4 * size).toFixed(2) })));
      redraw();
    },
    /** A layer under the marks, shown or not. */
    layer: (name, made) => {
      base.querySelector(`[data-layer=${name}]`)?.remove();
      if (made) { made.dataset.layer = name; base.insertBefore(made, outlines.group); }
    },
    fly: (cluster) => pan.go(projection([cluster.lon, cluster.lat]), SCREEN / Math.sqrt(Math.max(60, cluster.area_km2)), true),
    at: (place) => pan.go(place && projection([place[0], place[1]]), place?.[2]),
    label: (on) => { labelled = on; redraw(); },
  };
};
