// "Watch it emerge": a picture of one of a thousand words, from grey, on the visitor's own device.

import { $, computing, curve, missing, percent, say, settings, wordOf } from "./parts.js";
import { file, keep, show } from "./pictures.js";
import { withText } from "./png.js";
import { settingsOf } from "./settings.js";

const FRAMES = 8;
let known = null, now = null; // what the server says; the picture in the making

const tell = computing((message) => {
  if (message.step) took(message);
  if (message.done) ended(`Done after ${now.taken} steps.`);
  if (message.judged) judged(message);
  if (message.error) state("idle");
});

function state(name) { // idle, making, stopped
  $("start").disabled = name === "making";
  $("stop").disabled = name !== "making";
  $("on").disabled = name !== "stopped" || !now || now.taken >= now.steps;
  $("judge").disabled = $("save").disabled = name === "making" || !now?.picture;
  if (name !== "making") $("left").textContent = "";
  if (name === "making") sessionStorage.setItem("making", now.word);
  else sessionStorage.removeItem("making");
}

function begin() {
  const why = missing();
  if (why) return say(why, true);
  let target;
  try {
    target = wordOf(known.categories, $("word").value);
  } catch (error) {
    $("word").focus();
    return say(error.message, true);
  }
  const preset = $("recipe").value, recipe = known.presets[preset], seed = Math.max(0, Math.floor(Number($("seed").value)) || 0);
  now = { target, preset, seed, word: known.categories[target], size: recipe.size, steps: recipe.steps, scores: [], chances: [], seconds: 0, taken: 0 };
  const kept = Array.from({ length: FRAMES }, (_, i) => Math.round((recipe.steps - 1) * (i / (FRAMES - 1)) ** 2));
  now.kept = new Set(kept);
  $("strip").replaceChildren();
  $("judged").textContent = "";
  history.replaceState(null, "", `#${new URLSearchParams({ word: now.word, recipe: preset, seed })}`);
  state("making");
  say("Loading …");
  tell({ do: "start", preset, wish: { target }, seed });
}

function took({ step, seconds, backend }) {
  Object.assign(now, { picture: step.picture, backend, taken: step.index + 1 }); // what a stop cuts short is not shown
  now.scores.push(step.score);
  now.chances.push(step.probability);
  $("film").hidden = true;
  for (const id of ["picture", "course", "way"]) $(id).hidden = false;
  show($("picture"), step.picture, now.size);
  $("picture").setAttribute("aria-label", `The picture for ${now.word} after step ${step.index + 1}`);
  if (now.kept.has(step.index)) frame(step);
  curve($("scores"), now.scores, Math.min(...now.scores), Math.max(...now.scores), "Score");
  curve($("chances"), now.chances, 0, 1, "Probability");
  $("numbers").textContent = `Step ${step.index + 1} of ${now.steps} · score ${step.score.toFixed(1)} · probability ${percent(step.probability)}`;
  now.seconds += seconds;
  const left = (now.seconds / now.scores.length) * (now.steps - now.taken);
  $("speed").textContent = `${backend}: ${seconds.toFixed(2)} s a step`;
  $("left").textContent = `, ${left < 60 ? "less than a minute" : `about ${Math.round(left / 60)} min`} to go`;
  if (step.index === 0) say(`“${now.word}” begins to show. You can stop at any step.`);
}

function frame(step) {
  const canvas = document.createElement("canvas"), figure = document.createElement("figure");
  show(canvas, step.picture, now.size);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${now.word} after step ${step.index + 1}`);
  figure.append(canvas, Object.assign(document.createElement("figcaption"), { textContent: step.index + 1 }));
  $("strip").append(figure);
}

function ended(sentence) {
  state("stopped");
  say(sentence);
}

function judged({ judged: { first, wanted }, judge }) {
  const names = first.map((one) => `${one.name} (${percent(one.probability)})`).join(", ");
  $("judged").textContent = `${judge.replace("efficientnet_", "")}, which did not make the picture, says: ${names}. `
    + `“${wanted.name}” is in place ${wanted.place}, with ${percent(wanted.probability)}.`;
  state("stopped");
  say("The other network has answered.");
}

async function save() {
  const text = settingsOf(known, { preset: now.preset, target: now.target, seed: now.seed, taken: now.taken, backend: now.backend });
  const name = `${now.word.replaceAll(/[^a-z0-9]+/gi, "_")}_${now.seed}.png`;
  keep(withText(await file($("picture"), "image/png"), "vizlib", text), name, "image/png");
  say(`Saved as ${name}, with its settings.`);
}

function read() { // an address holds word, recipe and seed
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.has("word")) $("word").value = given.get("word");
  if (known.presets[given.get("recipe")]) $("recipe").value = given.get("recipe");
  if (/^\d+$/.test(given.get("seed") ?? "")) $("seed").value = given.get("seed");
}

known = await settings();
$("words").append(...known.categories.map((name) => new Option(name)));
$("recipe").append(...Object.keys(known.presets).map((name) => new Option(name)));
read();
addEventListener("hashchange", read);
$("start").addEventListener("click", begin);
$("word").addEventListener("keydown", ({ key }) => { if (key === "Enter" && !$("start").disabled) begin(); });
$("stop").addEventListener("click", () => {
  tell({ do: "stop" });
  ended(now.taken ? `Stopped after ${now.taken} steps.` : "Stopped before the first step.");
});
$("on").addEventListener("click", () => { state("making"); say("It goes on."); tell({ do: "goOn" }); });
$("judge").addEventListener("click", () => { $("judge").disabled = true; tell({ do: "judge", image: now.picture, size: now.size, target: now.target }); });
$("save").addEventListener("click", save);
const lost = sessionStorage.getItem("making");
state("idle");
say(lost ? `The page was loaded anew while “${lost}” was in the making: that picture is gone. Press Start to make it again.` : "Ready.");
