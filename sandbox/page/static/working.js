// "Provbot is working": Webex tells nothing of a bot's typing, but the sandbox sees the calls the bot makes.

import { el } from "/dom.js";

const EXPECT_MS = 30_000; // calls after that have another reason
const QUIET_MS = 5_000; // a bot that calls nothing for so long is not at work any more

export class Working {
  #until = 0;
  #timer = 0;
  #words = el("span", {});
  element = el("p", { className: "working", role: "status" }, this.#words);

  constructor() {
    this.stop();
  }

  /** Somebody said or pressed something: calls from now on are its answer. */
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
