// The simulated phones: their state, a keypad for activation codes, and the plug.

import * as api from "/api.js";
import { byId, clock, coalesce, el, icon, keyed } from "/dom.js";
import { Keypad } from "/keypad.js";
import { spaced } from "/rows.js";

const STATES = {
  waiting: "not plugged in",
  registering: "registering …",
  registered: "registered",
  offline: "offline",
  removed: "resetting …",
};

// How long new activation codes are valid, in seconds; Webex's own come first.
const LIFETIMES = [[2_592_000, "30 days"], [604_800, "7 days"], [3600, "an hour"], [300, "5 minutes"], [60, "a minute"], [15, "15 seconds"]];

/** 90 -> "90 seconds": for what another program has set. */
const lifetime = (seconds) => LIFETIMES.find(([known]) => known === seconds)?.[1] ?? `${seconds} seconds`;

export class Phones {
  #keypad = new Keypad((code, mac) => api.activate(code, mac));
  #list = el("ul", { className: "phones", ariaLabel: "Simulated phones" });
  #problem = el("p", { className: "none", role: "status" });
  #waits = el("button", { type: "button", className: "switch", role: "switch", onclick: () => this.#set({ waitForPlug: this.#waits.ariaChecked !== "true" }) });
  #lasts = el("select", { onchange: () => this.#set({ codeSeconds: Number(this.#lasts.value) }) });
  #settings = el(
    "div",
    { className: "phone-settings" },
    el("div", { className: "setting" }, el("span", { id: "waits-title", onclick: () => this.#waits.click() }, "New phones wait to be plugged in"), this.#waits),
    el("label", { className: "setting" }, el("span", {}, "New activation codes expire after"), this.#lasts),
  );

  constructor() {
    this.#waits.setAttribute("aria-labelledby", "waits-title");
    byId("phones").replaceChildren(this.#keypad.element, this.#settings, el("h3", { className: "pane-title" }, "Phones in service"), this.#list, this.#problem);
    this.refresh = coalesce(() => this.#refresh());
  }

  async #refresh() {
    const { phones, waitForPlug, codeSeconds } = await api.phones();
    this.#showSettings(waitForPlug, codeSeconds);
    this.#keypad.offer(phones.filter(({ takesCode }) => takesCode));
    this.#keypad.follow(phones);
    const inService = phones.filter(({ owner, state }) => owner || state !== "waiting");
    keyed(this.#list, inService, { keyOf: ({ mac }) => mac, draw: (phone) => this.#item(phone) });
    this.#say(inService.length ? "" : "No phone has an owner yet.");
  }

  #showSettings(waitForPlug, codeSeconds) {
    this.#waits.ariaChecked = String(waitForPlug);
    if (this.#lasts.value === String(codeSeconds)) return;
    const known = LIFETIMES.map(([seconds]) => seconds);
    const offered = known.includes(codeSeconds) ? known : [codeSeconds, ...known];
    this.#lasts.replaceChildren(...offered.map((seconds) => el("option", { value: String(seconds) }, lifetime(seconds))));
    this.#lasts.value = String(codeSeconds);
  }

  #set(values) {
    return api.setPhones(values).then(this.refresh).catch((problem) => this.#say(problem.message));
  }

  #say(words) {
    this.#problem.textContent = words;
    this.#problem.hidden = !words;
  }

  #item(phone) {
    const { displayName, model, mac, owner, state, since } = phone;
    return el(
      "li",
      { className: "phone", dataset: { state } },
      el("span", { className: "phone-light", ariaHidden: "true" }, icon("phone")),
      el(
        "div",
        { className: "phone-words" },
        el("strong", {}, displayName ?? model),
        el("span", { className: "quiet" }, owner ?? "nobody’s"),
        el("span", { className: "quiet" }, el("span", { className: "phone-state" }, STATES[state] ?? state), since ? [" · ", clock(since, { seconds: true })] : "", " · ", el("code", {}, spaced(mac))),
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
