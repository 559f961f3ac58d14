// Zooming and moving a world map, by d3-zoom; at the whole world the page scrolls under one finger and the wheel.
import { select } from "d3-selection";
import { zoom as makeZoom, zoomIdentity } from "d3-zoom";
import { BOTTOM, projection, TOP, WIDE } from "./globe.js";

const FURTHEST = 500;

/** The view of `root`: where a projected place is on it. `onView(held)` follows each change, `onMoved(place)` its end. */
export const panning = (root, { onView, onMoved }) => {
  const state = { width: 0, height: 0, fit: 1, view: zoomIdentity };
  let pending = null;
  const oneFinger = (event) => event.type.startsWith("touch") && event.touches.length < 2 && state.view.k <= 1.001;
  const outOfWorld = (event) => event.type === "wheel" && event.deltaY > 0 && state.view.k <= 1.001;
  const zoom = makeZoom().scaleExtent([1, FURTHEST]).clickDistance(4)
    .filter((event) => !event.button && !oneFinger(event) && !outOfWorld(event))
    .on("zoom", (event) => { state.view = event.transform; onView(Boolean(event.sourceEvent) && event.sourceEvent.type !== "wheel"); })
    .on("end", (event) => { if (event.sourceEvent) moved(); });
  const canvas = select(root).call(zoom);
  const moved = () => {
    const { view, fit, width, height } = state, k = view.k * fit;
    const [lon, lat] = projection.invert([(width / 2 - view.x) / k, (height / 2 - view.y) / k + TOP]);
    onMoved(view.k <= 1.001 ? null : [lon.toFixed(2), lat.toFixed(2), view.k.toFixed(1)]);
  };
  const centre = ([x, y], k) => {
    const s = k * state.fit;
    canvas.call(zoom.transform, zoomIdentity.translate(state.width / 2 - x * s, state.height / 2 - (y - TOP) * s).scale(k));
  };
  const whole = () => canvas.call(zoom.transform, zoomIdentity);
  return {
    state, centre,
    place: (x, y) => [x * state.view.k * state.fit + state.view.x, (y - TOP) * state.view.k * state.fit + state.view.y],
    transform: () => { const k = state.view.k * state.fit; return `translate(${state.view.x} ${state.view.y - TOP * k}) scale(${k})`; },
    scale: (by) => { canvas.call(zoom.scaleBy, by); moved(); },
    whole: () => { whole(); moved(); },
    /** Goes to a projected place as soon as the map has a size; null: the whole world. */
    go: (place, k, tell) => {
      const work = () => { if (place) centre(place, Math.min(FURTHEST, k)); else whole(); if (tell) moved(); };
      if (state.width) work(); else pending = work;
    },
    resize: (width) => {
      Object.assign(state, { width, fit: width / WIDE, height: (BOTTOM - TOP) * width / WIDE });
      root.setAttribute("height", state.height.toFixed(0));
      const box = [[0, 0], [width, state.height]];
      zoom.extent(box).translateExtent(box);
      canvas.call(zoom.transform, state.view);
      pending?.();
      pending = null;
    },
  };
};
