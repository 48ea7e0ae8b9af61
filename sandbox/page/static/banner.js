// Notices of the whole page: a lost connection, or an error.

import { byId } from "/dom.js";

const SHOWN_MS = 8000;
const banner = byId("banner");
let timer = 0;

/** Show a sentence; with `stay` until it is cleared with "". */
export function notice(words, { stay = false } = {}) {
  clearTimeout(timer);
  banner.hidden = !words;
  banner.textContent = words;
  if (words && !stay) timer = setTimeout(() => notice(""), SHOWN_MS);
}

export const cutOff = () => notice("No connection to the sandbox. Trying again …", { stay: true });
