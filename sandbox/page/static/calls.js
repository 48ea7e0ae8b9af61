// What was asked of the Webex API, newest first.

import { calls as fetchCalls } from "/api.js";
import { byId, clock, el } from "/dom.js";

const KEPT = 300;
const CALLERS = [["", "All callers"], ["service_app", "Service app"], ["bot", "Bot"], ["person", "People"], ["none", "Nobody"]];

export class Calls {
  #last = 0;
  #list = el("ol", { className: "calls" });
  #choice = el("select", { ariaLabel: "Callers" }, CALLERS.map(([value, words]) => el("option", { value }, words)));

  constructor() {
    this.#choice.addEventListener("change", () => this.#filter());
    byId("calls").replaceChildren(el("div", { className: "pane-tools" }, this.#choice), this.#list);
  }

  /** Begin anew: behind a line that was lost there may be another sandbox, which counts from one. */
  forget() {
    this.#last = 0;
    this.#list.replaceChildren();
  }

  /** Fetch what is new since the last time. */
  async refresh() {
    const fresh = await fetchCalls(this.#last);
    for (const call of fresh) {
      this.#last = Math.max(this.#last, call.seq);
      this.#list.prepend(this.#item(call));
    }
    while (this.#list.children.length > KEPT) this.#list.lastElementChild.remove();
  }

  #item(call) {
    const caller = call.token.split(":")[0];
    const item = el("li", { dataset: { caller } }, callDetails(call));
    item.hidden = !this.#wanted(caller);
    return item;
  }

  #wanted(caller) {
    return !this.#choice.value || this.#choice.value === caller;
  }

  #filter() {
    for (const item of this.#list.children) item.hidden = !this.#wanted(item.dataset.caller);
  }
}

function callDetails(call) {
  return el(
    "details",
    {},
    el(
      "summary",
      {},
      el("span", { className: "pill", dataset: { state: kind(call.status) } }, String(call.status)),
      el("span", { className: "call-words" }, el("b", {}, call.method), " ", el("span", {}, shortened(call.path))),
      el("span", { className: "caller" }, call.token.replace("_", " ").replace("person:", "")),
    ),
    el("div", { className: "call-more" }, ...more(call)),
  );
}

const kind = (status) => (status >= 500 ? "broken" : status >= 400 ? "refused" : "good");

// base64 of "ciscospark://…", as every public id begins.
const PUBLIC_ID = /Y2lzY29zcGFyazovL[\w-]+/g;

/** Public ids are long and say little: the beginning of the key inside is shown, the whole stands in the details. */
const shortened = (path) => path.replace(PUBLIC_ID, (id) => `…${keyOf(id).slice(0, 8)}`);

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
    el("p", { className: "facts" }, clock(call.at), ` · ${Math.round(call.duration_ms)} ms · ${call.tracking_id}`),
    call.body ? el("pre", {}, typeof call.body === "string" ? call.body : JSON.stringify(call.body, null, 2)) : null,
  ];
}
