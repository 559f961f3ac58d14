// Elements of the page: every text is set as text, never as markup.
const SVG = "http://www.w3.org/2000/svg";

const filled = (made, attributes, inner) => {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...inner.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== false));
  return made;
};

/** An element with attributes (`onclick` is a listener) and inner nodes or texts. */
export const h = (name, attributes, ...inner) => filled(document.createElement(name), attributes, inner);

/** The same, of SVG. */
export const svg = (name, attributes, ...inner) => filled(document.createElementNS(SVG, name), attributes, inner);

/** A name from the data, apart from the direction of the text around it. */
export const bdi = (text) => h("bdi", {}, String(text));

/** Part of a whole, drawn: a bar of `width` per cent; its look is that of the class. */
export const bar = (...parts) => {
  const made = h("span", { class: "bar", "aria-hidden": "true" });
  for (const [kind, width] of parts) {
    const part = h("i", { class: kind });
    part.style.width = `${Math.min(100, Math.max(0, width)).toFixed(2)}%`;
    made.append(part);
  }
  return made;
};

/** Calls `draw` with the width of the element, now that it is shown and whenever it changes. */
export const onWidth = (element, draw) => {
  let last = 0;
  new ResizeObserver(() => {
    const width = Math.floor(element.clientWidth);
    if (width && width !== last) draw(last = width);
  }).observe(element);
};
