// The foldable right side: which of its panes is shown.

import { byId } from "/dom.js";
import { markTab, wireTabs } from "/tabs.js";

const app = byId("app");
const toggle = byId("panel-toggle");
const tabs = byId("panel-tabs");
// From so wide on there is room for the panel beside one side, and beside two.
const WIDE = "(min-width: 1200px)";
const WIDE_FOR_TWO = "(min-width: 1600px)";
// Where two sides get on when the rail shows faces only; with the panel open they need that for longer.
const CLOSE = window.matchMedia("(min-width: 1000px) and (max-width: 1279px)");
const CLOSE_WITH_PANEL = window.matchMedia("(min-width: 1000px) and (max-width: 1599px)");
const matches = (query) => window.matchMedia(query).matches;
let makesWay = false;

export function showPanel(open) {
  app.dataset.panel = open ? "open" : "closed";
  toggle.setAttribute("aria-expanded", String(open));
  fitRail();
}

/** Fold the rail to faces where two sides need the room. */
export function fitRail() {
  const isClose = app.dataset.panel === "open" ? CLOSE_WITH_PANEL : CLOSE;
  app.dataset.rail = app.dataset.split === "yes" && isClose.matches ? "faces" : "names";
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
  for (const query of [CLOSE, CLOSE_WITH_PANEL]) query.addEventListener("change", fitRail);
  showPanel(matches(WIDE));
}

function fold() {
  showPanel(false);
  toggle.focus();
}
