// The outline of one cluster on a small map of its surroundings, with those of its neighbours and a scale.
import { geoAzimuthalEqualArea } from "d3-geo";
import { clusters, data } from "./data.js";
import { svg } from "./dom.js";
import { drawn, outlineOf } from "./globe.js";
import { whole } from "./format.js";

const WIDE = 420, HIGH = 300, EARTH_KM = 6371.008;

const reach = (cluster, projection) => {  // the farthest place of the outline from its centre, in pixels at scale 1
  let far = 0;
  for (const line of data.outlines[cluster.cluster_id] ?? []) {
    let x = 0, y = 0;
    for (let i = 0; i < line.length; i += 2) {
      x += line[i]; y += line[i + 1];
      const [px, py] = projection([x / 1000, y / 1000]);
      far = Math.max(far, Math.abs(px) * HIGH / WIDE, Math.abs(py));
    }
  }
  return far;
};

/** Lines of the coast of which a part is near. */
const nearLines = (lines, cluster, degrees) => lines.filter((line) => {
  let x = 0, y = 0;
  const wide = degrees / Math.max(0.1, Math.cos(cluster.lat * Math.PI / 180));
  for (let i = 0; i < line.length; i += 2) {
    x += line[i]; y += line[i + 1];
    if (Math.abs(x / 100 - cluster.lon) < wide && Math.abs(y / 100 - cluster.lat) < degrees) return true;
  }
  return false;
});

const scaleBar = (kmPerPixel) => {
  const km = [1, 2, 5, 10, 20, 50, 100, 200, 500].findLast((each) => each / kmPerPixel <= 130) ?? 1, long = km / kmPerPixel;
  return svg("g", { class: "scale", transform: `translate(14 ${HIGH - 16})` },
    svg("path", { d: `M0 -4V0H${long.toFixed(1)}V-4` }), svg("text", { x: long / 2, y: -7, "text-anchor": "middle" }, `${whole(km)} km`));
};

/** A map, equal in area, on which the outline fills about the middle half. */
export const localMap = (cluster) => {
  const projection = geoAzimuthalEqualArea().rotate([-cluster.lon, -cluster.lat]).scale(1).translate([0, 0]).precision(0.1).clipAngle(null);
  const scale = Math.min(2e5, HIGH * 0.32 / Math.max(1e-5, reach(cluster, projection)));
  projection.scale(scale).translate([WIDE / 2, HIGH / 2]);
  const degrees = Math.max(1, HIGH / scale * 180 / Math.PI * 2);
  const neighbours = clusters.filter((each) => each !== cluster && Math.hypot(each.lat - cluster.lat, (each.lon - cluster.lon) * Math.cos(cluster.lat * Math.PI / 180)) < degrees);
  return svg("svg", { class: "local", viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": `Outline of ${cluster.name}, ${whole(cluster.area_km2)} square kilometres` },
    svg("path", { class: "land coast", d: drawn(nearLines(data.coastline, cluster, degrees), 100, projection) }),
    neighbours.map((each) => svg("path", { class: "outline neighbour", d: outlineOf(each, projection) })),
    svg("path", { class: "outline chosen", d: outlineOf(cluster, projection) }),
    scaleBar(EARTH_KM / scale));
};
