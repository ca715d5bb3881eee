// How far to go along a gradient, uphill.

/** Kingma & Ba 2015. */
export class Adam {
  constructor(parameters, lr, [b1, b2] = [0.9, 0.999]) {
    Object.assign(this, { parameters, lr, b1, b2, steps: 0 });
    this.mean = new Float32Array(parameters.length);
    this.square = new Float32Array(parameters.length);
  }

  step(gradient) {
    const { parameters, lr, b1, b2, mean, square } = this, n = ++this.steps;
    const first = 1 - b1 ** n, second = Math.sqrt(1 - b2 ** n);
    for (let i = 0; i < parameters.length; i++) {
      mean[i] = b1 * mean[i] + (1 - b1) * gradient[i];
      square[i] = b2 * square[i] + (1 - b2) * gradient[i] * gradient[i];
      parameters[i] += ((lr / first) * mean[i]) / (Math.sqrt(square[i]) / second + 1e-8);
    }
  }
}

/** A step of length lr, whatever the length of the gradient. */
export class Unit {
  constructor(parameters, lr) { Object.assign(this, { parameters, lr }); }

  step(gradient) {
    const length = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0)) || 1;
    gradient.forEach((g, i) => { this.parameters[i] += (this.lr * g) / length; });
  }
}
