// The drawer "Make it hard": faults that are switched on and off while you watch.

import * as api from "/api.js";
import { byId, coalesce, el, keyed } from "/dom.js";

const drawer = byId("hard");
const toggle = byId("hard-toggle");
const list = byId("difficulties");
const none = byId("hard-none");

/** Seconds until `endsAt` (ISO), rounded up; 0 if it has passed or there is no end. */
export const secondsLeft = (endsAt, now) => (endsAt ? Math.max(0, Math.ceil((Date.parse(endsAt) - now) / 1000)) : 0);

export class Hard {
  #difficulties = [];
  #timer = 0;

  /** `onProblem(sentence)`. */
  constructor({ onProblem }) {
    this.onProblem = onProblem;
    this.refresh = coalesce(() => this.#refresh());
    toggle.addEventListener("click", () => this.#show(drawer.hidden));
    byId("hard-close").addEventListener("click", () => this.#show(false));
    byId("hard-easy").addEventListener("click", () => this.#allEasy());
    drawer.addEventListener("keydown", (event) => event.key === "Escape" && this.#show(false));
  }

  async #refresh() {
    this.#difficulties = await api.difficulties();
    this.#paint();
  }

  get isAnyOn() {
    return this.#difficulties.some(({ on }) => on);
  }

  #show(open) {
    drawer.hidden = !open;
    toggle.setAttribute("aria-expanded", String(open));
    if (!open) return toggle.focus();
    list.parentElement.scrollTop = 0; // start at the top of the list again
    byId("hard-close").focus();
  }

  #paint() {
    keyed(list, this.#difficulties, { keyOf: ({ id }) => id, draw: (one) => this.#item(one) });
    const on = this.#difficulties.filter((one) => one.on).length;
    const count = byId("hard-count");
    count.hidden = !on;
    if (on) count.replaceChildren(el("span", { className: "unseen" }, ", "), String(on), el("span", { className: "unseen" }, " on"));
    toggle.classList.toggle("alarmed", on > 0);
    byId("hard-easy").disabled = !on;
    none.textContent = on ? "" : "All faults are off.";
    this.#tick();
  }

  #item({ id, title, says, on, hits, endsAt }) {
    const name = `difficulty-${id}`;
    const button = el("button", { type: "button", className: "switch", role: "switch", ariaChecked: String(on), onclick: () => this.#set(id, !on) });
    button.setAttribute("aria-labelledby", `${name}-title`);
    button.setAttribute("aria-describedby", `${name}-says`);
    return el(
      "li",
      { className: on ? "difficulty on" : "difficulty" },
      el(
        "div",
        { className: "difficulty-words", onclick: () => button.click() },
        el("strong", { id: `${name}-title` }, title),
        el("span", { className: "quiet", id: `${name}-says` }, says),
        on || hits ? el("span", { className: "hits" }, hitWords(hits), on && endsAt ? countdown(endsAt) : null) : null,
      ),
      button,
    );
  }

  #tick() {
    clearTimeout(this.#timer);
    const ends = this.#difficulties.filter(({ on, endsAt }) => on && endsAt);
    if (!ends.length) return;
    for (const place of list.querySelectorAll("[data-ends]")) place.textContent = leftWords(place.dataset.ends);
    const over = ends.some(({ endsAt }) => secondsLeft(endsAt, Date.now()) === 0);
    this.#timer = setTimeout(() => (over ? this.refresh().catch(() => this.#tick()) : this.#tick()), 1000);
  }

  async #set(id, on) {
    await api.setDifficulty(id, on).catch((problem) => this.onProblem(problem.message));
    await this.refresh().catch((problem) => this.onProblem(problem.message));
  }

  async #allEasy() {
    for (const { id } of this.#difficulties.filter(({ on }) => on)) await this.#set(id, false);
    byId("hard-close").focus();
  }
}

const hitWords = (hits) => (hits ? `hit ${hits} ${hits === 1 ? "time" : "times"}` : "has not hit yet");

const leftWords = (endsAt) => ` · ${secondsLeft(endsAt, Date.now())} s left`;

const countdown = (endsAt) => el("span", { dataset: { ends: endsAt } }, leftWords(endsAt));
