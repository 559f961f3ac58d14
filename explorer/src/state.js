// The state of the page: the view and what is chosen in it, in the hash of the address.
const APART_MS = 400; // between two writes of the address: Safari refuses more than 100 in 30 seconds
const AGAIN_MS = 5000; // after a refusal
let pending = null; // the hash that is not in the address yet
let written = -Infinity, timer = 0;

/** The hash of the present state; the address has it at once, or soon. */
export const hash = () => pending ?? location.hash;

/** View and parameters of the state: `#ranking?q=basel` -> {view: "ranking", params: {q: "basel"}}. */
export const read = () => {
  const [view, query = ""] = hash().slice(1).split("?");
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

const forget = () => { clearTimeout(timer); timer = 0; pending = null; };

/** Writes the present state to the address; where the browser refuses, the page works on and it is tried again. */
const write = () => {
  if (pending === null) return;
  clearTimeout(timer);
  written = performance.now();
  try {
    history.replaceState(null, "", pending);
    forget();
  } catch {
    timer = setTimeout(write, AGAIN_MS);
  }
};

/** Changes parameters of the present view; the step back in the browser leads to another view, not to each change. */
export const change = (params, quietly = false) => {
  const now = read(), wait = written + APART_MS - performance.now();
  pending = address(now.view, { ...now.params, ...params });
  if (wait <= 0) write(); else timer ||= setTimeout(write, wait);
  if (!quietly) for (const heard of listeners) heard(false);
};

/** Goes to another view. */
export const go = (view, params) => {
  write();
  forget();
  location.hash = address(view, params);
};

// The step back from another view leads to what was chosen here.
addEventListener("click", (event) => { if (event.target.closest?.("a[href^='#']")) write(); }, true);
addEventListener("hashchange", () => { forget(); for (const heard of listeners) heard(true); });
