// The page: the views, and which of them the address asks for.
import { clusters, data } from "./data.js";
import { h } from "./dom.js";
import { whole } from "./format.js";
import { address, onChange, read } from "./state.js";
import * as about from "./views/about.js";
import * as briefs from "./views/briefs.js";
import * as cluster from "./views/cluster.js";
import * as collaboration from "./views/collaboration.js";
import * as economies from "./views/economies.js";
import * as fields from "./views/fields.js";
import * as map from "./views/map.js";
import * as ranking from "./views/ranking.js";

const VIEWS = { ranking, map, fields, collaboration, economies, about, cluster, briefs };
const NAMED = { ranking: "Ranking", map: "Map", fields: "Fields", collaboration: "Collaboration", economies: "Economies", about: "About" };
const by = (id) => document.getElementById(id);
const main = by("main"), made = new Map();
const links = new Map(Object.entries(NAMED).map(([view, label]) => [view, h("a", { href: address(view) }, label)]));
let shown = null;

const viewOf = (name) => {
  if (!made.has(name)) made.set(name, VIEWS[name].make());
  return made.get(name);
};

const show = (moved) => {
  const asked = read(), name = Object.hasOwn(VIEWS, asked.view) ? asked.view : "ranking";
  const empty = !clusters.length && name !== "about", view = empty ? { element: ranking.nothing(), title: () => NAMED.ranking } : viewOf(name);
  const entered = moved || shown === null;
  if (shown !== view.element) {
    shown?.remove();
    main.append(shown = view.element);
    main.dataset.view = name;
    scrollTo(0, 0);
  }
  if (!empty) view.show(asked.params, entered);
  document.title = `${view.title(asked.params)} · Science and technology clusters, edition ${data.edition}`;
  for (const [each, link] of links) {
    if (each === name || (name === "cluster" && each === "ranking")) link.setAttribute("aria-current", each === name ? "page" : "true");
    else link.removeAttribute("aria-current");
  }
  if (moved) by("view-title")?.focus({ preventScroll: true });
};

by("views").append(...links.values());
by("skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
by("subtitle").textContent = [`Edition ${data.edition}`, clusters.length && `${whole(clusters.length)} clusters`, data.windows].filter(Boolean).join(" · ");
by("note").textContent = data.note;
by("note").hidden = !data.note;
by("source").textContent = data.citation;
onChange(show);
show(false);
