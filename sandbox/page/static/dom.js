// Build elements without innerHTML.

const SVG = "http://www.w3.org/2000/svg";

/** el("p", {className: "x"}, "text", child): properties are set on the element, nullish children are left out. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  const { dataset, aria, ...rest } = properties;
  Object.assign(element, rest);
  Object.assign(element.dataset, dataset ?? {});
  for (const [name, value] of Object.entries(aria ?? {})) element.setAttribute(`aria-${name}`, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** A symbol from index.html, by name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export const iconButton = (name, words, properties = {}) =>
  el("button", { type: "button", className: "icon-button", title: words, ariaLabel: words, ...properties }, icon(name));

export const byId = (id) => document.getElementById(id);

/** Up to two initials of a name: "Vera Lindqvist" -> "VL". */
export function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return words.slice(0, 2).map((word) => word[0].toUpperCase()).join("");
}

/** A stable number from 0 to 7 for a name; the stylesheet has eight colours. */
export function tint(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 8191;
  return String(sum % 8);
}

export function avatar(name, { bot = false } = {}) {
  const dataset = { tint: bot ? "bot" : tint(name) };
  return el("span", { className: "avatar", dataset, ariaHidden: "true" }, initials(name));
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const SECONDS = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A <time> with hours and minutes, or the day if it is not today; the full date is its title. */
export function clock(iso, { seconds = false } = {}) {
  const moment = new Date(iso);
  const today = moment.toDateString() === new Date().toDateString();
  const format = seconds ? SECONDS : today ? CLOCK : DAY;
  return el("time", { dateTime: iso, title: FULL.format(moment) }, format.format(moment));
}

export const fullTime = (iso) => FULL.format(new Date(iso));

/**
 * Make `list` show `things` in their order. An element whose drawing did not change stays as it is,
 * so that focus and hovering survive; one that did is replaced, and keeps the focus.
 */
export function keyed(list, things, { keyOf, draw }) {
  const old = new Map([...list.children].map((element) => [element.dataset.key, element]));
  const fresh = things.map((thing) => settled(old, String(keyOf(thing)), draw(thing)));
  const wanted = new Set(fresh);
  for (const element of [...list.children]) if (!wanted.has(element)) element.remove();
  fresh.forEach((element, index) => {
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  });
}

function settled(old, key, element) {
  element.dataset.key = key;
  const before = old.get(key);
  if (before?.isEqualNode(element)) return before;
  if (before?.contains(document.activeElement)) refocus(before, element);
  return element;
}

function refocus(before, element) {
  const tag = document.activeElement.tagName;
  const place = [...before.querySelectorAll(tag)].indexOf(document.activeElement);
  before.replaceWith(element);
  element.querySelectorAll(tag)[place]?.focus();
}

const PACE_MS = 60;

/** Run `work` now, or once more if it is already running: many events, one refresh. */
export function coalesce(work) {
  let running = null;
  let again = false;
  return function run() {
    again = running !== null;
    running ??= work().finally(async () => {
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
      running = null;
      // Requests that came in meanwhile are served even if this run failed.
      if (again) return run();
    });
    return running;
  };
}
