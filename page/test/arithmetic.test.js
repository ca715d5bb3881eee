// The arithmetic of the pages against values from torch, which `tests/test_page.py` writes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Pixels, Waves } from "../src/images.js";
import { backward, forward, newNetwork, softmax } from "../src/network.js";
import { Networks } from "../src/networks.js";
import { Adam, Unit } from "../src/optimizers.js";
import { withText } from "../src/png.js";
import { Random } from "../src/random.js";
import { drawStep, trainStep } from "../src/loops.js";
import { resized } from "../src/pictures.js";
import { back, look, place } from "../src/views.js";
import { wordOf } from "../src/parts.js";

const values = JSON.parse(readFileSync(process.env.VALUES));
const near = (found, wanted, within = 2e-4) => {
  assert.equal(found.length, wanted.length);
  const most = Math.max(...wanted.map(Math.abs));
  found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) <= within * most, `${i}: ${value}, not ${wanted[i]}`));
};

for (const given of values.waves) {
  test(`waves of ${given.size} pixels, and the way back`, () => {
    const waves = new Waves({ ...values.recipe, size: given.size }, new Random(0));
    waves.parameters.set(given.coefficients);
    const image = waves.image();
    near([...image], given.image);
    near([...waves.gradient(Float32Array.from(given.up), image)], given.gradient);
  });
}

for (const [name, Optimizer] of [["adam", Adam], ["unit", Unit]]) {
  test(`steps of ${name}`, () => {
    const { lr, gradients, path } = values[name], parameters = new Float32Array(gradients[0].length);
    const optimizer = new Optimizer(parameters, lr);
    gradients.forEach((gradient, i) => {
      optimizer.step(Float32Array.from(gradient));
      near([...parameters], path[i]);
    });
  });
}

test("a view, and the way back", () => {
  const { size, window, matrix, down, across, image, seen, up, gradient } = values.view;
  const view = place(size, window, matrix, down, across);
  near([...look(Float32Array.from(image), view)], seen);
  near([...back(Float32Array.from(up), view)], gradient);
});

test("a larger picture", () => {
  const { from, to, image, larger } = values.resized;
  near([...resized(Float32Array.from(image), from, to)], larger);
});

test("pixels that are clamped get no gradient", () => {
  const pixels = new Pixels({ size: 1 });
  pixels.parameters.set([0.6, -0.6, 0.1]);
  near([...pixels.image()], [1, 0, 0.6]);
  assert.deepEqual([...pixels.gradient(Float32Array.of(1, 1, 1))], [0, 0, 1]);
});

test("the gradients of the small network are those that finite differences find", () => {
  const w = newNetwork(1), random = new Random(2), image = Float32Array.from({ length: 64 }, () => random.uniform());
  const loss = () => -Math.log(softmax(forward(w, image).scores)[3]);
  const seen = forward(w, image), gradient = Object.fromEntries(Object.entries(w).map(([k, v]) => [k, v.map(() => 0)]));
  const toScores = softmax(seen.scores).map((p, n) => p - (n === 3)), toImage = backward(w, image, seen, toScores, gradient);
  for (const [part, found] of [[image, toImage], ...Object.keys(w).map((k) => [w[k], gradient[k]])]) {
    for (const i of [0, 5, part.length - 1]) {
      const before = part[i], at = (value) => { part[i] = value; return loss(); };
      const slope = (at(before + 1e-2) - at(before - 1e-2)) / 2e-2;
      part[i] = before;
      assert.ok(Math.abs(slope - found[i]) < 2e-3 + 0.02 * Math.abs(slope), `${slope} and ${found[i]}`);
    }
  }
});

test("training lowers the loss, and drawing moves the picture alone", () => {
  const w = newNetwork(0), random = new Random(0);
  const images = Array.from({ length: 20 }, () => Float32Array.from({ length: 64 }, () => random.uniform()));
  const labels = images.map((_, i) => i % 10), losses = Array.from({ length: 100 }, () => trainStep(w, images, labels, 0.3));
  assert.ok(losses.at(-1) < losses[0] / 2);
  const kept = structuredClone(w), image = new Float32Array(64), scores = Array.from({ length: 20 }, () => drawStep(w, image, 3, 0.1));
  assert.ok(scores.at(-1) > scores[0] + 1);
  assert.deepEqual(w, kept);
});

test("a seed decides", () => {
  const draw = (seed) => Array.from({ length: 1000 }, ((random) => () => random.normal())(new Random(seed)));
  assert.deepEqual(draw(3), draw(3));
  assert.notDeepEqual(draw(3), draw(4));
  const mean = draw(3).reduce((a, b) => a + b) / 1000;
  assert.ok(Math.abs(mean) < 0.1);
});

test("a word, a number, and the nearest words", () => {
  const words = ["cup", "dumbbell", "bell pepper"];
  assert.equal(wordOf(words, " Dumbbell "), 1);
  assert.equal(wordOf(words, "2"), 2);
  assert.throws(() => wordOf(words, "dumbel"), /nearest: dumbbell/);
});

test("a text in a PNG", () => {
  const png = new Uint8Array(8 + 25 + 12).map((_, i) => i), made = withText(png, "vizlib", "{ε}");
  const added = 12 + "vizlib".length + 5 + new TextEncoder().encode("{ε}").length;
  assert.equal(made.length, png.length + added);
  assert.deepEqual([...made.subarray(0, 33)], [...png.subarray(0, 33)]);
  assert.deepEqual([...made.subarray(33 + added)], [...png.subarray(33)]);
});

test("networks answer one after another, and an error of one is not the next one's", async () => {
  const networks = new Networks("", { side: 1, layers: { a: [1], b: [1] } });
  let busy = 0, most = 0;
  const run = (fails) => async () => {
    most = Math.max(most, ++busy);
    await new Promise((next) => setTimeout(next));
    busy--;
    if (fails) throw new Error("lost");
    return { logits: { data: [1] }, means: {}, gradient: {} };
  };
  Object.assign(networks, { ort: { Tensor: class {} }, sessions: { a: { run: run(true) }, b: { run: run(false) } } });
  const asked = await Promise.allSettled(["a", "b", "b"].map((name) => networks.ask(name, [], {})));
  assert.equal(most, 1);
  assert.deepEqual(asked.map((one) => one.status), ["rejected", "fulfilled", "fulfilled"]);
});
