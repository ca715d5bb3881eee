// The discrete Fourier transform of any length, quick where the length has small factors (240 = 2·2·2·2·3·5).

export class Fourier {
  constructor(length) {
    this.length = length;
    this.cos = Float64Array.from({ length }, (_, k) => Math.cos((2 * Math.PI * k) / length));
    this.sin = Float64Array.from({ length }, (_, k) => Math.sin((2 * Math.PI * k) / length));
    this.re = new Float64Array(length);
    this.im = new Float64Array(length);
    this.partRe = new Float64Array(length);
    this.partIm = new Float64Array(length);
  }

  /** out[k] = Σ in[j] exp(sign·2πi·jk / length), in place; `at` and `stride` say where the numbers stand. */
  transform(re, im, at, stride, sign) {
    this.sign = sign;
    this._split(this.length, re, im, at, stride, 0);
    for (let k = 0; k < this.length; k++) {
      re[at + k * stride] = this.re[k];
      im[at + k * stride] = this.im[k];
    }
  }

  // Cooley and Tukey 1965: p shorter transforms, of every p-th number each, are put together.
  _split(n, re, im, at, stride, to) {
    const p = n % 5 === 0 ? 5 : n % 3 === 0 ? 3 : n % 2 === 0 ? 2 : n, m = n / p;
    if (m > 1) for (let r = 0; r < p; r++) this._split(m, re, im, at + r * stride, stride * p, to + r * m);
    else for (let r = 0; r < p; r++) [this.re[to + r], this.im[to + r]] = [re[at + r * stride], im[at + r * stride]];
    if (p === 2) this._pairs(m, to);
    else this._join(p, m, to);
  }

  _pairs(m, to) {
    const { re, im, cos, sin, sign } = this, turn = this.length / (2 * m);
    for (let k = to, angle = 0; k < to + m; k++, angle += turn) {
      const c = cos[angle], s = sign * sin[angle], x = re[k + m] * c - im[k + m] * s, y = re[k + m] * s + im[k + m] * c;
      re[k + m] = re[k] - x;
      im[k + m] = im[k] - y;
      re[k] += x;
      im[k] += y;
    }
  }

  _join(p, m, to) {
    const { re, im, partRe, partIm, cos, sin, length, sign } = this, turn = length / (p * m);
    for (let k = 0; k < m; k++) {
      for (let r = 0; r < p; r++) {
        partRe[r] = re[to + k + r * m];
        partIm[r] = im[to + k + r * m];
      }
      for (let q = 0; q < p; q++) {
        const step = ((k + q * m) * turn) % length;
        let sumRe = partRe[0], sumIm = partIm[0];
        for (let r = 1, angle = step; r < p; r++, angle += step, angle = angle < length ? angle : angle - length) {
          const c = cos[angle], s = sign * sin[angle];
          sumRe += partRe[r] * c - partIm[r] * s;
          sumIm += partRe[r] * s + partIm[r] * c;
        }
        re[to + k + q * m] = sumRe;
        im[to + k + q * m] = sumIm;
      }
    }
  }
}

/** A real square image from its waves, and the waves of a real image: `irfft2` and `rfft2` of PyTorch. */
export class Fourier2 {
  constructor(side) {
    this.side = side;
    this.half = Math.floor(side / 2) + 1;
    this.line = new Fourier(side);
    this.re = new Float64Array(side * side);
    this.im = new Float64Array(side * side);
  }

  /** image[side·side] from waves: real and imaginary part in turn, side × half of them. */
  inverse(waves, image) {
    const { side, half, re, im } = this;
    re.fill(0);
    im.fill(0);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < half; x++) {
        re[y * side + x] = waves[2 * (y * half + x)];
        im[y * side + x] = waves[2 * (y * half + x) + 1];
      }
    }
    for (let x = 0; x < half; x++) this.line.transform(re, im, x, side, 1);
    for (let y = 0; y < side; y++) {
      const row = y * side;
      im[row] = 0;
      if (side % 2 === 0) im[row + side / 2] = 0;
      for (let x = 1; x < side - half + 1; x++) { // the other half mirrors this one
        re[row + side - x] = re[row + x];
        im[row + side - x] = -im[row + x];
      }
      this.line.transform(re, im, row, 1, 1);
      for (let x = 0; x < side; x++) image[row + x] = re[row + x] / (side * side);
    }
    return image;
  }

  /** The waves of an image. */
  forward(image, waves) {
    const { side, half, re, im } = this;
    re.set(image);
    im.fill(0);
    for (let y = 0; y < side; y++) this.line.transform(re, im, y * side, 1, -1);
    for (let x = 0; x < half; x++) this.line.transform(re, im, x, side, -1);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < half; x++) {
        waves[2 * (y * half + x)] = re[y * side + x];
        waves[2 * (y * half + x) + 1] = im[y * side + x];
      }
    }
    return waves;
  }
}
