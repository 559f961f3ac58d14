// The map: marks and outlines of all clusters, what is outside them as a faint layer, borders from a file of the reader.
import { clusterOf, data } from "../data.js";
import { bdi, h, svg } from "../dom.js";
import { bordersPath } from "../globe.js";
import { filterControls, matching } from "../filter.js";
import { counts, nameOf, percents, whole } from "../format.js";
import { address, change, read } from "../state.js";
import { worldMap } from "../worldmap.js";

const card = (c, fly) => [
  h("h3", {}, bdi(c.name)),
  h("p", {}, `Rank ${whole(c.rank)} · score ${percents(c.score)} · ${c.economies.map(nameOf).join(" / ")} · ${counts.patent(c.patents)} patents · ${counts.article(c.articles)} articles`),
  h("div", { class: "buttons" },
    h("button", { type: "button", onclick: fly }, "Zoom to its outline"),
    h("a", { class: "button", href: address("cluster", { id: c.cluster_id }) }, "Open its brief"),
    h("a", { class: "button plain", href: address("collaboration", { cluster: c.cluster_id }) }, "Whom it works with")),
];

const tick = (label, onchange) => { const box = h("input", { type: "checkbox" }); box.addEventListener("change", () => onchange(box.checked)); return [box, h("label", { class: "tick" }, box, ` ${label}`)]; };

export const make = () => {
  const map = worldMap({
    label: "World map of the clusters.",
    onChoose: (c) => change({ cluster: c.cluster_id }),
    onMove: (place) => { if (read().view === "map") change({ at: place?.join("_") }, true); },
  });
  const [noiseBox, noise] = tick("Outside the clusters", (on) => change({ noise: on ? "1" : "" }));
  const [nameBox, names] = tick("Names", (on) => change({ names: on ? "" : "0" }));
  const detail = h("div", { class: "detail", "aria-live": "polite" });
  const said = h("span", { class: "quiet", role: "status" });
  const file = h("input", { type: "file", accept: ".json,.geojson" });
  file.addEventListener("change", async () => {
    try {
      const path = bordersPath(await file.files[0].text());
      map.layer("borders", svg("path", { class: "borders", d: path }));
      said.textContent = "";
    } catch { said.textContent = "The file is not GeoJSON with lines or polygons."; }
  });
  const borders = h("details", { class: "borders-file" }, h("summary", {}, "Borders"),
    h("p", {}, "Which borders are right is disputed, so the map has none. A GeoJSON file of your own is drawn here; it stays on this computer. ", h("label", {}, h("span", {}, "File of borders "), file), said));
  const filter = filterControls(noise, names);
  let last = "";
  return {
    element: h("section", { class: "card", "aria-labelledby": "view-title" },
      h("div", { class: "heading" }, h("h2", { id: "view-title", tabindex: -1 }, "Map"), h("p", { class: "quiet" }, "Area of a mark: score. Outlines show when you zoom in.")),
      filter.element, map.element, detail,
      h("p", { class: "quiet legend" }, h("span", { class: "key noise-key", "aria-hidden": "true" }),
        ` Outside the clusters: inventor and author addresses by cells of ${data.noise.step}°, rounded; cells of fewer than five are not shown.`), borders),
    title: () => "Map",
    show: (params, entered) => {
      const shown = matching(params), chosen = clusterOf.get(params.cluster) ?? null;
      filter.set(params, shown.length);
      map.show(shown);
      map.choose(chosen);
      noiseBox.checked = params.noise === "1";
      nameBox.checked = params.names !== "0";
      map.layer("noise", noiseBox.checked ? map.noise() : null);
      map.label(nameBox.checked);
      if (entered) map.at(params.at ? params.at.split("_").map(Number) : null);
      if (last === (params.cluster ?? "")) return;
      last = params.cluster ?? "";
      detail.replaceChildren(...(chosen ? card(chosen, () => map.fly(chosen)) : []));
    },
  };
};
