// The discrete Fourier transform of square images, quick where the side has small factors (240 = 2·2·2·2·3·5).

/** A real square image from its waves, and the waves of a real image: `irfft2` and `rfft2` of PyTorch. */
export class Fourier2 {
  constructor(side) {
    this.side = side;
    this.half = Math.floor(side / 2) + 1;
    this.pairs = Math.ceil(side / 2); // two real rows go through one transform, as its real and imaginary part
    this.cos = Float64Array.from({ length: side }, (_, k) => Math.cos((2 * Math.PI * k) / side));
    this.sin = Float64Array.from({ length: side }, (_, k) => Math.sin((2 * Math.PI * k) / side));
    const numbers = () => new Float64Array(side * this.half);
    [this.re, this.im, this.toRe, this.toIm] = [numbers(), numbers(), numbers(), numbers()];
  }

  /** image[side·side] from waves: real and imaginary part in turn, side × half of them. */
  inverse(waves, image) {
    const { side, half, pairs } = this;
    for (let i = 0; i < side * half; i++) [this.re[i], this.im[i]] = [waves[2 * i], waves[2 * i + 1]];
    this._columns(half, 1);
    const { re, im, toRe, toIm } = this;
    for (let x = 0; x < half; x++) {
      const real = x === 0 || 2 * x === side, mirror = (side - x) % side;
      for (let y = 0; y < pairs; y++) { // the waves of row 2y + i · those of row 2y + 1
        const a = 2 * y * half + x, b = a + half, last = 2 * y + 1 === side;
        const aIm = real ? 0 : im[a], bRe = last ? 0 : re[b], bIm = last || real ? 0 : im[b];
        toRe[mirror * pairs + y] = re[a] + bIm;
        toIm[mirror * pairs + y] = bRe - aIm;
        toRe[x * pairs + y] = re[a] - bIm;
        toIm[x * pairs + y] = bRe + aIm;
      }
    }
    this._swap();
    this._columns(pairs, 1);
    const area = side * side;
    for (let x = 0; x < side; x++) {
      for (let y = 0; y < side; y++) image[y * side + x] = (y % 2 ? this.im : this.re)[x * pairs + (y >> 1)] / area;
    }
    return image;
  }

  /** The waves of an image. */
  forward(image, waves) {
    const { side, half, pairs } = this;
    for (let x = 0; x < side; x++) {
      for (let y = 0; y < pairs; y++) {
        this.re[x * pairs + y] = image[2 * y * side + x];
        this.im[x * pairs + y] = 2 * y + 1 < side ? image[(2 * y + 1) * side + x] : 0;
      }
    }
    this._columns(pairs, -1);
    const { re, im, toRe, toIm } = this;
    for (let x = 0; x < half; x++) {
      for (let y = 0; y < pairs; y++) { // apart again: a real row's waves mirror themselves
        const z = x * pairs + y, mirror = ((side - x) % side) * pairs + y, a = 2 * y * half + x, b = a + half;
        toRe[a] = (re[z] + re[mirror]) / 2;
        toIm[a] = (im[z] - im[mirror]) / 2;
        if (2 * y + 1 < side) {
          toRe[b] = (im[z] + im[mirror]) / 2;
          toIm[b] = (re[mirror] - re[z]) / 2;
        }
      }
    }
    this._swap();
    this._columns(half, -1);
    for (let i = 0; i < side * half; i++) [waves[2 * i], waves[2 * i + 1]] = [this.re[i], this.im[i]];
    return waves;
  }

  // The same for two: sum and difference, of which only the difference is turned.
  _pair(from, apart, to, run, c, s) {
    const { re, im, toRe, toIm } = this;
    for (let t = 0; t < run; t++) {
      const a = re[from + t], b = re[from + t + apart], x = im[from + t], y = im[from + t + apart];
      toRe[to + t] = a + b;
      toIm[to + t] = x + y;
      toRe[to + t + run] = (a - b) * c - (x - y) * s;
      toIm[to + t + run] = (a - b) * s + (x - y) * c;
    }
  }

  _swap() { [this.re, this.im, this.toRe, this.toIm] = [this.toRe, this.toIm, this.re, this.im]; }

  // Σ in[j] exp(sign·2πi·jk / side) down each of `width` columns, one factor p of the side after another (Stockham's
  // order). What shares an angle lies side by side, so that the inner loops are long and know their cosine and sine.
  _columns(width, sign) {
    const { side, cos, sin } = this;
    for (let done = 1, rest = side; rest > 1;) {
      const p = rest % 2 === 0 ? 2 : rest % 3 === 0 ? 3 : rest % 5 === 0 ? 5 : rest, run = done * width;
      rest /= p;
      const { re, im, toRe, toIm } = this;
      for (let j = 0; j < rest; j++) {
        if (p === 2) this._pair(j * run, rest * run, 2 * j * run, run, cos[j * done], sign * sin[j * done]);
        else for (let q = 0; q < p; q++) {
          const to = (j * p + q) * run;
          for (let r = 0; r < p; r++) {
            const angle = (q * (r * rest + j) * done) % side, c = cos[angle], s = sign * sin[angle];
            const from = (j + r * rest) * run;
            if (r === 0) {
              for (let t = 0; t < run; t++) {
                const x = re[from + t], y = im[from + t];
                toRe[to + t] = x * c - y * s;
                toIm[to + t] = x * s + y * c;
              }
            } else {
              for (let t = 0; t < run; t++) {
                const x = re[from + t], y = im[from + t];
                toRe[to + t] += x * c - y * s;
                toIm[to + t] += x * s + y * c;
              }
            }
          }
        }
      }
      done *= p;
      this._swap();
    }
  }
}
