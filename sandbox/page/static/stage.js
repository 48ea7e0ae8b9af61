// The middle: one side, or two side by side. If there is room for only one, people swipe between them.

import { byId, el } from "/dom.js";
import { current, isSplit, nameOf, update } from "/state.js";
import { markTab, wireTabs } from "/tabs.js";

const sides = byId("sides");
const tabs = byId("side-tabs");
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

const isSwiped = () => sides.scrollWidth > sides.clientWidth + 1;

/** Scroll to the active side if only one fits. */
export function bringActive({ smooth = false } = {}) {
  if (!isSwiped()) return;
  const left = current().active * sides.clientWidth;
  if (Math.abs(sides.scrollLeft - left) > 1) sides.scrollTo({ left, behavior: smooth && !still.matches ? "smooth" : "instant" });
}

export function wireStage() {
  let settle = 0;
  const follow = () => {
    if (!isSwiped()) return;
    const active = Math.round(sides.scrollLeft / sides.clientWidth);
    if (active !== current().active) update({ active });
  };
  // Not every browser has the scrollend event.
  sides.addEventListener("scroll", () => {
    clearTimeout(settle);
    settle = setTimeout(follow, 120);
  }, { passive: true });
  wireTabs(tabs, (tab) => {
    update({ active: [...tabs.children].indexOf(tab) });
    bringActive({ smooth: true });
  });
  new ResizeObserver(() => bringActive()).observe(sides);
}

export function drawStage() {
  const state = current();
  byId("app").dataset.split = isSplit() ? "yes" : "no";
  byId("split").setAttribute("aria-pressed", String(isSplit()));
  tabs.hidden = !isSplit();
  const names = state.sides.map(({ email }) => nameOf(email));
  const shown = [...tabs.children].map((tab) => tab.textContent);
  if (names.join() !== shown.join()) tabs.replaceChildren(...names.map((name) => el("button", { type: "button", role: "tab" }, name)));
  markTab(tabs, tabs.children[state.active]);
  [...sides.children].forEach((side, index) => side.classList.toggle("active", index === state.active));
}
