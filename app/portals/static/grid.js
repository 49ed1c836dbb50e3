// A grid of results: Enter and the arrow keys move within a column; everything works with Tab as well.
for (const grid of document.querySelectorAll("[data-grid]")) {
  grid.addEventListener("keydown", (event) => {
    const from = event.target;
    if (!from.matches("input[name], select[name]")) return;
    const isList = from.matches("select");
    const step = event.key === "Enter" ? (event.shiftKey ? -1 : 1)
      : isList ? 0 : event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    const member = from.name.slice(from.name.lastIndexOf("."));
    const column = [...grid.querySelectorAll(`[name$="${member}"]`)];
    const to = column[column.indexOf(from) + step];
    if (!to) return;
    to.focus();
    if (to.select) to.select();
  });
}
