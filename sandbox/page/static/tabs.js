// Tabs that follow the ARIA practices: one tab stop, arrow keys, the panel follows.

/** Wire the tabs of a tablist; `onChoose(tab)` is called when a person selects one. */
export function wireTabs(tablist, onChoose) {
  const tabs = () => [...tablist.querySelectorAll("[role=tab]")];
  tablist.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) onChoose(tab);
  });
  tablist.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = tabs();
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    onChoose(next);
    next.focus();
  });
}

/** Mark one tab as selected, visibly and for screen readers. */
export function markTab(tablist, chosen) {
  for (const tab of tablist.querySelectorAll("[role=tab]")) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
  }
}
