// A range and a number field for one value. Only a finished move is sent to Python, not every pixel of a drag.
function render({ model, el }) {
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const toPosition = (value) => (model.get("log") ? Math.log10(value) : value);
  const toValue = (position) => (model.get("log") ? Number((10 ** position).toPrecision(2)) : position);
  const id = `vizlib-${Math.random().toString(36).slice(2)}`;
  const name = model.get("description");
  const label = make("label", { htmlFor: id, textContent: name });
  const range = make("input", { type: "range" });
  const field = make("input", { type: "number", id });
  range.setAttribute("aria-label", `${name} (slider)`);
  range.dataset.lmSuppressShortcuts = "true"; // else JupyterLab takes the arrow keys, to go from cell to cell

  function show() {
    const [value, low, high, step, log] = ["value", "min", "max", "step", "log"].map((key) => model.get(key));
    Object.assign(range, {
      step: log ? 0.05 : step, min: toPosition(low), max: toPosition(high), value: toPosition(value),
    });
    Object.assign(field, { step: log ? "any" : step, min: low, max: high, value });
    range.setAttribute("aria-valuetext", `${value}`);
  }
  function set(value) {
    if (Number.isFinite(value)) {
      model.set("value", Math.min(Math.max(value, model.get("min")), model.get("max")));
      model.save_changes();
    }
    show();
  }
  range.addEventListener("input", () => { field.value = toValue(range.valueAsNumber); });
  range.addEventListener("change", () => set(toValue(range.valueAsNumber)));
  field.addEventListener("change", () => set(field.valueAsNumber));
  field.addEventListener("keydown", ({ key }) => { if (key === "Enter") set(field.valueAsNumber); });
  for (const key of ["value", "min", "max", "step", "log"]) model.on(`change:${key}`, show);
  show();
  el.classList.add("vizlib-part");
  el.append(label, range, field);
}
export default { render };
