// Office work without a mouse. Every key does what a link or a button of the page does: without this, Tab and Enter do.

const OFF = "registry.single-keys-off";
const shortcuts = document.getElementById("shortcuts");
const choice = document.querySelector("[data-no-single-keys]");
const keep = (is) => { try { is ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF); } catch { /* private window */ } };
const isOff = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };
if (choice) {
  choice.checked = isOff();
  choice.addEventListener("change", () => keep(choice.checked));
}

const rows = () => [...document.querySelectorAll("main .list tbody .row-link")].filter((link) => link.offsetParent);

function move(step) {
  const all = rows();
  if (!all.length) return;
  const row = document.activeElement?.closest("tr");
  const now = all.findIndex((link) => link.closest("tr") === row);
  const next = now < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(now + step, 0), all.length - 1);
  all[next].focus();
  all[next].scrollIntoView({ block: "nearest" });
}

function press(key) {
  const found = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!found || found.disabled) return false;
  if (found.matches("details")) {
    found.open = true;
    found.querySelector("textarea, input:not([type=hidden]), select, button")?.focus();
  } else if (found.matches("input, select, textarea")) found.focus();
  else found.click();
  return true;
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  "?": () => {
    shortcuts.open = !shortcuts.open;
    if (shortcuts.open) shortcuts.querySelector("summary").focus();
  },
  "/": () => document.querySelector(".filters input:not([type=hidden]), .filters select")?.focus(),
  u: () => (document.querySelector(".trail li:last-child a") ?? document.querySelector(".back a"))?.click(),
  x: () => document.activeElement?.closest("tr")?.querySelector("input[type=checkbox]")?.click(),
};

document.addEventListener("keydown", (event) => {
  const at = event.target;
  const writes = at.matches?.("textarea, select, input:not([type=checkbox]):not([type=radio])") || at.isContentEditable;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && at.form) {
    event.preventDefault();
    at.form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && writes) { at.blur(); return; }
  if (writes || event.repeat && !"jk".includes(event.key) || isOff()) return;
  if (press(event.key)) { event.preventDefault(); return; }
  if (Object.hasOwn(KEYS, event.key)) { event.preventDefault(); KEYS[event.key](); }
});

// All of a list at once.
for (const all of document.querySelectorAll("[data-check-all]")) {
  const boxes = () => [...document.querySelectorAll(`input[name="${all.dataset.checkAll}"]`)];
  all.closest("[hidden]")?.removeAttribute("hidden");
  all.addEventListener("change", () => { for (const box of boxes()) box.checked = all.checked; });
}
