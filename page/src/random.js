// Numbers that a seed decides: the same in every browser.

export class Random {
  constructor(seed) { this.state = (seed + 0x9e3779b9) >>> 0; }

  /** Evenly from [low, high): the generator "mulberry32". */
  uniform(low = 0, high = 1) {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return low + (high - low) * (((t ^ (t >>> 14)) >>> 0) / 4294967296);
  }

  /** A whole number from low to high, both included. */
  whole(low, high) { return Math.floor(this.uniform(low, high + 1)); }

  /** From a normal distribution (Box and Muller 1958). */
  normal() {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}
