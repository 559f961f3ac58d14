// The state of the page: the view and what is chosen in it, in the hash of the address.
/** View and parameters of the address: `#ranking?q=basel` -> {view: "ranking", params: {q: "basel"}}. */
export const read = () => {
  const [view, query = ""] = location.hash.slice(1).split("?");
  return { view: view || "ranking", params: Object.fromEntries(new URLSearchParams(query)) };
};

/** The address of a view with parameters; the empty ones are left out. */
export const address = (view, params = {}) => {
  const told = Object.entries(params).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const query = new URLSearchParams(told).toString();
  return `#${view}${query ? `?${query}` : ""}`;
};

const listeners = [];
/** Calls `heard` after every change of the state. */
export const onChange = (heard) => listeners.push(heard);

/** Changes parameters of the present view; the step back in the browser leads to another view, not to each change. */
export const change = (params, quietly = false) => {
  const now = read();
  history.replaceState(null, "", address(now.view, { ...now.params, ...params }));
  if (!quietly) for (const heard of listeners) heard(false);
};

/** Goes to another view. */
export const go = (view, params) => { location.hash = address(view, params); };

addEventListener("hashchange", () => { for (const heard of listeners) heard(true); });
