// What a saved picture says of itself, in the form that `vizlib again` reads.

export function settingsOf({ version, presets }, { preset, target, seed, taken, backend }) {
  const { settings } = presets[preset];
  return JSON.stringify({
    vizlib: version, objective: [[1.0, "class_score", [target]]], recipe: settings, seed, batch: 1, device: "page", threads: 1,
    notes: [`made in a web page by ${backend}, whose numbers are drawn in another way: again makes another picture of the same wish`],
    ...(taken < settings.steps ? { stopped_after: taken } : {}),
  });
}
