// A new phone, which asks for an activation code on its keys or from the keyboard.

import { el, icon } from "/dom.js";
import { spaced } from "/rows.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "erase"];
const LENGTH = 16;

/** "1234567890123456" -> "1234-5678-9012-3456", also if it is incomplete. */
export const grouped = (code) => code.replace(/\D/g, "").slice(0, LENGTH).replace(/(.{4})(?=.)/g, "$1-");

export class Keypad {
  #watched = null;
  #which = el("select", { ariaLabel: "Phone" }, el("option", { value: "" }, "Any phone that fits"));
  #code = el("input", { type: "text", inputMode: "numeric", autocomplete: "off", placeholder: "0000-0000-0000-0000", ariaLabel: "Activation code" });
  #says = el("p", { className: "screen-says", role: "status" }, "Enter your activation code");
  #start = el("button", { type: "submit", className: "button primary" }, "Start the phone");
  element = el(
    "form",
    { className: "handset", ariaLabel: "A phone to activate", onsubmit: (event) => this.#submit(event) },
    el("label", { className: "handset-which" }, el("span", {}, "Phone in your hand"), this.#which),
    el("div", { className: "screen" }, this.#says, this.#code),
    el("div", { className: "keys" }, KEYS.map((key) => this.#key(key))),
    this.#start,
  );

  /** `activate(code, mac)` resolves to the activated phone, or is rejected with a sentence. */
  constructor(activate) {
    this.activate = activate;
    this.#code.addEventListener("input", () => this.#write(this.#code.value));
  }

  /** The phones to choose from: [{mac, displayName}]. */
  offer(phones) {
    const chosen = this.#which.value;
    const choices = phones.map(({ mac, displayName }) => el("option", { value: mac }, `${displayName} · ${spaced(mac)}`));
    this.#which.replaceChildren(this.#which.firstElementChild, ...choices);
    this.#which.value = phones.some(({ mac }) => mac === chosen) ? chosen : "";
  }

  /** Show the state of the phone that was started last. */
  follow(phones) {
    const phone = phones.find(({ mac }) => mac === this.#watched);
    if (phone?.state !== "registered") return;
    this.#watched = null;
    this.#show("good", `${phone.displayName} is registered for ${phone.owner}`);
  }

  #key(key) {
    if (key === "") return el("span", {});
    if (key === "erase") return el("button", { type: "button", className: "key", ariaLabel: "Delete a digit", onclick: () => this.#write(this.#digits().slice(0, -1)) }, icon("erase"));
    return el("button", { type: "button", className: "key", onclick: () => this.#write(this.#digits() + key) }, key);
  }

  #digits() {
    return this.#code.value.replace(/\D/g, "");
  }

  #write(code) {
    this.#code.value = grouped(code);
    if (this.#digits()) this.#show("", "Enter your activation code");
  }

  async #submit(event) {
    event.preventDefault();
    if (!this.#digits()) return this.#show("bad", "Enter your activation code first");
    this.#show("", "Asking Webex …");
    try {
      const phone = await this.activate(this.#code.value, this.#which.value || undefined);
      this.#watched = phone.mac;
      this.#code.value = "";
      this.#show("busy", `${phone.displayName} is starting for ${phone.owner}`);
    } catch (problem) {
      this.#show("bad", problem.message);
    }
  }

  #show(state, words) {
    this.#says.dataset.state = state;
    if (this.#says.textContent !== words) this.#says.textContent = words;
  }
}
