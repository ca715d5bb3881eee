// "Fire a channel": the picture that one channel of a layer answers most to.

import { $, computing, curve, missing, say, settings } from "./parts.js";
import { show } from "./pictures.js";

const NETWORK = "efficientnet_lite0", STEPS = 120;
let known = null, scores = [];

const tell = computing((message) => {
  if (message.step) took(message);
  if (message.done) say(`Channel ${$("channel").value} of ${$("layer").value}: done after ${scores.length} steps.`);
});

const layers = () => known.layers[NETWORK].map((count, i, all) => [i === all.length - 1 ? "head" : `block_${i + 1}`, count]);

function begin() {
  const why = missing();
  if (why) return say(why, true);
  const at = layers().findIndex(([name]) => name === $("layer").value), count = layers()[at][1];
  const channel = Math.min(Math.max(Math.floor(Number($("channel").value)) || 0, 0), count - 1);
  $("channel").value = channel;
  scores = [];
  say("Loading …");
  const unit = known.layers[NETWORK].slice(0, at).reduce((a, b) => a + b, 0) + channel;
  tell({ do: "start", preset: $("recipe").value, wish: { unit }, seed: 0, steps: STEPS });
}

function took({ step, seconds, backend }) {
  scores.push(step.score);
  const { size } = known.presets[$("recipe").value];
  show($("picture"), step.picture, size);
  $("picture").setAttribute("aria-label", `What fires channel ${$("channel").value} of ${$("layer").value}, after step ${step.index + 1}`);
  curve($("scores"), scores, Math.min(...scores), Math.max(...scores), "Mean of the channel");
  $("speed").textContent = `${backend}: ${seconds.toFixed(2)} s a step`;
  if (step.index === 0) say(`Channel ${$("channel").value} of ${$("layer").value}.`);
}

function move(by) {
  const [, count] = layers().find(([name]) => name === $("layer").value);
  $("channel").value = (Number($("channel").value) + by + count) % count;
  begin();
}

function ends() {
  const [, count] = layers().find(([name]) => name === $("layer").value);
  $("channel").max = count - 1;
  $("count").textContent = `of ${count}`;
}

known = await settings();
$("layer").append(...layers().map(([name]) => new Option(name)));
$("layer").value = "block_6";
$("recipe").append(...Object.keys(known.presets).map((name) => new Option(name)));
ends();
$("layer").addEventListener("change", ends);
$("start").addEventListener("click", begin);
$("stop").addEventListener("click", () => { tell({ do: "stop" }); say("Stopped."); });
$("picture").addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (by) { event.preventDefault(); move(by); }
});
$("next").addEventListener("click", () => move(1));
$("before").addEventListener("click", () => move(-1));
say("Ready.");
