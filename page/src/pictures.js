// Between planes of numbers in [0, 1] and what a browser shows.

/** Planes of red, green and blue, `(3, side, side)`, as the bytes of a canvas. */
export function toPixels(image, side) {
  const bytes = new Uint8ClampedArray(4 * side * side), area = side * side;
  for (let p = 0; p < area; p++) {
    for (let c = 0; c < 3; c++) bytes[4 * p + c] = image[c * area + p] * 255; // the browser rounds
    bytes[4 * p + 3] = 255;
  }
  return new ImageData(bytes, side, side);
}

/** The planes of a square picture's bytes. */
export function fromPixels({ data, width }) {
  const area = width * width, image = new Float32Array(3 * area);
  for (let p = 0; p < area; p++) for (let c = 0; c < 3; c++) image[c * area + p] = data[4 * p + c] / 255;
  return image;
}

/** Planes of another side, each pixel a mix of its four neighbours. */
export function resized(image, from, to) {
  if (from === to) return image;
  const made = new Float32Array(3 * to * to), last = from - 1;
  for (let y = 0; y < to; y++) {
    for (let x = 0; x < to; x++) {
      const across = Math.min(Math.max(((x + 0.5) * from) / to - 0.5, 0), last);
      const down = Math.min(Math.max(((y + 0.5) * from) / to - 0.5, 0), last);
      const x0 = Math.floor(across), y0 = Math.floor(down), x1 = Math.min(x0 + 1, last), y1 = Math.min(y0 + 1, last);
      const right = across - x0, below = down - y0;
      for (let c = 0; c < 3; c++) {
        const at = (i, j) => image[c * from * from + i * from + j];
        const upper = at(y0, x0) * (1 - right) + at(y0, x1) * right, lower = at(y1, x0) * (1 - right) + at(y1, x1) * right;
        made[c * to * to + y * to + x] = upper * (1 - below) + lower * below;
      }
    }
  }
  return made;
}

/** The middle square of a picture (file, video, image), `side` pixels. */
export function square(source, width, height, side) {
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const part = Math.min(width, height), context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(source, (width - part) / 2, (height - part) / 2, part, part, 0, 0, side, side);
  return fromPixels(context.getImageData(0, 0, side, side));
}

/** Show planes on a canvas. */
export function show(canvas, image, side) {
  canvas.width = canvas.height = side;
  canvas.getContext("2d").putImageData(toPixels(image, side), 0, 0);
}

/** A canvas as the bytes of a file. */
export async function file(canvas, type, quality) {
  const blob = await new Promise((done) => canvas.toBlob(done, type, quality));
  return new Uint8Array(await blob.arrayBuffer());
}

/** Let the visitor keep a file. */
export function keep(bytes, name, type) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob([bytes], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
