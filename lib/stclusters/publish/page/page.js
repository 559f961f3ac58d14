// The page: tables, search, filter, choice; every text from the data is set as text.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const by = (id) => document.getElementById(id);
  const PAGE = 100;
  const NAMES = ["id", "rank", "name", "home", "economies", "patents", "articles", "patent_share", "article_share",
    "score", "lon", "lat", "area_km2", "inventors", "authors"];
  const clusters = data.clusters.map((row) => Object.fromEntries(NAMES.map((name, i) => [name, row[i]])));
  const HOMES = ["economy", "clusters", "top_clusters", "best_rank", "patents", "articles", "score"];
  const homes = data.economies.map((row) => Object.fromEntries(HOMES.map((name, i) => [name, row[i]])));

  const element = (name, kind, ...inner) => {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    made.append(...inner);
    return made;
  };
  const plain = (text) => { const made = element("bdi"); made.textContent = text; return made; };
  const numbers = (digits) => {
    const format = new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return (value) => format.format(value);
  };
  const whole = numbers(0);
  const counts = numbers(Math.max(0, ...clusters.map((c) => Math.max(c.patents, c.articles))) >= 1000 ? 0 : 1);
  const percents = (() => {  // as many decimals as tell the clusters apart, two to four
    const middle = clusters.length ? clusters[Math.floor(clusters.length / 2)].score : 1;
    return numbers(middle >= 0.1 ? 2 : middle >= 0.01 ? 3 : 4);
  })();
  const regions = typeof Intl.DisplayNames === "function" ? new Intl.DisplayNames(["en"], { type: "region" }) : null;
  const nameOf = (code) => {
    try { return /^[A-Z]{2}$/.test(code) && regions ? regions.of(code) : code; } catch { return code; }
  };
  const titled = (code) => (nameOf(code) === code ? code : `${nameOf(code)} (${code})`);
  const describe = (c) => [
    c.name, `Rank ${c.rank} · score ${percents(c.score)}`, c.economies.map(nameOf).join(" / "),
    `${counts(c.patents)} patents · ${counts(c.articles)} articles`,
  ];

  const bar = (c, largest) => {
    const made = element("span", "bar");
    for (const kind of ["patent", "article"]) {
      made.append(element("i", kind + "s"));
      made.lastChild.style.width = `${100 * 100 * c[kind + "_share"] / largest}%`;
    }
    made.setAttribute("aria-hidden", "true");
    return made;
  };
  const largest = clusters.reduce((most, c) => Math.max(most, c.score), 1e-12);
  const number = (key, label, format, extra = "") => ({
    key, label, kind: "number " + extra, falling: true, cell: (row) => [format(row[key])],
  });
  const COLUMNS = [
    { ...number("rank", "Rank", whole, "rank"), falling: false },
    { key: "name", label: "Cluster", kind: "name", cell: (c) => {
      const button = element("button", "", plain(c.name));
      button.type = "button";
      button.setAttribute("aria-pressed", String(c.id === chosen));
      return [button];
    } },
    { key: "home", label: "Economies", kind: "economies", cell: (c) => c.economies.flatMap((code, i) => {
      const made = element(code === c.home ? "b" : "span", "", plain(code));
      made.title = nameOf(code);
      return i ? [" / ", made] : [made];
    }) },
    number("patents", "Patents", counts, "wide"),
    number("articles", "Articles", counts, "wide"),
    number("patent_share", "Patents %", (share) => percents(100 * share), "wide"),
    number("article_share", "Articles %", (share) => percents(100 * share), "wide"),
    { ...number("score", "Score", percents, "score"), cell: (c) => [bar(c, largest), percents(c.score)] },
  ];
  const HOME_COLUMNS = [
    { key: "economy", label: "Economy", kind: "", cell: (row) => [plain(titled(row.economy))] },
    number("clusters", "Clusters", whole),
    number("top_clusters", `In the top ${data.top}`, whole, "wide"),
    { ...number("best_rank", "Best rank", whole), falling: false },
    number("patents", "Patents", counts, "wide"), number("articles", "Articles", counts, "wide"),
    number("score", "Score", percents),
  ];

  const collator = new Intl.Collator("en");
  const sorted = (rows, key, falling) => {
    const way = falling ? -1 : 1;
    const order = typeof (rows[0] || {})[key] === "string" ? (a, b) => collator.compare(a[key], b[key]) : (a, b) => a[key] - b[key];
    return rows.slice().sort((a, b) => way * order(a, b) || (a.rank ?? a.best_rank) - (b.rank ?? b.best_rank));
  };
  const makeTable = (table, caption, columns, sort, onSort) => {
    const head = element("tr"), body = element("tbody");
    table.append(element("caption", "skip", caption), element("thead", "", head), body);
    for (const column of columns) {
      const button = element("button", "", column.label), cell = element("th", column.kind, button);
      button.type = "button";
      cell.scope = "col";
      button.addEventListener("click", () => {
        sort.falling = sort.key === column.key ? !sort.falling : Boolean(column.falling);
        sort.key = column.key;
        onSort();
      });
      head.append(cell);
    }
    const region = table.parentElement;
    new ResizeObserver(() => {  // a table that is too wide scrolls in its region, and by keyboard too
      const wide = table.offsetWidth > region.clientWidth + 1;
      region.classList.toggle("scrolls", wide);
      if (wide) region.tabIndex = 0; else region.removeAttribute("tabindex");
    }).observe(table);
    return (rows) => {
      columns.forEach((column, i) => {
        if (column.key === sort.key) head.cells[i].setAttribute("aria-sort", sort.falling ? "descending" : "ascending");
        else head.cells[i].removeAttribute("aria-sort");
      });
      body.replaceChildren(...rows.map((row) => {
        const line = element("tr", row.id && row.id === chosen ? "chosen" : "");
        if (row.id) line.dataset.id = row.id;
        line.append(...columns.map((column) => element("td", column.kind, ...column.cell(row))));
        return line;
      }));
    };
  };

  let chosen = null, limit = PAGE, matching = clusters;
  const sort = { key: "rank", falling: false }, homeSort = { key: "best_rank", falling: false };
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  for (const c of clusters) c.words = fold([c.name, ...c.economies, ...c.economies.map(nameOf)].join(" "));
  const fillRanking = makeTable(by("table"), "Ranking of the clusters", COLUMNS, sort, () => show());
  const fillHomes = makeTable(by("economies-table"), "Clusters per economy", HOME_COLUMNS, homeSort, () => fillHomes(sorted(homes, homeSort.key, homeSort.falling)));
  const map = clusters.length ? makeMap(by("frame"), by("tip"), clusters, data.outlines, data.coastline, describe, (id) => choose(id, true)) : null;

  const show = () => {
    const rows = sorted(matching, sort.key, sort.falling);
    putDetail(null);
    fillRanking(rows.slice(0, limit));
    by("more").hidden = rows.length <= limit;
    by("more").textContent = `Show ${whole(Math.min(rows.length - limit, 400))} more of ${whole(rows.length)}`;
    by("none").hidden = rows.length > 0;
    by("count").textContent = rows.length === clusters.length
      ? `${whole(rows.length)} clusters` : `${whole(rows.length)} of ${whole(clusters.length)} clusters`;
    return rows;
  };
  const filter = () => {
    const words = fold(by("search").value).split(/\s+/).filter(Boolean), economy = by("economy").value;
    matching = clusters.filter((c) => (!economy || c.economies.includes(economy) || c.home === economy)
      && words.every((word) => c.words.includes(word)));
    limit = PAGE;
    by("clear").disabled = !words.length && !economy;
    map.show(new Set(matching.map((c) => c.id)));
    show();
  };
  const rowOf = (id) => [...by("table").tBodies[0].rows].find((row) => row.dataset.id === id);
  const gentle = { block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" };
  const reveal = (id, scroll) => {
    const place = sorted(matching, sort.key, sort.falling).findIndex((c) => c.id === id);
    if (place >= limit) { limit = Math.ceil((place + 1) / PAGE) * PAGE; show(); }
    const row = rowOf(id);
    if (row && scroll) row.scrollIntoView(gentle);
    return row;
  };
  const putDetail = (row) => {  // under the map; in one column, under the row that was chosen in the table
    const before = by("detail").closest("tr");
    if (row) {
      const cell = element("td", "", by("detail"));
      cell.colSpan = COLUMNS.length;
      row.after(element("tr", "inline", cell));
    } else by("map").append(by("detail"));
    if (before) before.remove();
  };
  const choose = (id, fromMap) => {
    const wide = matchMedia("(min-width: 1400px)").matches;
    chosen = id;
    const row = reveal(id, fromMap && wide);
    for (const each of by("table").tBodies[0].querySelectorAll("tr[data-id]")) {
      each.classList.toggle("chosen", each === row);
      each.querySelector("td.name button").setAttribute("aria-pressed", String(each === row));
    }
    map.choose(id);
    detail(clusters.find((c) => c.id === id));
    putDetail(fromMap || wide ? null : row);
  };
  const facts = (pairs) => element("dl", "", ...pairs.map(([label, text]) => element("div", "", element("dt", "", label), element("dd", "", plain(text)))));
  const detail = (c) => {
    const near = element("button", "", "Zoom to its outline"), back = element("button", "", "Show in the table");
    near.type = back.type = "button";
    near.addEventListener("click", () => {
      map.fly(c.id);
      by("frame").scrollIntoView({ ...gentle, block: "nearest" });
    });
    back.addEventListener("click", () => {
      const row = reveal(c.id, true);
      if (row) row.querySelector("td.name button").focus({ preventScroll: true });
    });
    by("detail").replaceChildren(
      element("div", "heading", element("h3", "", plain(c.name)), element("span", "quiet", `Rank ${whole(c.rank)}`)),
      facts([
        ["Score", percents(c.score)], ["Patents", `${counts(c.patents)} (${percents(100 * c.patent_share)} %)`],
        ["Articles", `${counts(c.articles)} (${percents(100 * c.article_share)} %)`],
        ["Home economy", nameOf(c.home)], ["Economies", c.economies.join(" / ")], ["Area", `${whole(c.area_km2)} km²`],
        ["Inventor addresses", whole(c.inventors)], ["Author addresses", whole(c.authors)],
      ]),
      element("div", "buttons", near, back));
  };

  const fillAbout = () => {
    by("about-parts").append(...data.about.map((part) => {
      const made = element("div", "", element("h3", "", plain(part.heading)), ...part.paragraphs.map((text) => element("p", "", plain(text))));
      if (part.facts.length) made.append(element("dl", "", ...part.facts.flatMap(([label, text]) => [element("dt", "", plain(label)), element("dd", "", plain(text))])));
      return made;
    }));
  };
  const fillFilter = () => {
    const held = new Map();
    for (const c of clusters) for (const code of new Set([c.home, ...c.economies])) held.set(code, (held.get(code) || 0) + 1);
    by("economy").append(new Option("All", ""), ...[...held].sort((a, b) => collator.compare(nameOf(a[0]), nameOf(b[0])))
      .map(([code, count]) => new Option(`${titled(code)} · ${whole(count)}`, code)));
  };

  by("subtitle").textContent = [`Edition ${data.edition}`, clusters.length && `${whole(clusters.length)} clusters`, data.windows].filter(Boolean).join(" · ");
  document.title = `Science and technology clusters, edition ${data.edition}`;
  by("note").textContent = data.note;
  by("note").hidden = !data.note;
  fillAbout();
  if (!clusters.length) {
    by("empty").textContent = `No cluster reached the threshold of ${data.threshold}.`;
    by("empty").hidden = false;
    return;
  }
  by("view").hidden = by("economies").hidden = false;
  fillFilter();
  fillHomes(sorted(homes, homeSort.key, homeSort.falling));
  show();
  if (matchMedia("(min-width: 1400px)").matches) choose(clusters[0].id, false);
  else by("detail").append(element("p", "quiet", "Choose a cluster in the table or on the map."));
  by("search").addEventListener("input", filter);
  by("economy").addEventListener("change", filter);
  by("controls").addEventListener("submit", (event) => event.preventDefault());
  by("clear").addEventListener("click", () => { by("controls").reset(); filter(); by("search").focus(); });
  by("more").addEventListener("click", () => { limit += 400; show(); });
  by("in").addEventListener("click", () => map.zoom(1.8));
  by("out").addEventListener("click", () => map.zoom(1 / 1.8));
  by("world").addEventListener("click", () => map.world());
  by("table").tBodies[0].addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-id]");
    if (row && !String(getSelection())) choose(row.dataset.id, false);
  });
  by("table").tBodies[0].addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], rows = [...by("table").tBodies[0].querySelectorAll("tr[data-id]")];
    const next = step && rows[rows.indexOf(event.target.closest("tr")) + step];
    if (next) { next.querySelector("td.name button").focus(); event.preventDefault(); }
  });
})();
