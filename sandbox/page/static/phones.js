// The simulated phones: their state, a keypad for activation codes, and the plug.

import * as api from "/api.js";
import { byId, coalesce, el, icon, keyed } from "/dom.js";
import { Keypad } from "/keypad.js";
import { spaced } from "/rows.js";

const STATES = {
  waiting: "not plugged in",
  registering: "registering …",
  registered: "registered",
  offline: "offline",
  removed: "resetting …",
};

export class Phones {
  #keypad = new Keypad((code, mac) => api.activate(code, mac));
  #list = el("ul", { className: "phones", ariaLabel: "Simulated phones" });
  #problem = el("p", { className: "none", role: "status" });

  constructor() {
    byId("phones").replaceChildren(this.#keypad.element, el("h3", { className: "pane-title" }, "Phones in service"), this.#list, this.#problem);
    this.refresh = coalesce(() => this.#refresh());
  }

  async #refresh() {
    const phones = await api.phones();
    this.#keypad.offer(phones.filter(({ takesCode }) => takesCode));
    this.#keypad.follow(phones);
    const inService = phones.filter(({ owner, state }) => owner || state !== "waiting");
    keyed(this.#list, inService, { keyOf: ({ mac }) => mac, draw: (phone) => this.#item(phone) });
    this.#say(inService.length ? "" : "No phone has an owner yet.");
  }

  #say(words) {
    this.#problem.textContent = words;
    this.#problem.hidden = !words;
  }

  #item(phone) {
    const { displayName, model, mac, owner, state } = phone;
    return el(
      "li",
      { className: "phone", dataset: { state } },
      el("span", { className: "phone-light", ariaHidden: "true" }, icon("phone")),
      el(
        "div",
        { className: "phone-words" },
        el("strong", {}, displayName ?? model),
        el("span", { className: "quiet" }, owner ?? "nobody’s"),
        el("span", { className: "quiet" }, el("span", { className: "phone-state" }, STATES[state] ?? state), " · ", el("code", {}, spaced(mac))),
      ),
      this.#plugButton(phone),
    );
  }

  #plugButton({ displayName, model, mac, owner, state }) {
    if (!owner) return null;
    const plugged = state === "registered" || state === "registering";
    const [words, act] = plugged ? ["Unplug", api.unplug] : ["Plug in", api.plug];
    const onclick = () => act(mac).then(this.refresh).catch((problem) => this.#say(problem.message));
    const name = `${words} ${displayName ?? model} ${spaced(mac)}`;
    return el("button", { type: "button", className: "button small", ariaLabel: name, onclick }, words);
  }
}
