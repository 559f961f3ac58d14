// Numbers, names of economies and words, as the page writes them.
import { clusters } from "./data.js";

const numbers = (digits) => {
  const format = new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (value) => (value === null || value === undefined ? "–" : format.format(value));
};

export const whole = numbers(0);
const fractional = (name) => numbers(clusters.some((c) => c[name] >= 1000) ? 0 : 1);
/** Fractional counts, by kind: whole numbers where the largest has four digits, else with one decimal. */
export const counts = { patent: fractional("patents"), article: fractional("articles") };
/** Scores and percentages of the world: as many decimals as tell the clusters apart, two to four. */
export const percents = (() => {
  const middle = clusters.length ? clusters[Math.floor(clusters.length / 2)].score : 1;
  return numbers(middle >= 0.1 ? 2 : middle >= 0.01 ? 3 : 4);
})();
const tenths = numbers(1);
/** A share as a percentage with one decimal. */
export const share = (value) => (value === null || value === undefined ? "–" : `${tenths(100 * value)} %`);

const regions = typeof Intl.DisplayNames === "function" ? new Intl.DisplayNames(["en"], { type: "region" }) : null;
/** The name of an economy; the code where the browser has none. */
export const nameOf = (code) => {
  if (code === "UNKNOWN") return "Unknown economy";
  try { return /^[A-Z]{2}$/.test(code) && regions ? regions.of(code) : code; } catch { return code; }
};
/** Name and code of an economy. */
export const titled = (code) => (nameOf(code) === code ? code : `${nameOf(code)} (${code})`);

/** A text for searching: without accents, in small letters. */
export const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

export const collator = new Intl.Collator("en");
export const capital = (word) => word[0].toUpperCase() + word.slice(1);
/** A name cut to so many letters. */
export const cut = (name, most) => (name.length > most ? `${name.slice(0, most - 1)}…` : name);
/** A field; documents whose source tells none have their own. */
export const fieldName = (name) => (name === "unknown" ? "Not told by the source" : name);
