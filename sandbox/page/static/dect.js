// DECT networks: base stations with a plug, handsets, and a handset that asks for its access code.

import * as api from "/api.js";
import { byId, coalesce, el, icon, keyed } from "/dom.js";
import { Pairing } from "/pairing.js";
import { counted, product, spaced } from "/rows.js";

const BASES = { offline: "not plugged in", starting: "starting …", online: "online" };
const HANDSETS = { waiting: "not paired", registering: "registering …", registered: "registered", searching: "looking for a base station" };
// The lights of phones have the colours for these states too.
const LIGHTS = { online: "registered", starting: "registering", searching: "offline" };

const row = ({ state, symbol, title, about, words, address }, button = null) =>
  el(
    "li",
    { className: "phone", dataset: { state: LIGHTS[state] ?? state } },
    el("span", { className: "phone-light", ariaHidden: "true" }, icon(symbol)),
    el(
      "div",
      { className: "phone-words" },
      el("strong", {}, title),
      el("span", { className: "quiet" }, about),
      el("span", { className: "quiet" }, el("span", { className: "phone-state" }, words), address ? " · " : "", address ? el("code", {}, spaced(address)) : ""),
    ),
    button,
  );

/** The base stations and handsets of one network, which can be folded. */
class Network {
  #facts = el("p", { className: "facts network-facts" });
  #bases = el("ul", { className: "phones" });
  #handsets = el("ul", { className: "phones" });

  constructor({ name, location }, plugButton) {
    this.plugButton = plugButton;
    this.#bases.ariaLabel = `Base stations of ${name}`;
    this.#handsets.ariaLabel = `Handsets of ${name}`;
    this.element = el(
      "details",
      { className: "group network", open: true },
      el("summary", {}, el("h3", {}, name), el("span", { className: "count" }, location)),
      this.#facts,
      this.#bases,
      this.#handsets,
    );
  }

  show({ model, sharedCode, baseStations, handsets, earlyChanges }) {
    const early = earlyChanges ? `${counted(earlyChanges, "change")} of handsets came too soon` : "";
    const code = sharedCode ? "one access code for all handsets" : "an access code for each handset";
    const facts = [product(model), code, early].filter(Boolean).join(" · ");
    if (this.#facts.textContent !== facts) this.#facts.textContent = facts;
    keyed(this.#bases, baseStations, { keyOf: ({ mac }) => mac, draw: (base) => this.#base(base) });
    keyed(this.#handsets, handsets, { keyOf: ({ index }) => index, draw: handsetRow });
    this.#bases.hidden = !baseStations.length;
    this.#handsets.hidden = !handsets.length;
  }

  #base(base) {
    const { mac, state, linesRegistered } = base;
    const about = counted(linesRegistered, "line") || "no lines";
    return row({ state, symbol: "base", title: "Base station", about: `${about} registered`, words: BASES[state] ?? state, address: mac }, this.plugButton(base));
  }
}

const handsetRow = ({ name, lines, state, mac }) => row({ state, symbol: "phone", title: name, about: lines.join(" and "), words: HANDSETS[state] ?? state, address: mac });

export class Dect {
  #pairing = new Pairing((values) => api.pairHandset(values));
  #pace = el("p", { className: "none" });
  #list = el("div", {});
  #problem = el("p", { className: "none", role: "status" });
  #networks = new Map();
  #shown = "";

  constructor() {
    byId("dect").replaceChildren(this.#pairing.element, el("h3", { className: "pane-title" }, "DECT networks"), this.#problem, this.#list, this.#pace);
    this.refresh = coalesce(() => this.#refresh());
  }

  async #refresh() {
    const answer = await api.dect();
    // Events about phones come here too, and a network can have hundreds of rows.
    const before = this.#shown;
    this.#shown = JSON.stringify(answer);
    if (this.#shown === before) return;
    const { networks, spacingSeconds } = answer;
    this.#pairing.offer(networks);
    this.#pairing.follow(networks);
    this.#show([...networks].reverse()); // the newest first
    this.#say(networks.length ? "" : "There is no DECT network yet.");
    this.#pace.textContent = `Changes of a network’s handsets count as too soon within ${spacingSeconds} seconds of the one before.`;
  }

  #show(networks) {
    const keyOf = ({ name, location }) => `${location}\n${name}`;
    const shown = networks.map((network) => {
      const key = keyOf(network);
      const view = this.#networks.get(key) ?? new Network(network, (base) => this.#plugButton(base));
      view.show(network);
      return [key, view];
    });
    this.#networks = new Map(shown);
    // The order changes only when a network comes or goes.
    const elements = shown.map(([, { element }]) => element);
    if (elements.some((element, at) => this.#list.children[at] !== element) || this.#list.children.length !== elements.length) this.#list.replaceChildren(...elements);
  }

  #plugButton({ mac, state }) {
    const words = state === "offline" ? "Plug in" : "Unplug";
    const onclick = () => api.switchBase(mac, state === "offline").then(this.refresh).catch((problem) => this.#say(problem.message));
    return el("button", { type: "button", className: "button small", ariaLabel: `${words} base station ${spaced(mac)}`, onclick }, words);
  }

  #say(words) {
    this.#problem.textContent = words;
    this.#problem.hidden = !words;
  }
}
