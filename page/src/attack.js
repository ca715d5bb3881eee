// Projected gradient ascent (Madry et al. 2018): a photo becomes another class, and no pixel moves by more than ε.

/** @param epsilon in units of 1/255 */
export async function* attack(networks, photo, target, epsilon, steps) {
  const limit = epsilon / 255, length = (2.5 * limit) / steps, image = photo.slice();
  for (let index = 0; index < steps; index++) {
    const { logits, gradient } = await networks.ask("efficientnet_lite0", image, { target, against: 1 });
    for (let i = 0; i < image.length; i++) {
      const moved = image[i] + length * Math.sign(gradient[i]);
      image[i] = Math.min(Math.max(moved, photo[i] - limit, 0), photo[i] + limit, 1);
    }
    yield { index, score: logits[target], probability: null, picture: image.slice() };
  }
}
