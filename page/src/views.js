// What the network is shown in place of the image: a window of it, moved, turned and zoomed by chance. The image is a
// canvas without a seam: what leaves on one side comes in on the other.

/** A new view, drawn from a recipe: where every pixel of the window looks, and how its four neighbours count. */
export function draw({ size, window, share, jitter, degrees, low, high }, random) {
  const [down, across] = [random.whole(-jitter, jitter), random.whole(-jitter, jitter)];
  const angle = (random.uniform(-degrees, degrees) * Math.PI) / 180;
  const zoom = share / random.uniform(low, high);
  return place(size, window, [
    [Math.cos(angle) * zoom, -Math.sin(angle) * zoom],
    [Math.sin(angle) * zoom, Math.cos(angle) * zoom],
  ], down, across);
}

/** The same of a given matrix, from places in the window to places in the image, both from −1 to 1. */
export function place(size, window, [[a, b], [c, d]], down, across) {
  const at = new Int32Array(4 * window * window), weight = new Float32Array(4 * window * window);
  const inside = (n) => ((n % size) + size) % size;
  for (let i = 0, n = 0; i < window; i++) {
    for (let j = 0; j < window; j++, n += 4) {
      const u = (2 * j + 1) / window - 1, v = (2 * i + 1) / window - 1;
      const x = ((a * u + b * v + 1) * size - 1) / 2 - across, y = ((c * u + d * v + 1) * size - 1) / 2 - down;
      const left = Math.floor(x), top = Math.floor(y), right = x - left, below = y - top;
      const [x0, x1, y0, y1] = [inside(left), inside(left + 1), inside(top) * size, inside(top + 1) * size];
      at[n] = y0 + x0;
      at[n + 1] = y0 + x1;
      at[n + 2] = y1 + x0;
      at[n + 3] = y1 + x1;
      weight[n] = (1 - right) * (1 - below);
      weight[n + 1] = right * (1 - below);
      weight[n + 2] = (1 - right) * below;
      weight[n + 3] = right * below;
    }
  }
  return { at, weight, size, window };
}

/** What is seen of an image through a view. */
export function look(image, { at, weight, size, window }) {
  const seen = new Float32Array(3 * window * window);
  for (let c = 0, p = 0; c < 3; c++) {
    const plane = c * size * size;
    for (let n = 0; n < at.length; n += 4, p++) {
      for (let k = n; k < n + 4; k++) seen[p] += weight[k] * image[plane + at[k]];
    }
  }
  return seen;
}

/** The way back: what was looked at gets its share of the gradient. */
export function back(gradient, { at, weight, size }) {
  const toImage = new Float32Array(3 * size * size);
  for (let c = 0, p = 0; c < 3; c++) {
    const plane = c * size * size;
    for (let n = 0; n < at.length; n += 4, p++) {
      for (let k = n; k < n + 4; k++) toImage[plane + at[k]] += weight[k] * gradient[p];
    }
  }
  return toImage;
}
