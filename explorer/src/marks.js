// Marks that are chosen by pointer and by keyboard: one is in the order of tabs, arrow keys lead to the next.
import { h, bdi } from "./dom.js";

/** A tip beside a mark: the first line is the name. */
export const makeTip = () => {
  const element = h("div", { class: "tip", "aria-hidden": "true", hidden: true });
  const hide = () => { element.hidden = true; };
  const show = (item, [name, ...lines], width, height) => {
    element.replaceChildren(h("b", {}, bdi(name)), ...lines.map((line) => h("div", {}, line)));
    element.hidden = false;
    const x = item.sx + element.offsetWidth + 16 > width ? item.sx - element.offsetWidth - 12 : item.sx + 12;
    const y = Math.min(Math.max(4, item.sy - element.offsetHeight - 10), height - element.offsetHeight - 4);
    element.style.transform = `translate(${Math.max(4, x)}px, ${y}px)`;
  };
  return { element, hide, show };
};

/** The nearest shown item within `reach` pixels of a place; of those under it the one drawn last. */
export const under = (items, x, y, reach) => {
  let best = null, least = Infinity;
  for (const item of items) {
    const gap = Math.hypot(item.sx - x, item.sy - y) - item.r;
    if (item.shown && gap < reach && (gap < least || (gap <= 0 && least <= 0))) { best = item; least = gap; }
  }
  return best;
};

/** Arrow keys, Home and Enter on the marks of `items` in `group`; `point(item)` shows one, `choose(item)` takes it. */
export const byKeyboard = (group, items, { point, choose, before = () => {}, other = () => false }) => {
  const itemOf = (element) => items.find((item) => item.mark === element);
  const only = (item) => {
    for (const each of items) each.mark.setAttribute("tabindex", each === item ? "0" : "-1");
  };
  group.addEventListener("focusin", (event) => {
    const item = itemOf(event.target);
    if (item && event.target.matches(":focus-visible")) { before(item); point(item); }
  });
  group.addEventListener("focusout", () => point(null));
  group.addEventListener("keydown", (event) => {
    const shown = items.filter((item) => item.shown), now = shown.indexOf(itemOf(event.target));
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (now < 0) return;
    if (step || event.key === "Home" || event.key === "End") {
      const next = shown[event.key === "Home" ? 0 : event.key === "End" ? shown.length - 1 : Math.min(shown.length - 1, Math.max(0, now + step))];
      only(next); before(next); next.mark.focus(); point(next);
    } else if (event.key === "Enter" || event.key === " ") choose(shown[now]);
    else if (!other(event.key, shown[now])) return;
    event.preventDefault();
  });
  return { first: () => { const shown = items.filter((item) => item.shown); if (!shown.some((item) => item.mark.getAttribute("tabindex") === "0") && shown[0]) only(shown[0]); } };
};
