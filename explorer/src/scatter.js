// Every cluster's foreign share: patents across, articles up, the area of a mark by score.
import { scaleLinear } from "d3-scale";
import { clusters } from "./data.js";
import { h, onWidth, svg } from "./dom.js";
import { share, whole } from "./format.js";
import { placeLabels } from "./labels.js";
import { byKeyboard, makeTip, under } from "./marks.js";

const describe = (c) => [
  c.name, `Patents: ${share(c.foreign.patent.share)} foreign (${whole(c.foreign.patent.foreign)} of ${whole(c.foreign.patent.documents)})`,
  `Articles: ${share(c.foreign.article.share)} foreign (${whole(c.foreign.article.foreign)} of ${whole(c.foreign.article.documents)})`,
];
const LEFT = 52, RIGHT = 16, TOP = 34, UNDER = 46;

/** The scatter: `element`, `show(clusters)`, `choose(cluster)`. A cluster without documents of a kind is not on it. */
export const scatter = (onChoose) => {
  const placed = clusters.filter((c) => c.foreign.patent.share !== null && c.foreign.article.share !== null);
  const largest = Math.max(1e-12, ...placed.map((c) => c.score));
  const axes = svg("g", { class: "axes", "aria-hidden": "true" }), group = svg("g", { class: "marks" }), labels = svg("g", { class: "labels", "aria-hidden": "true" });
  const root = svg("svg", { role: "group", "aria-label": "Foreign share of every cluster: patents across, articles up. Arrow keys: next cluster by rank; Enter: choose." }, axes, group, labels);
  const tip = makeTip(), element = h("div", { class: "frame chart" }, root, tip.element);
  const items = placed.map((c, i) => {
    const mark = svg("circle", { class: "mark", role: "button", tabindex: i ? -1 : 0, "aria-label": describe(c).join(", "), "data-id": c.cluster_id });
    group.append(mark);
    return { cluster: c, mark, name: c.name, part: Math.sqrt(c.score / largest), shown: true };
  });
  let width = 0, height = 0, chosen = null, pointed = null;
  const most = (kind) => Math.min(1, Math.max(0.05, ...placed.map((c) => c.foreign[kind].share)) * 1.05);
  const draw = () => {
    if (!width) return;
    const x = scaleLinear([0, most("patent")], [LEFT, width - RIGHT]).nice(5), y = scaleLinear([0, most("article")], [height - UNDER, TOP]).nice(5);
    const percent = (value) => `${Math.round(100 * value)} %`;
    axes.replaceChildren(
      ...x.ticks(width < 500 ? 4 : 7).flatMap((t) => [svg("path", { class: "tick", d: `M${x(t)} ${TOP}V${height - UNDER}` }), svg("text", { x: x(t), y: height - UNDER + 18, "text-anchor": "middle" }, percent(t))]),
      ...y.ticks(6).flatMap((t) => [svg("path", { class: "tick", d: `M${LEFT} ${y(t)}H${width - RIGHT}` }), svg("text", { x: LEFT - 8, y: y(t) + 4, "text-anchor": "end" }, percent(t))]),
      svg("text", { class: "axis", x: width - RIGHT, y: height - 6, "text-anchor": "end" }, "Patents with a person abroad →"),
      svg("text", { class: "axis", x: 4, y: 12 }, "↑ Articles with a person abroad"));
    for (const item of items) {
      const { patent, article } = item.cluster.foreign;
      item.sx = x(patent.share); item.sy = y(article.share); item.r = Math.max(3, item.part * Math.max(9, Math.min(22, width / 40)));
      item.first = item === chosen;
      for (const [name, value] of [["cx", item.sx], ["cy", item.sy], ["r", item.r]]) item.mark.setAttribute(name, value.toFixed(1));
    }
    const rows = items.filter((item) => item.shown && item !== chosen);
    labels.replaceChildren(...placeLabels(chosen?.shown ? [chosen, ...rows] : rows, width - RIGHT, height - UNDER, Math.max(4, Math.round(width / 50))));
  };
  const point = (item) => {
    if (pointed === item) return;
    pointed?.mark.classList.remove("pointed");
    pointed = item;
    tip.hide();
    if (item) { item.mark.classList.add("pointed"); tip.show(item, describe(item.cluster), width, height); }
  };
  const at = (event, reach) => { const box = root.getBoundingClientRect(); return under(items, event.clientX - box.left, event.clientY - box.top, reach); };
  root.addEventListener("pointermove", (event) => point(at(event, 5)));
  root.addEventListener("pointerleave", () => point(null));
  root.addEventListener("click", (event) => { const item = at(event, 8); if (item) onChoose(item.cluster); });
  const keyboard = byKeyboard(group, items, { point, choose: (item) => onChoose(item.cluster) });
  onWidth(element, (now) => { width = now; height = Math.round(Math.max(300, Math.min(520, width * 0.62))); root.setAttribute("height", height); draw(); });
  return {
    element, missing: clusters.length - placed.length,
    show: (some) => {
      const kept = new Set(some);
      for (const item of items) { item.shown = kept.has(item.cluster); item.mark.classList.toggle("left-out", !item.shown); }
      keyboard.first();
      draw();
    },
    choose: (cluster) => {
      chosen?.mark.classList.remove("chosen");
      chosen = items.find((item) => item.cluster === cluster) ?? null;
      chosen?.mark.classList.add("chosen");
      draw();
    },
  };
};
