// About: how to cite, method, sources, run, uncertainty, and what the numbers are not.
import { data } from "../data.js";
import { bdi, h } from "../dom.js";

export const make = () => ({
  element: h("section", { class: "card", "aria-labelledby": "view-title" },
    h("h2", { id: "view-title", tabindex: -1 }, "About"),
    h("div", { class: "about" }, data.about.map((part) => h("section", {}, h("h3", {}, bdi(part.heading)),
      part.paragraphs.map((text) => h("p", {}, bdi(text))),
      part.facts.length > 0 && h("dl", {}, part.facts.map(([label, text]) => h("div", {}, h("dt", {}, bdi(label)), h("dd", {}, bdi(text))))))))),
  title: () => "About",
  show: () => {},
});
