// The collapsible panel on the right, and its selected pane.

import { byId } from "/dom.js";
import { markTab, wireTabs } from "/tabs.js";

const app = byId("app");
const toggle = byId("panel-toggle");
const tabs = byId("panel-tabs");
// Minimum widths for the panel beside one side, and beside two.
const WIDE = "(min-width: 1200px)";
const WIDE_FOR_TWO = "(min-width: 1600px)";
// Minimum widths for two sides with a narrow rail, without and with the panel.
const CLOSE = window.matchMedia("(min-width: 1000px) and (max-width: 1279px)");
const CLOSE_WITH_PANEL = window.matchMedia("(min-width: 1000px) and (max-width: 1599px)");
const matches = (query) => window.matchMedia(query).matches;
let makesWay = false;

export function showPanel(open) {
  app.dataset.panel = open ? "open" : "closed";
  toggle.setAttribute("aria-expanded", String(open));
  fitRail();
}

/** Narrow the rail if two sides need the space. */
export function fitRail() {
  const isClose = app.dataset.panel === "open" ? CLOSE_WITH_PANEL : CLOSE;
  app.dataset.rail = app.dataset.split === "yes" && isClose.matches ? "faces" : "names";
}

/** Hide the panel if two sides need the space; show it again with one side. */
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
