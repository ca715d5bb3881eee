// The worker: all computing happens here, so that the page never freezes. It is told `{do, …}` and tells `{…}` back.

import { climb } from "./climb.js";
import { attack } from "./attack.js";
import { Networks, softmax } from "./networks.js";
import { resized } from "./pictures.js";

let begun = null, networks = null, steps = null;
let going = 0; // counts what was begun: an older run ends when it sees another
const tell = (what, transfer = []) => postMessage(what, transfer);

/** The networks, the same for all messages, however many come before the settings. */
function ready(folder) {
  begun ??= read(folder).catch((error) => {
    begun = null;
    throw error;
  });
  return begun;
}

async function read(folder) {
  const answer = await fetch(new URL("settings.json", folder));
  if (!answer.ok) throw new Error(`The settings of this page are not on its server (${answer.status}).`);
  return new Networks(folder, await answer.json(), (sentence) => tell({ loading: sentence }));
}

async function run() {
  const mine = ++going;
  for (;;) {
    const began = performance.now(), { done, value } = await steps.next();
    if (mine !== going) return;
    if (done) return tell({ done: true });
    tell({ step: value, seconds: (performance.now() - began) / 1000, backend: networks.backend });
    await new Promise((next) => setTimeout(next)); // let messages in
  }
}

function five(logits, wanted) {
  const chances = softmax(logits), order = [...chances.keys()].sort((a, b) => chances[b] - chances[a]);
  const named = (i) => ({ name: networks.settings.categories[i], probability: chances[i] });
  return { first: order.slice(0, 3).map(named), wanted: { ...named(wanted), place: order.indexOf(wanted) + 1 } };
}

const jobs = {
  async start({ preset, wish, seed, steps: count }) {
    const recipe = networks.settings.presets[preset];
    const all = [...new Set(wish.unit === undefined ? recipe.networks : recipe.networks.slice(0, 1))];
    for (const name of all) await networks.load(name);
    steps = climb(networks, count ? { ...recipe, steps: count } : recipe, wish, seed);
    await run();
  },
  stop() { going++; },
  goOn: run,
  async judge({ image, size, target }) {
    const logits = await networks.judge(resized(image, size, networks.settings.judge_side));
    tell({ judged: five(logits, target), judge: networks.settings.judge });
  },
  async says({ name, image, target, what }) { // one of the networks that climb, of an image of their size
    const { logits } = await networks.ask(name, image, {});
    tell({ said: five(logits, target), name, what });
  },
  async attack({ image, target, epsilon, steps: count }) {
    await networks.load("efficientnet_lite0");
    steps = attack(networks, image, target, epsilon, count);
    await run();
  },
};

onmessage = async ({ data }) => {
  try {
    networks = await ready(data.folder);
    await jobs[data.do](data);
  } catch (error) {
    const lost = error instanceof TypeError && /fetch|network|import/i.test(error.message);
    tell({ error: lost ? "The connection to the server was lost: try again when it is back." : error.message });
  }
};
