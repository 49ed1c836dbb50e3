// The sign-in code of a session: counted down, asked for anew when it has run out. Without scripts the page reloads.
const screen = document.querySelector("[data-code]");
if (screen) {
  const [digits, left, count, told] = ["digits", "left", "count", "told"].map((part) => screen.querySelector(`[data-code-${part}]`));
  let until = Date.now() + Number(screen.dataset.left) * 1000;
  const ask = async () => {
    try {
      const answer = await fetch(screen.dataset.code, { headers: { Accept: "application/json" } });
      if (!answer.ok) { location.reload(); return; }
      const now = await answer.json();
      digits.querySelectorAll("span").forEach((half, place) => { half.textContent = now.code.slice(place * 4, place * 4 + 4); });
      count.textContent = now.signed_in;
      told.textContent = "";
      until = Date.now() + now.seconds_left * 1000;
    } catch {
      told.textContent = "暂时连接不上，正在重试。请不要使用上面的数字。";
      until = Date.now() + 3000;
    }
  };
  const tick = async () => {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    if (seconds <= 0) await ask();
    left.textContent = Math.max(1, Math.ceil((until - Date.now()) / 1000));
    setTimeout(tick, 500);
  };
  tick();
}
