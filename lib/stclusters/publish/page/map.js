"use strict";
// The map: Equal Earth projection (Savric, Patterson and Jenny 2018), marks sized by score, outlines when near.
function makeMap(frame, tip, clusters, outlines, coast, describe, choose) {
  const SVG = "http://www.w3.org/2000/svg", ROOT3 = Math.sqrt(3) / 2, WIDE = 1000, UNIT = WIDE / 5.4133;
  const NORTH = 82, SOUTH = -57, NEAR = 5, FURTHEST = 500;
  const make = (name, kind, parent) => {
    const element = document.createElementNS(SVG, name);
    element.setAttribute("class", kind);
    return parent.appendChild(element);
  };
  const project = (lon, lat) => {
    const t = Math.asin(ROOT3 * Math.sin(lat * Math.PI / 180)), t2 = t * t, t6 = t2 * t2 * t2;
    const x = lon * Math.PI / 180 * Math.cos(t) / (ROOT3 * (1.340264 - 0.243318 * t2 + t6 * (0.006251 + 0.034164 * t2)));
    return [UNIT * x + WIDE / 2, -UNIT * t * (1.340264 - 0.081106 * t2 + t6 * (0.000893 + 0.003796 * t2))];
  };
  const drawn = (lines, parts) => lines.map((line) => {
    let x = 0, y = 0, path = "";
    for (let i = 0; i < line.length; i += 2) {
      x += line[i]; y += line[i + 1];
      const place = project(x / parts, y / parts);
      path += (i ? "L" : "M") + place[0].toFixed(parts > 100 ? 3 : 2) + " " + place[1].toFixed(parts > 100 ? 3 : 2);
    }
    return path;
  }).join("");

  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", "World map of the clusters. Arrow keys: next cluster by rank; Enter: choose; plus and minus: zoom.");
  frame.prepend(svg);
  const globe = make("g", "globe", svg), marks = make("g", "marks", svg), labels = make("g", "labels", svg);
  labels.setAttribute("aria-hidden", "true");
  make("path", "land", globe).setAttribute("d", drawn(coast, 100));
  const shapes = make("g", "shapes", globe), shapeOf = new Map(), items = new Map();
  const largest = Math.max(1e-12, ...clusters.slice(0, 1).map((c) => c.score));
  const order = clusters.map((cluster) => {  // by rank: a smaller mark lies over a larger one
    const mark = make("circle", "mark", marks), [x, y] = project(cluster.lon, cluster.lat);
    mark.setAttribute("role", "button");
    mark.setAttribute("tabindex", "-1");
    mark.setAttribute("aria-label", describe(cluster).join(", "));
    mark.dataset.id = cluster.id;
    const item = { cluster, mark, x, y, part: Math.sqrt(cluster.score / largest), shown: true };
    items.set(cluster.id, item);
    return item;
  });
  if (order.length) order[0].mark.setAttribute("tabindex", "0");
  let width = 0, height = 0, fit = 1, k = 1, left = 0, top = 0, chosen = null, pointed = null, waiting = false;

  const bounds = () => {
    k = Math.min(Math.max(k, fit), fit * FURTHEST);
    const north = project(0, NORTH)[1], south = project(0, SOUTH)[1], tall = (south - north) * k;
    left = WIDE * k <= width ? (width - WIDE * k) / 2 : Math.min(0, Math.max(width - WIDE * k, left));
    const low = height - south * k, high = -north * k;
    top = tall <= height ? (low + high) / 2 : Math.min(high, Math.max(low, top));
  };
  const draw = () => {
    waiting = false;
    const near = k / fit >= NEAR, size = Math.max(9, Math.min(20, width / 38));
    if (near && !shapeOf.size) for (const item of order) {
      const shape = make("path", "outline", shapes);
      shape.setAttribute("d", drawn(outlines[item.cluster.id] || [], 1000) || "M0 0");
      shape.classList.toggle("chosen", item === chosen);
      shapeOf.set(item, shape);
    }
    shapes.setAttribute("display", near ? "inline" : "none");
    svg.classList.toggle("near", k > fit * 1.001);
    svg.dataset.zoom = (k / fit).toFixed(2);
    globe.setAttribute("transform", `translate(${left} ${top}) scale(${k})`);
    for (const item of order) {
      item.sx = item.x * k + left; item.sy = item.y * k + top;
      item.r = Math.max(2.2, item.part * size * (near ? 0.6 : 1));
      const away = item.sx < -30 || item.sy < -30 || item.sx > width + 30 || item.sy > height + 30;
      item.mark.setAttribute("display", away ? "none" : "inline");
      if (away) continue;
      item.mark.setAttribute("cx", item.sx.toFixed(1)); item.mark.setAttribute("cy", item.sy.toFixed(1));
      item.mark.setAttribute("r", item.r.toFixed(1));
    }
    writeLabels();
    if (pointed) showTip(pointed);
  };
  const redraw = () => { if (!waiting) { waiting = true; requestAnimationFrame(draw); } };
  const writeLabels = () => {  // the best ranks in view whose names have room
    const buttons = frame.querySelector(".zoom");
    const taken = [[0, height - buttons.offsetHeight - 12, buttons.offsetWidth + 12, height]], texts = [];
    const large = order.filter((item) => item.shown && item.r > 5), most = width < 420 ? 20 : 26;
    const meets = (box, other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1];
    const round = (item) => [item.sx - item.r, item.sy - item.r, item.sx + item.r, item.sy + item.r];
    const rows = chosen && chosen.shown ? [chosen, ...order] : order;
    for (const item of rows) {
      if (texts.length >= Math.max(3, Math.round(width / 65))) break;
      if (!item.shown || item.sx < 0 || item.sy < 8 || item.sx > width || item.sy > height - 8 || (item === chosen && texts.length)) continue;
      const name = item.cluster.name, text = name.length > most ? name.slice(0, most - 1) + "…" : name;
      const long = text.length * 7 + 4, gap = item.r + 3;
      const sides = [[gap, 0, "start"], [-gap, 0, "end"], [0, gap + 8, "middle"], [0, -gap - 8, "middle"]];
      const tries = sides.map((side) => [...side, true]);
      if (item.cluster.rank <= 3 || item === chosen) tries.push(...sides.reverse().map((side) => [...side, false]));
      for (const [x, y, anchor, clear] of tries) {
        const from = item.sx + x - long * { start: 0, middle: 0.5, end: 1 }[anchor];
        const box = [from, item.sy + y - 8, from + long, item.sy + y + 8];
        if (from < 2 || box[2] > width - 2 || taken.some((other) => meets(box, other))) continue;
        if (clear && large.some((other) => other !== item && meets(box, round(other)))) continue;
        taken.push(box);
        texts.push([text, item.sx + x, item.sy + y + 4, anchor]);
        break;
      }
    }
    labels.replaceChildren(...texts.map(([text, x, y, anchor]) => {
      const label = document.createElementNS(SVG, "text");
      label.setAttribute("class", "label"); label.setAttribute("text-anchor", anchor);
      label.setAttribute("x", x.toFixed(1)); label.setAttribute("y", y.toFixed(1));
      label.textContent = text;
      return label;
    }));
  };
  const showTip = (item) => {
    const [name, ...lines] = describe(item.cluster), title = document.createElement("b");
    const inner = title.appendChild(document.createElement("bdi"));
    inner.textContent = name;
    tip.replaceChildren(title, ...lines.map((line) => Object.assign(document.createElement("div"), { textContent: line })));
    tip.hidden = false;
    const x = item.sx + tip.offsetWidth + 16 > width ? item.sx - tip.offsetWidth - 12 : item.sx + 12;
    const y = Math.min(Math.max(4, item.sy - tip.offsetHeight - 10), height - tip.offsetHeight - 4);
    tip.style.transform = `translate(${Math.max(4, x)}px, ${y}px)`;
  };
  const point = (item) => {
    if (pointed === item) return;
    if (pointed) pointed.mark.classList.remove("pointed");
    pointed = item;
    tip.hidden = true;
    if (item) { item.mark.classList.add("pointed"); showTip(item); }
  };
  const zoom = (by, x = width / 2, y = height / 2) => {
    const before = k;
    k = Math.min(Math.max(k * by, fit), fit * FURTHEST);
    left = x - (x - left) * k / before; top = y - (y - top) * k / before;
    bounds(); redraw();
  };
  const into = (item) => {  // the mark comes into view; the zoom stays
    if (item.sx < 12 || item.sx > width - 12 || item.sy < 12 || item.sy > height - 12) {
      left = width / 2 - item.x * k; top = height / 2 - item.y * k;
      bounds(); draw();
    }
  };
  const at = (event) => { const box = svg.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  const under = (x, y, reach) => {
    let best = null, least = Infinity;
    for (const item of order) {
      const gap = Math.hypot(item.sx - x, item.sy - y) - item.r;
      if (item.shown && gap < reach && (gap < least || (gap <= 0 && least <= 0))) { best = item; least = gap; }
    }
    return best;
  };

  const fingers = new Map();
  let moved = 0, spread = 0;
  svg.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, at(event));
    moved = fingers.size > 1 ? 99 : 0; spread = 0;
  });
  svg.addEventListener("pointermove", (event) => {
    const [x, y] = at(event), last = fingers.get(event.pointerId);
    if (!last) return point(under(x, y, 5));
    moved += Math.abs(x - last[0]) + Math.abs(y - last[1]);
    fingers.set(event.pointerId, [x, y]);
    if (fingers.size === 2) {
      const [a, b] = [...fingers.values()], gap = Math.hypot(a[0] - b[0], a[1] - b[1]);
      if (spread) zoom(gap / spread, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
      spread = gap;
    } else if (moved > 4) {
      if (!svg.hasPointerCapture(event.pointerId)) svg.setPointerCapture(event.pointerId);
      svg.classList.add("held"); point(null);
      left += x - last[0]; top += y - last[1];
      bounds(); redraw();
    }
  });
  const release = (event) => { fingers.delete(event.pointerId); spread = 0; svg.classList.remove("held"); };
  svg.addEventListener("pointerup", release);
  svg.addEventListener("pointercancel", release);
  svg.addEventListener("pointerleave", () => point(null));
  svg.addEventListener("click", (event) => {
    const item = moved > 4 ? null : under(...at(event), 8);
    if (item) choose(item.cluster.id);
  });
  svg.addEventListener("dblclick", (event) => zoom(2.5, ...at(event)));
  svg.addEventListener("wheel", (event) => {
    if (event.deltaY > 0 && k <= fit * 1.001) return;  // the whole world is shown: the page scrolls
    event.preventDefault();
    zoom(Math.exp(-Math.max(-300, Math.min(300, event.deltaY * (event.deltaMode ? 30 : 1))) / 350), ...at(event));
  }, { passive: false });
  const isolate = (item) => {
    for (const other of order) other.mark.setAttribute("tabindex", "-1");
    item.mark.setAttribute("tabindex", "0");
  };
  marks.addEventListener("focusin", (event) => {
    const item = items.get(event.target.dataset.id);
    if (event.target.matches(":focus-visible")) { into(item); point(item); }
  });
  marks.addEventListener("focusout", () => point(null));
  marks.addEventListener("keydown", (event) => {
    const shown = order.filter((item) => item.shown), now = shown.indexOf(items.get(event.target.dataset.id));
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step || event.key === "Home") {
      const next = shown[event.key === "Home" ? 0 : Math.min(shown.length - 1, Math.max(0, now + step))];
      next.mark.setAttribute("display", "inline");
      isolate(next); into(next); next.mark.focus();
    } else if (event.key === "Enter" || event.key === " ") choose(event.target.dataset.id);
    else if (event.key === "+" || event.key === "=") zoom(1.6, shown[now].sx, shown[now].sy);
    else if (event.key === "-") zoom(1 / 1.6, shown[now].sx, shown[now].sy);
    else if (event.key === "0") zoom(1e-6);
    else return;
    event.preventDefault();
  });
  new ResizeObserver(() => {
    const before = fit, cx = (width / 2 - left) / k, cy = (height / 2 - top) / k, first = !width;
    width = frame.clientWidth; height = frame.clientHeight;
    fit = width / WIDE;
    k = first ? fit : k / before * fit;
    left = first ? (width - WIDE * k) / 2 : width / 2 - cx * k;
    top = first ? 0 : height / 2 - cy * k;
    bounds(); draw();
  }).observe(frame);

  return {
    zoom,
    world: () => zoom(1e-6),
    choose(id) {
      for (const [item, on] of [[chosen, false], [items.get(id), true]]) {
        if (!item) continue;
        item.mark.classList.toggle("chosen", on);
        item.mark.setAttribute("aria-pressed", String(on));
        if (shapeOf.has(item)) shapeOf.get(item).classList.toggle("chosen", on);
      }
      chosen = items.get(id) || null;
      if (!chosen) return redraw();
      isolate(chosen);
      if (width) { into(chosen); draw(); }
    },
    fly(id) {  // near enough that the outline fills a third of the map
      const item = items.get(id);
      k = Math.min(fit * FURTHEST, fit * Math.max(NEAR * 2, 6500 / Math.max(30, Math.sqrt(item.cluster.area_km2) * 1.6)));
      left = width / 2 - item.x * k; top = height / 2 - item.y * k;
      bounds(); redraw();
    },
    show(ids) {
      for (const item of order) {
        item.shown = ids.has(item.cluster.id);
        item.mark.classList.toggle("left-out", !item.shown);
      }
      const first = chosen && chosen.shown ? chosen : order.find((item) => item.shown);
      if (first) isolate(first);
      point(null); redraw();
    },
  };
}
