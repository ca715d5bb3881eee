// The networks: one file each, run by ONNX Runtime Web. Forward and backward pass are one inference.

export class Networks {
  /**
   * @param folder where the networks and the runtime are, an address
   * @param settings what `page/export.py` wrote
   * @param tell is called with a sentence while something loads
   */
  constructor(folder, settings, tell) {
    Object.assign(this, { folder, settings, tell, sessions: {}, backend: null, before: Promise.resolve() });
  }

  /** One job after another: the runtime fails where a second session begins while one runs. */
  _alone(job) {
    const done = this.before.then(job);
    this.before = done.catch(() => {}); // whoever asked hears of it
    return done;
  }

  /** The runtime: WebGPU (not run by its makers) where there is one, else WebAssembly with as many threads as this page
   * may have. */
  async _runtime() {
    const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
    const file = adapter ? "ort.webgpu.min.mjs" : "ort.wasm.min.mjs";
    this.ort = await import(new URL(`runtime/${file}`, this.folder));
    this.ort.env.wasm.wasmPaths = new URL("runtime/", this.folder).href;
    this.threads = self.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency || 1) : 1;
    this.ort.env.wasm.numThreads = this.threads;
    this.providers = adapter ? ["webgpu"] : ["wasm"];
    this.backend = adapter ? "WebGPU (not run in this page's tests)" : `WebAssembly, ${this.threads} thread${this.threads > 1 ? "s" : ""}`;
  }

  /** The session of a network, loaded once, however many ask for it meanwhile. */
  load(name) {
    this.sessions[name] ??= this._load(name).catch((error) => {
      delete this.sessions[name];
      throw error;
    });
    return this.sessions[name];
  }

  async _load(name) {
    this.begun ??= this._runtime().catch((error) => {
      this.begun = null;
      throw error;
    });
    await this.begun;
    const model = await this._fetch(name);
    this.tell(`${name} gets ready …`);
    const create = () => this._alone(() => this.ort.InferenceSession.create(model, { executionProviders: this.providers }));
    const session = await create();
    if (this.providers[0] !== "webgpu" || !this.settings.check[name] || (await this._right(name, session))) return session;
    this.providers = ["wasm"];
    this.backend = "WebAssembly, because WebGPU computes something else here";
    return create();
  }

  async _fetch(name) {
    const answer = await fetch(new URL(`${name}.onnx`, this.folder));
    if (!answer.ok) throw new Error(`${name} is not on this server (${answer.status}).`);
    const whole = Number(answer.headers.get("content-length")), parts = [];
    let have = 0;
    for (const reader = answer.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      have += value.length;
      this.tell(`${name}: ${(have / 1e6).toFixed(0)}${whole ? ` of ${(whole / 1e6).toFixed(0)}` : ""} MB`);
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  }

  // Some logits for grey, as PyTorch computes them.
  async _right(name, session) {
    const { check, side } = this.settings;
    const { logits } = await this._ask(session, name, new Float32Array(3 * side * side).fill(0.25), {});
    return check[name].every((wanted, i) => Math.abs(logits[i] - wanted) < 0.05 + 0.05 * Math.abs(wanted));
  }

  /** What a network that can climb says of an image, and the gradient to its pixels of what is wanted. */
  async ask(name, image, wanted) {
    return this._ask(await this.load(name), name, image, wanted);
  }

  async _ask(session, name, image, { target, against = 0, statistics = 0, unit }) {
    const { Tensor } = this.ort, { side, layers } = this.settings;
    const number = (value) => new Tensor("float32", Float32Array.of(value), [1, 1]);
    const oneHot = new Float32Array(1000), units = new Float32Array(layers[name].reduce((a, b) => a + b));
    if (target !== undefined) oneHot[target] = 1;
    if (unit !== undefined) units[unit] = 1;
    const answer = await this._alone(() => session.run({
      image: new Tensor("float32", image, [1, 3, side, side]), one_hot: new Tensor("float32", oneHot, [1, 1000]),
      against: number(against), statistics: number(statistics), unit: new Tensor("float32", units, [1, units.length]),
    }));
    return { logits: answer.logits.data, means: answer.means.data, gradient: answer.gradient.data };
  }

  /** What the judge, which never climbs, says of an image of its own size. */
  async judge(image) {
    const { judge, judge_side: side } = this.settings;
    const session = await this.load(judge);
    const shown = new this.ort.Tensor("float32", image, [1, 3, side, side]);
    const { logits } = await this._alone(() => session.run({ image: shown }));
    return logits.data;
  }
}

/** Probabilities from logits. */
export function softmax(logits) {
  const most = logits.reduce((a, b) => Math.max(a, b)), all = Array.from(logits, (s) => Math.exp(s - most));
  const sum = all.reduce((a, b) => a + b);
  return all.map((one) => one / sum);
}
