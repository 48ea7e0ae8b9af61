// The foldable right side: which of its panes is shown.

import { byId } from "/dom.js";
import { markTab, wireTabs } from "/tabs.js";

const app = byId("app");
const toggle = byId("panel-toggle");
const tabs = byId("panel-tabs");
// From so wide on there is room for the panel beside one side, and beside two.
const WIDE = "(min-width: 1200px)";
const WIDE_FOR_TWO = "(min-width: 1600px)";
const matches = (query) => window.matchMedia(query).matches;
let makesWay = false;

export function showPanel(open) {
  app.dataset.panel = open ? "open" : "closed";
  toggle.setAttribute("aria-expanded", String(open));
}

/** Two sides need the room: the panel goes, and comes back when there is one side again. */
export function makeWay(split) {
  if (split && app.dataset.panel === "open" && !matches(WIDE_FOR_TWO)) {
    makesWay = true;
    showPanel(false);
  } else if (!split && makesWay) {
    makesWay = false;
    showPanel(matches(WIDE));
  }
}

function showPane(tab) {
  markTab(tabs, tab);
  for (const one of tabs.children) byId(one.getAttribute("aria-controls")).hidden = one !== tab;
}

export function wirePanel() {
  toggle.addEventListener("click", () => showPanel(app.dataset.panel !== "open"));
  byId("panel-close").addEventListener("click", () => fold());
  byId("panel").addEventListener("keydown", (event) => event.key === "Escape" && fold());
  wireTabs(tabs, showPane);
  showPanel(matches(WIDE));
}

function fold() {
  showPanel(false);
  toggle.focus();
}
