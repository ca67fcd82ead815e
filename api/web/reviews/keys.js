/* Single keys for who decides a thousand reports a day. They can be turned off (WCAG 2.1.4), and rest while one writes. */
const KEPT = "erqi-review-keys";
export const KEY_OF = { accepted: "a", triaged: "t", needs_information: "n", rejected: "r", duplicate: "d" };

const wide = matchMedia("(min-width: 900px) and (hover: hover)");
export const hints = () => on() && wide.matches;
export const on = () => localStorage.getItem(KEPT) !== "off";
export const turn = () => localStorage.setItem(KEPT, on() ? "off" : "on");

const writing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]") !== null;

export function listen(act) {
  addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return act.submit();
    }
    if (event.key === "Escape" && writing(event.target)) return event.target.blur();
    if (!on() || event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return undefined;
    const step = Object.keys(KEY_OF).find((name) => KEY_OF[name] === event.key.toLowerCase());
    const done = step ? act.choose(step) : pressed(event.key, act);
    if (done !== false) event.preventDefault();
    return undefined;
  });
}

function pressed(key, act) {
  if (key === "j" || key === "k") return act.move(key === "j" ? 1 : -1);
  if (key === "x") return act.mark();
  if (key === "/") return act.search();
  if (/^[1-9]$/.test(key)) return act.sentence(Number(key) - 1);
  return false;
}
