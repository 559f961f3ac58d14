// Names on a map: those of the best ranks in view whose names have room.
import { svg } from "./dom.js";
import { cut } from "./format.js";

const pen = document.createElement("canvas").getContext("2d");
const widths = new Map();
const widthOf = (text) => {
  if (!widths.has(text)) {
    pen.font = `550 11.5px ${getComputedStyle(document.body).fontFamily}`;
    widths.set(text, pen.measureText(text).width);
  }
  return widths.get(text);
};

const meets = (box, other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1];
const round = (item) => [item.sx - item.r, item.sy - item.r, item.sx + item.r, item.sy + item.r];

const sidesOf = (item) => {
  const gap = item.r + 3;
  return [[gap, 0, "start"], [-gap, 0, "end"], [0, gap + 8, "middle"], [0, -gap - 8, "middle"]];
};

/**
 * Text elements for items ({name, sx, sy, r, first}), the most important first, in a field of width and height.
 * `taken` are boxes where no name may lie; `first` items may lie over marks, the others not.
 */
export const placeLabels = (items, width, height, most, taken = []) => {
  const large = items.filter((item) => item.r > 4), longest = width < 420 ? 20 : 28, texts = [];
  for (const item of items) {
    if (texts.length >= most) break;
    if (item.sx < 0 || item.sy < 8 || item.sx > width || item.sy > height - 8) continue;
    const text = cut(item.name, longest), long = widthOf(text) + 6, sides = sidesOf(item);
    const tries = [...sides.map((side) => [...side, true]), ...(item.first ? sides.map((side) => [...side, false]) : [])];
    for (const [x, y, anchor, clear] of tries) {
      const from = item.sx + x - long * { start: 0, middle: 0.5, end: 1 }[anchor];
      const box = [from, item.sy + y - 8, from + long, item.sy + y + 8];
      if (from < 2 || box[2] > width - 2 || box[1] < 0 || box[3] > height || taken.some((other) => meets(box, other))) continue;
      if (clear && large.some((other) => other !== item && meets(box, round(other)))) continue;
      taken.push(box);
      texts.push(svg("text", { class: "label", "text-anchor": anchor, x: (item.sx + x).toFixed(1), y: (item.sy + y + 4).toFixed(1) }, text));
      break;
    }
  }
  return texts;
};
