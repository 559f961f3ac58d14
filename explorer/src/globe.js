// What lies under every world map: Equal Earth projection, coastline, cells outside clusters, outlines.
import { geoEqualEarth, geoGraticule, geoPath } from "d3-geo";
import { data } from "./data.js";
import { svg } from "./dom.js";

export const WIDE = 1000;
const NORTH = 83, SOUTH = -57;
/** Equal Earth (Šavrič, Patterson and Jenny 2018), 1000 wide. */
export const projection = geoEqualEarth().scale(WIDE / 5.4133).translate([WIDE / 2, 0]).precision(0.15);
const path = geoPath(projection).digits(2);
export const TOP = projection([0, NORTH])[1], BOTTOM = projection([0, SOUTH])[1];

/**
 * The path of lines whose places are whole parts of a degree, each told by its step from the one before. Places nearer
 * than `coarse` to the one drawn last are passed over, but for the ends of a line.
 */
export const drawn = (lines, parts, project = projection, coarse = 0) => lines.map((line) => {
  let x = 0, y = 0, text = "", last = null;
  for (let i = 0; i < line.length; i += 2) {
    x += line[i]; y += line[i + 1];
    const place = project([x / parts, y / parts]);
    if (last && i < line.length - 2 && Math.abs(place[0] - last[0]) + Math.abs(place[1] - last[1]) < coarse) continue;
    last = place;
    text += `${i ? "L" : "M"}${place[0].toFixed(parts > 100 ? 3 : 2)} ${place[1].toFixed(parts > 100 ? 3 : 2)}`;
  }
  return text;
}).join("");

/** The path of the outline of a cluster. */
export const outlineOf = (cluster, project) => drawn(data.outlines[cluster.cluster_id] ?? [], 1000, project) || "M0 0";

/** The path of the great circle between two clusters. */
export const arc = (a, b) => path({ type: "LineString", coordinates: [[a.lon, a.lat], [b.lon, b.lat]] });

const noisePaths = () => {  // a path for each order of magnitude
  const { step, cells } = data.noise, paths = ["", "", "", ""];
  for (let i = 0; i < cells.length; i += 3) {
    const west = cells[i] * step - 180, south = cells[i + 1] * step - 90, east = west + step, north = south + step;
    const corners = [[west, south], [east, south], [east, north], [west, north]];
    const ring = corners.map((place) => projection(place).map((part) => part.toFixed(2)).join(" "));
    paths[Math.min(3, Math.floor(Math.log10(cells[i + 2])))] += `M${ring.join("L")}Z`;
  }
  return paths;
};

const kept = new Map();
const once = (key, make) => { if (!kept.has(key)) kept.set(key, make()); return kept.get(key); };

/** The path of the land, in full or as much of it as shows on the whole world. */
export const land = (full) => (full ? once("land", () => drawn(data.coastline, 100)) : once("coarse", () => drawn(data.coastline, 100, projection, 1)));

/** The layers under the marks, as a group: sphere, graticule, land. */
export const globe = () =>
  svg("g", { class: "globe" },
    svg("path", { class: "sphere", d: path({ type: "Sphere" }) }),
    svg("path", { class: "graticule", d: path(geoGraticule().step([30, 30])()) }),
    svg("path", { class: "land", d: land(false) }));

/** The cells outside every cluster, as a group. */
export const noiseLayer = () => {
  const paths = once("noise", noisePaths);
  return svg("g", { class: "noise" }, paths.map((d, i) => svg("path", { class: `noise-${i}`, d: d || "M0 0" })));
};

/** The lines of a GeoJSON text, as a path; an error where it is none. */
export const bordersPath = (text) => {
  const lines = [];
  const walk = (each) => {
    if (Array.isArray(each)) {
      if (Array.isArray(each[0]) && typeof each[0][0] === "number") lines.push(each);
      else each.forEach(walk);
    } else if (each && typeof each === "object") for (const key of ["features", "geometries", "geometry", "coordinates"]) if (each[key]) walk(each[key]);
  };
  walk(JSON.parse(text));
  if (!lines.length) throw new Error("no line in it");
  return path({ type: "MultiLineString", coordinates: lines });
};
