// What every page gets where scripts run; each page works without.

// A refusal is read first.
document.querySelector("[data-focus]")?.focus();

// The lines of the error summary lead to a field or a group of choices.
for (const link of document.querySelectorAll(".summary a[href^='#']")) {
  link.addEventListener("click", (event) => {
    const target = document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    target.scrollIntoView({ block: "center" });
    (target.matches("fieldset") ? target.querySelector("input") ?? target : target).focus();
  });
}

// A form is sent once; what comes back to life by going back may be sent again.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    for (const button of form.querySelectorAll("button:not([name])")) button.setAttribute("aria-busy", "true");
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Files can be dropped on the field.
for (const drop of document.querySelectorAll("[data-drop]")) {
  const input = drop.querySelector("input[type=file]");
  const over = (is) => (event) => { event.preventDefault(); drop.classList.toggle("drop-over", is); };
  drop.addEventListener("dragover", over(true));
  drop.addEventListener("dragleave", over(false));
  drop.addEventListener("drop", (event) => {
    over(false)(event);
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// Long work tells how far it is; its page is loaded anew when it has ended.
for (const box of document.querySelectorAll("[data-poll]")) {
  const bar = box.querySelector("[data-progress]");
  const words = box.querySelector("[data-progress-text]");
  const look = async () => {
    try {
      const answer = await fetch(box.dataset.poll, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const told = await answer.json();
      if (told.finished) { location.reload(); return; }
      bar.value = told.done;
      if (told.total) bar.max = told.total;
      words.textContent = told.text;
    } catch {
      words.textContent = "暂时连接不上，办理仍在继续，稍后自动更新。";
    }
    setTimeout(look, 2000);
  };
  setTimeout(look, 1000);
}

// What is typed into a long form is kept while it is typed.
for (const form of document.querySelectorAll("form[data-draft]")) {
  const told = form.querySelector("[data-draft-told]");
  let waiting = 0;
  const keep = async () => {
    const fields = new FormData(form);
    for (const [name, value] of [...fields]) if (value instanceof File) fields.delete(name);
    fields.set("_place", form.dataset.draft);
    try {
      const answer = await fetch("/drafts", { method: "POST", body: fields });
      const said = answer.redirected ? "已自动保存。登录已过期，提交时会请您重新登录，内容不会丢失" : "已自动保存";
      if (told) told.textContent = answer.ok ? said : "未能自动保存，请勿关闭本页";
    } catch {
      if (told) told.textContent = "未能自动保存，请勿关闭本页";
    }
  };
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(keep, 1500); });
}
