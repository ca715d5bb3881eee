// "Sell it as a dalmatian": a photo is changed until a network takes it for another class, and no pixel moves far.

import { $, FOLDER, computing, missing, percent, say, settings, wordOf } from "./parts.js";
import { file, fromPixels, keep, show, square } from "./pictures.js";

const ATTACKED = "efficientnet_lite0", OTHER = "efficientnet_lite1";
let known = null, photo = null, changed = null, side = 160, epsilon = 0, open = 0; // answers that are still to come

const tell = computing((message) => {
  if (message.step) {
    changed = message.step.picture;
    show($("changed"), changed, side);
    $("speed").textContent = `${message.backend}: ${message.seconds.toFixed(2)} s a step`;
    say(`Step ${message.step.index + 1}.`);
  }
  if (message.done) finished();
  if (message.said) {
    const { first: [best], wanted } = message.said, [row, column] = message.what;
    const also = best.name === wanted.name ? "" : `; ${wanted.name} ${percent(wanted.probability)}`;
    $("table").rows[row].cells[column].textContent = `${best.name} ${percent(best.probability)}${also}`;
  }
  if (message.said && --open === 0) say("Done. Compare the two pictures, and read what the networks say.");
  if (message.error) $("go").disabled = false;
});

function take(image, name) {
  [photo, changed] = [image, null];
  show($("photo"), photo, side);
  $("photo").setAttribute("aria-label", name);
  for (const id of ["changed", "change"]) $(id).getContext("2d").clearRect(0, 0, side, side);
  $("keep").disabled = $("keepjpeg").disabled = true;
  say(`${name} is ready.`);
}

async function picture(url, name) {
  const image = new Image();
  image.src = url;
  await image.decode();
  take(square(image, image.naturalWidth, image.naturalHeight, side), name);
}

async function own([chosen]) {
  if (!chosen) return;
  try {
    const bitmap = await createImageBitmap(chosen);
    take(square(bitmap, bitmap.width, bitmap.height, side), chosen.name);
  } catch {
    say(`${chosen.name} cannot be read as a picture; try a PNG or JPEG file.`, true);
  }
}

async function camera() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    const video = Object.assign(document.createElement("video"), { srcObject: stream, muted: true, playsInline: true });
    await video.play();
    take(square(video, video.videoWidth, video.videoHeight, side), "Your picture");
    stream.getTracks().forEach((track) => track.stop());
  } catch {
    say("The camera was refused, or there is none: choose a file instead.", true);
  }
}

function go() {
  const why = missing();
  if (why) return say(why, true);
  let target;
  try {
    target = wordOf(known.categories, $("word").value);
  } catch (error) {
    return say(error.message, true);
  }
  epsilon = Number($("epsilon").value);
  $("go").disabled = true;
  say("Loading …");
  for (const row of $("table").rows) for (const cell of [...row.cells].slice(1)) if (cell.tagName === "TD") cell.textContent = "";
  open = 8;
  ask(photo, 1, target);
  tell({ do: "attack", image: photo, target, epsilon, steps: Number($("steps").value) });
}

const ask = (image, row, target) => [ATTACKED, OTHER].forEach((name, i) => tell({ do: "says", name, image, target, what: [row, i + 1] }));

async function finished() {
  $("go").disabled = $("keep").disabled = $("keepjpeg").disabled = false;
  const target = wordOf(known.categories, $("word").value), enlarged = changed.map((v, i) => 0.5 + ((v - photo[i]) * 255) / (2 * epsilon));
  show($("change"), enlarged, side);
  $("change").setAttribute("aria-label", `The change, enlarged so that ${epsilon} of 255 levels are black or white`);
  ask(changed, 2, target);
  ask(await saved("image/png"), 3, target);
  ask(await saved("image/jpeg", 0.9), 4, target);
}

async function saved(type, quality) { // what comes back from a file
  const bitmap = await createImageBitmap(new Blob([await file($("changed"), type, quality)], { type }));
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side }), context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  return fromPixels(context.getImageData(0, 0, side, side));
}

known = await settings();
({ side } = known);
$("words").append(...known.categories.map((name) => new Option(name)));
for (const name of known.photos) {
  const button = Object.assign(document.createElement("button"), { textContent: name });
  button.addEventListener("click", () => picture(new URL(`${name}.png`, FOLDER), `The photo ${name}`));
  $("photos").append(button);
}
$("file").addEventListener("change", ({ target }) => own(target.files));
$("camera").addEventListener("click", camera);
$("go").addEventListener("click", go);
$("epsilon").addEventListener("input", () => { $("epsilonout").textContent = $("epsilon").value; });
$("keep").addEventListener("click", async () => keep(await file($("changed"), "image/png"), "changed.png", "image/png"));
$("keepjpeg").addEventListener("click", async () => keep(await file($("changed"), "image/jpeg", 0.9), "changed.jpg", "image/jpeg"));
await picture(new URL(`${known.photos[0]}.png`, FOLDER), `The photo ${known.photos[0]}`);
say("Ready.");
