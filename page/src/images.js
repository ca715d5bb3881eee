// How an image is made of parameters: pixels, or waves of every frequency. Each gives its image and, from the gradient
// of the image, that of its parameters. Images are planes of red, green and blue, numbers in [0, 1].

import { Fourier2 } from "./fourier.js";

/** The pixels themselves, as the distance from grey. */
export class Pixels {
  constructor({ size }, start) {
    this.size = size;
    this.parameters = new Float32Array(3 * size * size);
    if (start) this.parameters.forEach((_, i) => { this.parameters[i] = start[i] - 0.5; });
  }

  linear() { return this.parameters; }

  image(pixels = this.parameters) {
    return pixels.map((value) => Math.min(Math.max(value + 0.5, 0), 1));
  }

  gradient(toImage) {
    return toImage.map((value, i) => (Math.abs(this.parameters[i]) <= 0.5 ? value : 0));
  }
}

/** Waves, weighted as in natural images, in decorrelated colours (Olah et al. 2017). */
export class Waves {
  constructor({ size, decay, chroma, contrast, colour, sd }, random) {
    this.size = size;
    this.fourier = new Fourier2(size);
    const { half } = this.fourier;
    this.count = 2 * size * half;
    this.parameters = Float32Array.from({ length: 3 * this.count }, () => sd * random.normal());
    this.colour = colour.map((row) => row.map((value, j) => value * (j ? chroma : 1)));
    this.scale = new Float64Array(this.count); // of each coefficient: slow waves are strong
    this.twice = new Float64Array(this.count); // all but the first and the last of a row stand for two
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < half; x++) {
        const frequency = Math.hypot(Math.min(y, size - y), x) / size;
        const i = 2 * (y * half + x);
        this.scale[i] = this.scale[i + 1] = size * size * contrast * Math.pow(1 / size / Math.max(frequency, 1 / size), decay);
        this.twice[i] = this.twice[i + 1] = x === 0 || 2 * x === size ? 1 : 2;
      }
    }
  }

  /** What is averaged over the steps: the sum of the waves, before the sigmoid. */
  linear() {
    const { size, count, scale, parameters } = this, area = size * size;
    const planes = [0, 1, 2].map((j) => {
      const waves = new Float64Array(count);
      for (let i = 0; i < count; i++) waves[i] = scale[i] * parameters[j * count + i];
      return this.fourier.inverse(waves, new Float64Array(area));
    });
    const sum = new Float32Array(3 * area);
    this.colour.forEach(([a, b, c], i) => {
      for (let p = 0; p < area; p++) sum[i * area + p] = a * planes[0][p] + b * planes[1][p] + c * planes[2][p];
    });
    return sum;
  }

  image(linear = this.linear()) {
    const image = new Float32Array(linear.length);
    for (let p = 0; p < linear.length; p++) image[p] = 1 / (1 + Math.exp(-linear[p]));
    return image;
  }

  /** The way back: sigmoid, colours, and the transform, whose way back is the transform itself. */
  gradient(toImage, image) {
    const { size, count, scale, twice } = this, area = size * size;
    const before = new Float64Array(3 * area);
    for (let p = 0; p < 3 * area; p++) before[p] = toImage[p] * image[p] * (1 - image[p]);
    const gradient = new Float32Array(3 * count), plane = new Float64Array(area);
    for (let j = 0; j < 3; j++) {
      const [a, b, c] = this.colour.map((row) => row[j]);
      for (let p = 0; p < area; p++) plane[p] = a * before[p] + b * before[area + p] + c * before[2 * area + p];
      const waves = this.fourier.forward(plane, new Float64Array(count));
      for (let i = 0; i < count; i++) gradient[j * count + i] = (waves[i] * scale[i] * twice[i]) / area;
    }
    return gradient;
  }
}
