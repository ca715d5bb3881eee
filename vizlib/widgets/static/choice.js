// A menu of names.
function render({ model, el }) {
  const id = `vizlib-${Math.random().toString(36).slice(2)}`;
  const label = Object.assign(document.createElement("label"), { htmlFor: id, textContent: model.get("description") });
  const menu = Object.assign(document.createElement("select"), { id });
  menu.append(...model.get("options").map((name) => new Option(name)));
  menu.dataset.lmSuppressShortcuts = "true"; // else JupyterLab takes the arrow keys, to go from cell to cell
  const show = () => { menu.value = model.get("value"); };
  menu.addEventListener("change", () => {
    model.set("value", menu.value);
    model.save_changes();
  });
  model.on("change:value", show);
  show();
  el.classList.add("vizlib-part");
  el.append(label, menu);
}
export default { render };
