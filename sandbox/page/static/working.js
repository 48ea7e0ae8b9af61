// "Provbot is working": Webex has no typing indicator for bots, but the sandbox sees the bot's calls.

import { el } from "/dom.js";

const EXPECT_MS = 30_000; // later calls have another reason
const QUIET_MS = 5_000; // a bot without calls for so long has finished

export class Working {
  #until = 0;
  #timer = 0;
  #words = el("span", {});
  element = el("p", { className: "working", role: "status" }, this.#words);

  constructor() {
    this.stop();
  }

  /** A person sent or pressed something: calls from now on are the bot's answer. */
  expect() {
    this.#until = Date.now() + EXPECT_MS;
  }

  /** The bot called the API. */
  seen(name) {
    if (Date.now() > this.#until) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#show(""), QUIET_MS);
    this.#show(`${name} is working`);
  }

  stop() {
    this.#until = 0;
    clearTimeout(this.#timer);
    this.#show("");
  }

  #show(words) {
    if (this.#words.textContent !== words) this.#words.textContent = words;
    this.element.dataset.on = String(Boolean(words));
  }
}
