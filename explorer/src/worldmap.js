// A world map of the clusters that zooms: marks sized by score, outlines when near, links of one cluster.
import { select } from "d3-selection";
import { zoom as makeZoom, zoomIdentity } from "d3-zoom";
import { clusters } from "./data.js";
import { h, onWidth, svg } from "./dom.js";
import { arc, BOTTOM, globe, land, noiseLayer, outlineOf, projection, TOP, WIDE } from "./globe.js";
import { placeLabels } from "./labels.js";
import { byKeyboard, makeTip, under } from "./marks.js";
import { nameOf, counts, percents } from "./format.js";

const NEAR = 5, FURTHEST = 500;
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

/** The map: `element` and what can be done with it. `onChoose(cluster)`; `onMove([lon, lat, zoom])` after a move. */
export const worldMap = ({ label, onChoose, onMove = () => {} }) => {
  const base = globe(), shapes = svg("g", { class: "shapes" }), arcs = svg("g", { class: "arcs" });
  const group = svg("g", { class: "marks" }), labels = svg("g", { class: "labels", "aria-hidden": "true" });
  const keys = "Arrow keys: next cluster by rank; Enter: choose; plus and minus: zoom.";
  const root = svg("svg", { role: "group", "aria-label": `${label} ${keys}` }, base, group, labels);
  const items = makeItems(group), tip = makeTip(), shapeOf = new Map();
  const button = (name, text, click) => h("button", { type: "button", "aria-label": name, title: name, onclick: click }, text);
  const buttons = h("div", { class: "zoom" }, button("Zoom in", "+", () => scale(1.8)), button("Zoom out", "−", () => scale(1 / 1.8)), button("Whole world", "⤢", () => whole()));
  const element = h("div", { class: "frame" }, root, buttons, tip.element);
  let width = 0, height = 0, fit = 1, view = zoomIdentity, chosen = null, pointed = null, waiting = false, labelled = true, fine = false;
  base.append(shapes, arcs);

  const outlines = () => {
    for (const item of shapeOf.size ? [] : items) {
      const shape = svg("path", { class: item === chosen ? "outline chosen" : "outline", d: outlineOf(item.cluster) });
      shapes.append(shape);
      shapeOf.set(item, shape);
    }
  };
  const draw = () => {
    waiting = false;
    const near = view.k >= NEAR, size = Math.max(8, Math.min(26, width / 38)), k = view.k * fit;
    if (near) outlines();
    if (near !== fine) base.querySelector(".land").setAttribute("d", land(fine = near));
    shapes.setAttribute("display", near ? "inline" : "none");
    root.classList.toggle("near", view.k > 1.001);
    root.dataset.zoom = view.k.toFixed(2);
    base.setAttribute("transform", `translate(${view.x} ${view.y - TOP * k}) scale(${k})`);
    for (const item of items) {
      item.sx = item.x * k + view.x; item.sy = (item.y - TOP) * k + view.y;
      item.r = Math.max(2.2, item.part * size * (near ? 0.6 : 1));
      const away = item.sx < -30 || item.sy < -30 || item.sx > width + 30 || item.sy > height + 30;
      item.mark.setAttribute("display", away ? "none" : "inline");
      if (away) continue;
      item.mark.setAttribute("cx", item.sx.toFixed(1)); item.mark.setAttribute("cy", item.sy.toFixed(1));
      item.mark.setAttribute("r", item.r.toFixed(1));
    }
    writeLabels();
    if (pointed) tip.show(pointed, describe(pointed.cluster), width, height);
  };
  const writeLabels = () => {
    const rows = items.filter((item) => item.shown && item.linked && item !== chosen);
    for (const item of items) item.first = item === chosen || item.cluster.rank <= 3;
    const taken = [[0, height - buttons.offsetHeight - 12, buttons.offsetWidth + 12, height]];
    const wanted = chosen?.shown ? [chosen, ...rows] : rows;
    labels.replaceChildren(...(labelled ? placeLabels(wanted, width, height, Math.max(3, Math.round(width / 60)), taken) : []));
  };
  const redraw = () => { if (!waiting) { waiting = true; requestAnimationFrame(draw); } };
  const point = (item) => {
    if (pointed === item) return;
    pointed?.mark.classList.remove("pointed");
    pointed = item;
    tip.hide();
    if (item) { item.mark.classList.add("pointed"); tip.show(item, describe(item.cluster), width, height); }
  };

  const oneFinger = (event) => event.type.startsWith("touch") && event.touches.length < 2 && view.k <= 1.001;
  const outOfWorld = (event) => event.type === "wheel" && event.deltaY > 0 && view.k <= 1.001;  // then the page scrolls
  const zoom = makeZoom().scaleExtent([1, FURTHEST]).clickDistance(4)
    .filter((event) => !event.button && !oneFinger(event) && !outOfWorld(event))
    .on("zoom", (event) => { view = event.transform; if (event.sourceEvent && event.sourceEvent.type !== "wheel") point(null); redraw(); })
    .on("end", (event) => { if (event.sourceEvent) moved(); });
  const canvas = select(root).call(zoom);
  const moved = () => {
    const k = view.k * fit, [lon, lat] = projection.invert([(width / 2 - view.x) / k, (height / 2 - view.y) / k + TOP]);
    onMove(view.k <= 1.001 ? null : [lon.toFixed(2), lat.toFixed(2), view.k.toFixed(1)]);
  };
  const scale = (by) => { canvas.call(zoom.scaleBy, by); moved(); };
  const whole = () => { canvas.call(zoom.transform, zoomIdentity); moved(); };
  const centre = ([x, y], k) => {
    const s = k * fit;
    canvas.call(zoom.transform, zoomIdentity.translate(width / 2 - x * s, height / 2 - (y - TOP) * s).scale(k));
  };
  const into = (item) => {
    if (item.sx < 12 || item.sx > width - 12 || item.sy < 12 || item.sy > height - 12) { centre([item.x, item.y], view.k); draw(); }
  };
  let pending = null;
  onWidth(element, (now) => {
    width = now; fit = width / WIDE; height = (BOTTOM - TOP) * fit;
    root.setAttribute("height", height.toFixed(0));
    zoom.extent([[0, 0], [width, height]]).translateExtent([[0, 0], [width, height]]);
    canvas.call(zoom.transform, view);
    if (pending) { const go = pending; pending = null; go(); }
    draw();
  });

  root.addEventListener("pointermove", (event) => { if (!event.buttons) { const box = root.getBoundingClientRect(); point(under(items, event.clientX - box.left, event.clientY - box.top, 5)); } });
  root.addEventListener("pointerleave", () => point(null));
  root.addEventListener("click", (event) => {
    const box = root.getBoundingClientRect(), item = under(items, event.clientX - box.left, event.clientY - box.top, 8);
    if (item && !event.defaultPrevented) onChoose(item.cluster);
  });
  const keyboard = byKeyboard(group, items, {
    point, before: into, choose: (item) => onChoose(item.cluster),
    other: (key) => {
      if (key === "+" || key === "=") scale(1.6); else if (key === "-") scale(1 / 1.6); else if (key === "0") whole(); else return false;
      return true;
    },
  });

  const now = (work) => { if (width) work(); else pending = work; };
  return {
    element,
    /** Only these clusters keep their marks in full. */
    show: (some) => {
      const kept = new Set(some);
      for (const item of items) { item.shown = kept.has(item.cluster); item.mark.classList.toggle("left-out", !item.shown); }
      keyboard.first();
      redraw();
    },
    choose: (cluster) => {
      for (const each of [chosen?.mark, shapeOf.get(chosen)]) each?.classList.remove("chosen");
      chosen = items.find((item) => item.cluster === cluster) ?? null;
      for (const each of [chosen?.mark, shapeOf.get(chosen)]) each?.classList.add("chosen");
      redraw();
    },
    /** Great circles from the chosen cluster to others ({other, size}: the part of the widest); null: none. */
    links: (some) => {
      const ends = new Set(some?.map((link) => link.other));
      for (const item of items) { item.linked = !some || item === chosen || ends.has(item.cluster); item.mark.classList.toggle("unlinked", !item.linked); }
      arcs.replaceChildren(...(some ?? []).toReversed().map(({ other, size }) => svg("path", { class: "arc", d: arc(chosen.cluster, other), "stroke-width": (0.6 + 5 * size).toFixed(2) })));
      redraw();
    },
    /** A layer under the marks, shown or not. */
    layer: (name, made) => {
      base.querySelector(`[data-layer=${name}]`)?.remove();
      if (made) { made.dataset.layer = name; base.insertBefore(made, shapes); }
    },
    noise: noiseLayer,
    fly: (cluster) => now(() => {
      const [x, y] = projection([cluster.lon, cluster.lat]), area = Math.max(60, cluster.area_km2);
      centre([x, y], Math.min(FURTHEST, 9000 / Math.sqrt(area)));
      moved();
    }),
    at: (place) => now(() => { if (place) centre(projection([place[0], place[1]]), place[2]); else canvas.call(zoom.transform, zoomIdentity); }),
    label: (on) => { labelled = on; redraw(); },
  };
};
