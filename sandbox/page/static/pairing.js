// A new DECT handset, which asks for its access code near a base station.

import { el } from "/dom.js";
import { spaced } from "/rows.js";

const ASKS = "Enter the access code";

const labelled = (words, box) => el("label", { className: "handset-which" }, el("span", {}, words), box);

export class Pairing {
  #watched = null;
  #networks = [];
  #near = el("select", { ariaLabel: "Base station" });
  #which = el("select", { ariaLabel: "Handset" });
  #code = el("input", { type: "text", inputMode: "numeric", autocomplete: "off", maxLength: 4, placeholder: "0000", ariaLabel: "Access code" });
  #says = el("p", { className: "screen-says", role: "status" }, ASKS);
  #button = el("button", { type: "submit", className: "button primary" }, "Pair the handset");
  element = el(
    "form",
    { className: "handset", ariaLabel: "A handset to pair", onsubmit: (event) => this.#submit(event) },
    labelled("Near the base station", this.#near),
    labelled("Handset in your hand", this.#which),
    el("div", { className: "screen" }, this.#says, this.#code),
    this.#button,
  );

  /** `pair({base, code, index})` resolves to the handset, or is rejected with a sentence. */
  constructor(pair) {
    this.pair = pair;
    this.#near.addEventListener("change", () => this.#offerHandsets());
    this.#code.addEventListener("input", () => this.#code.value && this.#show("", ASKS));
  }

  /** The networks to choose from, as the control API gives them. */
  offer(networks) {
    this.#networks = networks;
    const online = networks.flatMap(({ name, baseStations }) => baseStations.filter(({ state }) => state === "online").map(({ mac }) => [mac, `${name} · ${spaced(mac)}`]));
    choose(this.#near, online.length ? online : [["", "No base station is online"]]);
    this.#offerHandsets();
  }

  #offerHandsets() {
    const waiting = (this.#network()?.handsets ?? []).filter(({ state }) => state === "waiting");
    choose(this.#which, [["", "The next one with this code"], ...waiting.map(({ index, name, lines }) => [String(index), `${name} · ${lines.join(" and ")}`])]);
  }

  #network() {
    const near = this.#near.value;
    return this.#networks.find(({ baseStations }) => baseStations.some(({ mac }) => mac === near));
  }

  /** Show when the handset that was paired last is registered. */
  follow(networks) {
    const handset = networks.flatMap(({ handsets }) => handsets).find(({ mac }) => mac && mac === this.#watched);
    if (handset?.state !== "registered") return;
    this.#watched = null;
    this.#show("good", `${handset.name} is registered for ${handset.lines.join(" and ")}`);
  }

  async #submit(event) {
    event.preventDefault();
    if (!this.#near.value) return this.#show("bad", "Plug in a base station first, and wait until it is online");
    if (!this.#code.value.trim()) return this.#show("bad", "Enter the access code first");
    this.#show("", "Looking for the base station …");
    try {
      const index = this.#which.value ? Number(this.#which.value) : undefined;
      const handset = await this.pair({ base: this.#near.value, code: this.#code.value, index });
      this.#watched = handset.mac;
      this.#code.value = "";
      this.#show("busy", `${handset.name} is registering for ${handset.lines.join(" and ")}`);
      this.follow([{ handsets: [handset] }]); // without a delay it is registered already
    } catch (problem) {
      this.#show("bad", problem.message);
    }
  }

  #show(state, words) {
    this.#says.dataset.state = state;
    if (this.#says.textContent !== words) this.#says.textContent = words;
  }
}

/** Make a select offer these [value, words]; what was chosen stays chosen while it is offered. */
function choose(select, choices) {
  const chosen = select.value;
  const options = choices.map(([value, words]) => el("option", { value }, words));
  if (options.length === select.options.length && options.every((option, at) => option.isEqualNode(select.options[at]))) return;
  select.replaceChildren(...options);
  select.value = choices.some(([value]) => value === chosen) ? chosen : choices[0][0];
}
