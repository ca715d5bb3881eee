// The browser decodes the picture and makes it small: a photo of many megabytes would not pass through the
// connection to the kernel, and the network looks at 224 pixels anyway.
async function shrunk(file, side) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, side / Math.min(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height].map((n) => Math.max(1, Math.round(n * scale)));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  return new DataView(await blob.arrayBuffer());
}

function render({ model, el }) {
  const id = `vizlib-${Math.random().toString(36).slice(2)}`;
  const label = Object.assign(document.createElement("label"), { htmlFor: id, textContent: model.get("description") });
  const input = Object.assign(document.createElement("input"), { type: "file", id, accept: "image/*" });
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    model.set("refused", "");
    model.save_changes(); // so that a file that is refused twice is refused aloud twice
    try {
      model.set({ value: await shrunk(file, model.get("side")), name: file.name });
    } catch {
      model.set("refused", `${file.name} (${Math.ceil(file.size / 1024)} KiB)`);
    }
    model.save_changes();
    input.value = ""; // so that the same file can be chosen again
  });
  el.classList.add("vizlib-part");
  el.append(label, " ", input);
}
export default { render };
