// A question, its choices or a field for a number, and a button that commits the guess. The browser's own elements,
// which keyboards and screen readers know.
function render({ model, el }) {
  const make = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const id = `vizlib-${Math.random().toString(36).slice(2)}`;
  const choices = model.get("choices");
  const input = (properties) => {
    const made = make("input", { name: id, required: true, ...properties });
    made.dataset.lmSuppressShortcuts = "true"; // else JupyterLab takes the arrow keys, to go from cell to cell
    return made;
  };
  const offered = choices.map((value) => make("label", {}, input({ type: "radio", value }), ` ${value}`));
  if (!choices.length) {
    const [min, max, step] = [model.get("low"), model.get("high"), model.get("whole") ? 1 : "any"];
    const field = input({ type: "number", min, max, step });
    offered.push(make("label", {}, `from ${min} to ${max}: `, field, ` ${model.get("unit")}`));
  }
  const said = make("div", { className: "vizlib-message" });
  said.setAttribute("role", "status");
  const legend = make("legend", {}, make("b", { textContent: "Predict. " }), model.get("question"));
  const all = make("fieldset", {}, legend, ...offered, make("button", { textContent: "This is my guess" }));
  const form = make("form", { className: "vizlib-predict" }, all, said);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    model.set("guess", new FormData(form).get(id));
    model.save_changes();
  });
  const show = () => {
    const guess = model.get("guess");
    said.textContent = model.get("said");
    for (const one of form.elements) {
      if (one.type === "radio") one.checked = one.value === guess || (one.checked && !guess);
      else if (one.type === "number" && guess) one.value = guess;
    }
    all.disabled = model.get("answered");
  };
  for (const key of ["guess", "answered", "said"]) model.on(`change:${key}`, show);
  show();
  el.append(form);
}
export default { render };
