// THE loop: image, view, network, gradient, step. The weights stay; the parameters of the picture move.

import { Pixels, Waves } from "./images.js";
import { Networks, softmax } from "./networks.js";
import { Adam, Unit } from "./optimizers.js";
import { Random } from "./random.js";
import { back, draw, look, place } from "./views.js";

/**
 * A picture in the making, step by step.
 *
 * @param networks {Networks}
 * @param recipe numbers of a recipe, as `page/export.py` writes them
 * @param wish `{target}`, the index of a class, or `{unit}`, the index of a channel
 */
export async function* climb(networks, recipe, wish, seed) {
  const random = new Random(seed);
  const made = recipe.parametrization === "fourier" ? new Waves(recipe, random) : new Pixels(recipe);
  const optimizer = new (recipe.optimizer === "adam" ? Adam : Unit)(made.parameters, recipe.lr);
  const whole = place(recipe.size, networks.settings.side, [[1, 0], [0, 1]], 0, 0);
  let average = null;
  const wanted = { ...wish, against: wish.unit === undefined ? recipe.against : 0, statistics: recipe.statistics };
  for (let index = 0; index < recipe.steps; index++) {
    const network = wish.unit === undefined ? recipe.networks[random.whole(0, recipe.networks.length - 1)] : recipe.networks[0];
    const view = recipe.window ? draw(recipe, random) : whole;
    const linear = made.linear(), image = made.image(linear);
    const { logits, means, gradient } = await networks.ask(network, look(image, view), wanted);
    const toImage = back(gradient, view);
    if (recipe.l2) toImage.forEach((_, i) => { toImage[i] -= 2 * recipe.l2 * (image[i] - 0.5); });
    optimizer.step(made.gradient(toImage, image));
    // At first all steps count alike, so that the grey of the beginning does not linger.
    const share = recipe.ema_decay ? Math.max(1 - recipe.ema_decay, 1 / (index + 1)) : 1;
    average ??= Float32Array.from(linear);
    for (let i = 0; i < average.length; i++) average[i] += share * (linear[i] - average[i]);
    yield {
      index, network,
      score: wish.unit === undefined ? logits[wish.target] : means[wish.unit],
      probability: wish.unit === undefined ? softmax(logits)[wish.target] : null,
      picture: made.image(average),
    };
  }
}
