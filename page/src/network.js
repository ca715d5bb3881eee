// A small network in plain JavaScript: 64 pixels → 32 → 10 scores, with its gradients written out.

import { Random } from "./random.js";

const [PIXELS, HIDDEN, DIGITS] = [64, 32, 10];

export function newNetwork(seed) {
  const random = new Random(seed);
  const normal = (count, spread) => Float32Array.from({ length: count }, () => spread * random.normal());
  // a, b: from pixels to the hidden layer; c, d: from there to the scores.
  return { a: normal(HIDDEN * PIXELS, 0.15), b: normal(HIDDEN, 0.3), c: normal(DIGITS * HIDDEN, 0.2), d: new Float32Array(DIGITS) };
}

/** Scores of one image, and what is needed to go back. */
export function forward({ a, b, c, d }, image) {
  const hidden = new Float32Array(HIDDEN), scores = Float32Array.from(d);
  for (let h = 0; h < HIDDEN; h++) {
    let sum = b[h];
    for (let p = 0; p < PIXELS; p++) sum += a[h * PIXELS + p] * image[p];
    hidden[h] = Math.max(sum, 0); // ReLU
  }
  for (let n = 0; n < DIGITS; n++) for (let h = 0; h < HIDDEN; h++) scores[n] += c[n * HIDDEN + h] * hidden[h];
  return { scores, hidden };
}

/** From the gradient of the scores to that of the weights (added up in `gradient`) and of the image. */
export function backward({ a, c }, image, { hidden }, toScores, gradient = null) {
  const toHidden = new Float32Array(HIDDEN), toImage = new Float32Array(PIXELS);
  for (let n = 0; n < DIGITS; n++) {
    for (let h = 0; h < HIDDEN; h++) {
      toHidden[h] += toScores[n] * c[n * HIDDEN + h];
      if (gradient) gradient.c[n * HIDDEN + h] += toScores[n] * hidden[h];
    }
    if (gradient) gradient.d[n] += toScores[n];
  }
  for (let h = 0; h < HIDDEN; h++) {
    if (hidden[h] === 0) continue; // the ReLU lets nothing through
    if (gradient) gradient.b[h] += toHidden[h];
    for (let p = 0; p < PIXELS; p++) {
      toImage[p] += toHidden[h] * a[h * PIXELS + p];
      if (gradient) gradient.a[h * PIXELS + p] += toHidden[h] * image[p];
    }
  }
  return toImage;
}

export function softmax(scores) {
  const most = Math.max(...scores), all = scores.map((s) => Math.exp(s - most)), sum = all.reduce((x, y) => x + y);
  return all.map((one) => one / sum);
}
