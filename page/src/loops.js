// "The same two loops": the weights move down a loss, then the pixels move up a score. One line differs.

import { $, FOLDER, curve, percent, say } from "./parts.js";
import { backward, forward, newNetwork, softmax } from "./network.js";

// ---- the first loop ----
export function trainStep(w, images, labels, η) {
  const gradient = zerosLike(w);
  const share = 1 / images.length;
  let loss = 0;
  images.forEach((image, i) => {
    const seen = forward(w, image);
    const p = softmax(seen.scores);
    loss -= share * Math.log(p[labels[i]]);
    p[labels[i]] -= 1; // ∂L/∂S = P − one-hot
    const up = p.map((one) => share * one);
    backward(w, image, seen, up, gradient);
  });
  // w ← w − η ∂L/∂w
  move(w, gradient, -η);
  return loss;
}

// ---- the second loop ----
export function drawStep(w, image, digit, η) {
  const seen = forward(w, image);
  const up = new Float32Array(10);
  up[digit] = 1; // this score alone counts
  const gradient = backward(w, image, seen, up);
  // I ← I + η ∂S/∂I
  move([image], [gradient], +η);
  return seen.scores[digit];
}

// ---- end ----
function zerosLike(w) {
  return Object.fromEntries(Object.entries(w).map(([name, part]) => [name, part.map(() => 0)]));
}

function move(what, gradient, η) {
  for (const part in what) what[part].forEach((_, i) => { what[part][i] += η * gradient[part][i]; });
}

if (typeof document !== "undefined") page();

async function page() {
  const { images, labels } = await (await fetch(new URL("digits.json", FOLDER))).json();
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const pixels = bytes(images), known = [...bytes(labels)];
  const digits = known.map((_, i) => Float32Array.from(pixels.subarray(64 * i, 64 * i + 64), (v) => v / 16));
  const [shown, unseen] = [[0, 400], [1000, 1400]].map(([from, to]) => [digits.slice(from, to), known.slice(from, to)]);
  let w = newNetwork(0), losses = [], scores = [], image = new Float32Array(64), going = null;

  const η = (id) => Number($(id).value);
  const right = () => unseen[0].filter((one, i) => softmax(forward(w, one).scores).indexOf(Math.max(...softmax(forward(w, one).scores))) === unseen[1][i]).length;

  function draw() {
    const canvas = $("image"), context = canvas.getContext("2d"), data = context.createImageData(8, 8);
    const most = Math.max(1, ...image.map(Math.abs));
    image.forEach((v, i) => { data.data.set([128 - (127 * v) / most, 128 - (127 * v) / most, 128 - (127 * v) / most, 255], 4 * i); });
    context.putImageData(data, 0, 0);
    const p = softmax(forward(w, image).scores), digit = Number($("digit").value);
    $("drawn").textContent = `${scores.length} steps · P(${digit}) = ${percent(p[digit])}`;
    canvas.setAttribute("aria-label", `The picture for ${digit} after ${scores.length} steps, 8 by 8 pixels`);
    if (scores.length) curve($("scores"), scores, Math.min(...scores), Math.max(...scores), "Score");
  }

  function run(step, count, after) { // some steps, with pauses in which the page lives
    clearTimeout(going);
    let n = 0;
    const next = () => {
      step();
      after();
      if (++n < count) going = setTimeout(next);
      else say("Done.");
    };
    next();
  }

  $("train").addEventListener("click", () => {
    say("The weights move.");
    run(() => losses.push(trainStep(w, ...shown, η("η1"))), 60, () => {
      curve($("losses"), losses, 0, Math.max(...losses), "Loss");
      if (losses.length % 10 === 0) $("trained").textContent = `${losses.length} steps · loss ${losses.at(-1).toFixed(2)} · ${right()} of ${unseen[0].length} unseen digits right`;
      draw();
    });
  });
  $("forget").addEventListener("click", () => { clearTimeout(going); w = newNetwork(0); losses = []; $("trained").textContent = "The weights are drawn anew."; draw(); });
  $("climb").addEventListener("click", () => {
    say("The pixels move, and the weights stand still.");
    run(() => scores.push(drawStep(w, image, Number($("digit").value), η("η2"))), 40, draw);
  });
  $("blank").addEventListener("click", () => { clearTimeout(going); image.fill(0); scores = []; draw(); });

  // A finger or a mouse draws; by keyboard the arrows move and the space bar inks.
  let at = 27;
  const ink = (i) => { image[i] = image[i] > 0.5 ? 0 : 1; draw(); };
  $("image").addEventListener("pointerdown", ({ offsetX, offsetY, target }) => ink(Math.min(7, Math.floor((8 * offsetY) / target.clientHeight)) * 8 + Math.min(7, Math.floor((8 * offsetX) / target.clientWidth))));
  $("image").addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -8, ArrowDown: 8 }[event.key];
    if (move) at = (at + move + 64) % 64;
    else if (event.key === " ") ink(at);
    else return;
    event.preventDefault();
    say(`Row ${Math.floor(at / 8) + 1}, column ${(at % 8) + 1}: ${image[at].toFixed(2)}.`);
  });

  // The source that runs is the source that is shown; the lines that differ are marked.
  const source = await (await fetch(new URL("src/loops.js", FOLDER))).text();
  const [, first, second] = source.split(/^\/\/ ---- .* ----$/m);
  for (const [id, code] of [["code1", first], ["code2", second]]) {
    for (const line of code.trim().split("\n")) {
      const marked = /←|^ {2}move/.test(line);
      $(id).append(Object.assign(document.createElement(marked ? "mark" : "span"), { textContent: line.replace("export ", "") }));
    }
  }
  for (const id of ["η1", "η2"]) {
    const out = () => { $(`${id}out`).textContent = $(id).value; };
    $(id).addEventListener("input", out);
    out();
  }
  draw();
  say("Ready. Train first, or see what an untrained network draws.");
}
