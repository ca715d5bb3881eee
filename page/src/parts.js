// What the four pages share: the worker, sentences, curves, and the words.

const SIMD = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);
export const FOLDER = new URL("../", import.meta.url).href; // where networks and runtime are
export const $ = (id) => document.getElementById(id);
let latest = 0;

/** Say a sentence where screen readers hear it. */
export function say(sentence, wrong = false) {
  $("said").textContent = sentence;
  $("said").classList.toggle("wrong", wrong);
}

/** What stands in the way of computing here, as one sentence; nothing if all is well. */
export function missing() {
  if (typeof WebAssembly === "undefined" || !WebAssembly.validate(SIMD)) {
    return "This browser has no WebAssembly with SIMD: take a newer one (Chrome, Edge, Firefox, or Safari 16.4 and later).";
  }
  return "";
}

export async function settings() {
  try {
    return await (await fetch(new URL("settings.json", FOLDER))).json();
  } catch {
    say("The settings of this page did not arrive: reload it when the connection is back.", true);
    throw new Error("no settings");
  }
}

/** The worker; `hear` is called with what it tells. It is started when it is first told something. */
export function computing(hear) {
  let worker = null;
  return (message, transfer = []) => {
    if (!worker) {
      worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }) => {
        if (data.error) say(data.error, true);
        else if (data.loading) say(data.loading);
        hear(data);
      };
      worker.onerror = () => hear({ error: say("The part of this page that computes did not start: reload the page.", true) });
    }
    worker.postMessage({ folder: FOLDER, ...message }, transfer);
  };
}

/** A curve as a drawing: values from first to last, between `low` and `high`. */
export function curve(svg, values, low, high, name) {
  const width = 240, height = 60, last = Math.max(values.length - 1, 1);
  const points = values.map((v, i) => `${((i / last) * width).toFixed(1)},${(height - ((v - low) / (high - low || 1)) * height).toFixed(1)}`);
  svg.setAttribute("viewBox", `0 -4 ${width} ${height + 8}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${name}: from ${values[0]?.toFixed(2)} to ${values.at(-1)?.toFixed(2)} in ${values.length} steps`);
  svg.innerHTML = `<polyline fill="none" stroke="currentColor" stroke-width="1.5" points="${points.join(" ")}"/>`;
}

/** The index of a class from what was typed, a name or a number; a sentence with near ones if there is none. */
export function wordOf(categories, typed) {
  const wanted = typed.trim().toLowerCase(), names = categories.map((one) => one.toLowerCase());
  const at = /^\d+$/.test(wanted) && wanted < names.length ? Number(wanted) : names.indexOf(wanted);
  if (at >= 0) return at;
  const pairs = (text) => new Set([...text].slice(1).map((_, i) => text.slice(i, i + 2)));
  const mine = pairs(wanted), like = (name) => [...pairs(name)].filter((one) => mine.has(one)).length / (name.length + 3);
  const near = names.map((_, i) => i).sort((a, b) => like(names[b]) - like(names[a])).slice(0, 3).map((i) => categories[i]);
  throw new Error(`There is no word “${typed}” among the thousand; the nearest: ${near.join(", ")}.`);
}

/** In words; the space before the sign does not break. */
export const percent = (p) => (p >= 0.995 ? "more than 99\u00a0%" : p < 0.005 ? "less than 1\u00a0%" : `${Math.round(100 * p)}\u00a0%`);
export const newest = () => ++latest;
