// The calls of the Webex API, newest first.

import { calls as fetchCalls } from "/api.js";
import { byId, clock, el } from "/dom.js";

const KEPT = 300;
const CALLERS = [["", "All callers"], ["service_app", "Service app"], ["bot", "Bot"], ["person", "People"], ["none", "Nobody"]];
const OUTCOMES = [["", "Every outcome"], ["good", "Succeeded"], ["refused", "Refused (4xx)"], ["broken", "Failed (5xx)"]];

const options = (pairs) => pairs.map(([value, words]) => el("option", { value }, words));

export class Calls {
  #last = 0;
  #list = el("ol", { className: "calls", ariaLabel: "Calls" });
  #search = el("input", { type: "search", placeholder: "Filter", ariaLabel: "Filter calls", autocomplete: "off", spellcheck: false });
  #caller = el("select", { ariaLabel: "Callers" }, options(CALLERS));
  #outcome = el("select", { ariaLabel: "Outcome" }, options(OUTCOMES));
  #none = el("p", { className: "none" }, "No calls.");

  constructor() {
    for (const field of [this.#search, this.#caller, this.#outcome]) field.addEventListener("input", () => this.#filter());
    const tools = el("div", { className: "pane-tools" }, this.#search, this.#caller, this.#outcome);
    byId("calls").replaceChildren(tools, this.#list, this.#none);
  }

  /** Start again: after a lost connection it can be another sandbox, which counts from one. */
  forget() {
    this.#last = 0;
    this.#list.replaceChildren();
  }

  /** Fetch the new calls. */
  async refresh() {
    const fresh = await fetchCalls(this.#last);
    for (const call of fresh.slice(-KEPT)) {
      this.#last = Math.max(this.#last, call.seq);
      this.#list.prepend(this.#item(call));
    }
    while (this.#list.children.length > KEPT) this.#list.lastElementChild.remove();
    this.#paintNone();
  }

  #item(call) {
    const dataset = { caller: call.token.split(":")[0], outcome: outcome(call.status), words: `${call.method} ${call.path} ${call.query} ${call.status}`.toLowerCase() };
    const item = el("li", { dataset }, callDetails(call));
    item.hidden = !this.#wanted(dataset);
    return item;
  }

  #wanted({ caller, outcome: came, words }) {
    const holds = (field, value) => !field.value || field.value === value;
    return holds(this.#caller, caller) && holds(this.#outcome, came) && words.includes(this.#search.value.trim().toLowerCase());
  }

  #filter() {
    for (const item of this.#list.children) item.hidden = !this.#wanted(item.dataset);
    this.#paintNone();
  }

  #paintNone() {
    this.#none.hidden = [...this.#list.children].some((item) => !item.hidden);
  }
}

export const outcome = (status) => (status >= 500 ? "broken" : status >= 400 ? "refused" : "good");

function callDetails(call) {
  return el(
    "details",
    {},
    el(
      "summary",
      {},
      el("span", { className: "pill", dataset: { state: outcome(call.status) } }, String(call.status)),
      el(
        "span",
        { className: "call-words" },
        el("span", { className: "call-path" }, el("b", {}, call.method), " ", shortened(call.path)),
        el("span", { className: "quiet" }, callerOf(call), " · ", clock(call.at, { seconds: true }), ` · ${took(call.duration_ms)}`),
      ),
    ),
    el("div", { className: "call-more" }, ...more(call)),
  );
}

const NAMES = { service_app: "service app", bot: "bot token", none: "no token", refresh: "refresh token" };
const callerOf = ({ token }) => NAMES[token] ?? token.replace("person:", "");

const took = (ms) => (ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`);

// base64 of "ciscospark://…", as every public id begins.
const PUBLIC_ID = /Y2lzY29zcGFyazovL[\w-]+/g;

/** Public ids are long: show the beginning of the key in them; the details have the whole id. */
const shortened = (path) => path.replace(/^\/v1/, "").replace(PUBLIC_ID, (id) => `…${keyOf(id).slice(0, 8)}`);

function keyOf(id) {
  try {
    return atob(id).split("/").at(-1);
  } catch {
    return id;
  }
}

function more(call) {
  return [
    el("p", { className: "path" }, call.query ? `${call.path}?${call.query}` : call.path),
    el("p", { className: "facts" }, call.tracking_id),
    call.body ? el("pre", { tabIndex: 0 }, typeof call.body === "string" ? call.body : JSON.stringify(call.body, null, 2)) : null,
  ];
}
