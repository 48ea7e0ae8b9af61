// What the whole page has to say: that it is cut off, or that something did not work.

import { byId } from "/dom.js";

const SHOWN_MS = 8000;
const banner = byId("banner");
let timer = 0;

/** Show a sentence; with `stay` until it is taken back with "". */
export function notice(words, { stay = false } = {}) {
  clearTimeout(timer);
  banner.hidden = !words;
  banner.textContent = words;
  if (words && !stay) timer = setTimeout(() => notice(""), SHOWN_MS);
}

export const cutOff = () => notice("The page is cut off from the sandbox. Trying again …", { stay: true });
