// Builds lib/stclusters/publish/explorer/explorer.html of src/: one file with style, script and the policy that lets
// only these two run; {{data}} is where the project puts the data. `node build.mjs FILE` writes another file.
import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, "../lib/stclusters/publish/explorer/explorer.html");

const bundled = async (entry) => {
  const made = await build({
    absWorkingDir: here, entryPoints: [entry], bundle: true, minify: true, write: false, metafile: true, format: "iife",
    target: ["es2022", "chrome105", "firefox110", "safari16"], charset: "utf8", legalComments: "none", logLevel: "error",
  });
  return { text: made.outputFiles[0].text.trim(), inputs: Object.keys(made.metafile.inputs) };
};

// The licences of the bundled packages, each text once.
const licences = async (inputs) => {
  const packages = [...new Set(inputs.map((path) => /node_modules\/([^/]+)/.exec(path)?.[1]).filter(Boolean))].sort();
  const texts = new Map();
  for (const name of packages) {
    const folder = join(here, "node_modules", name);
    const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
    const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const text = (await readFile(join(folder, file), "utf8")).trim().replaceAll("--", "- -");
    texts.set(text, [...(texts.get(text) ?? []), `${name} ${version}`]);
  }
  return [...texts].map(([text, names]) => `${names.join(", ")}\n\n${text}`).join("\n\n");
};

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const script = await bundled("src/main.js"), style = await bundled("src/style/main.css");
const parts = {
  policy: `default-src 'none'; script-src ${hash(script.text)}; style-src ${hash(style.text)}; img-src data:; `
    + "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  licences: await licences(script.inputs),
  style: style.text,
  script: script.text,
};
if (/<\/(script|style)|<!--/i.test(script.text + style.text)) throw new Error("the script or style ends its element");
const template = await readFile(join(here, "src/page.html"), "utf8");
await writeFile(target, template.replace(/\{\{(policy|licences|style|script)\}\}/g, (_, name) => parts[name]));
