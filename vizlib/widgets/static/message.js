// A line that screen readers read out when it changes.
function render({ model, el }) {
  const line = document.createElement("div");
  line.setAttribute("role", "status");
  line.className = "vizlib-message";
  const show = () => { line.textContent = model.get("text"); };
  model.on("change:text", show);
  show();
  el.append(line);
}
export default { render };
