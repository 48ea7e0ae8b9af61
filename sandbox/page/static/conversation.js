// The list of messages of one room, updated without redrawing unchanged messages:
// a half-filled card stays as it is while other messages come and go.

import { avatar, el, icon } from "/dom.js";
import { messageItem } from "/message.js";
import { arrange } from "/threads.js";

const NEAR_PX = 80;
const PAGE = 150; // messages drawn at first, and added with each step back
const OPENING_MS = 1000;

export class Conversation {
  #items = new Map();
  #talk = null;
  #shown = PAGE;
  #following = true;
  #list = el("ol", { className: "messages", ariaLabel: "Messages", ariaLive: "polite" });
  #more = el("button", { type: "button", className: "button quiet-button more", hidden: true }, "Earlier messages");
  #empty = el("div", { className: "empty", hidden: true });
  #scroll = el("div", { className: "scroll", tabIndex: 0, role: "group", ariaLabel: "Conversation" }, this.#more, this.#list, this.#empty);
  #jump = el("button", { className: "jump", type: "button", hidden: true }, icon("down"), "New messages");
  element = el("div", { className: "conversation" }, this.#scroll, this.#jump);

  /** `context` as for messageItem, plus about() -> {person, botName, botOnline}, onSuggestion(text). */
  constructor(context) {
    this.context = context;
    this.#jump.addEventListener("click", () => this.#toEnd());
    this.#more.addEventListener("click", () => this.#showMore());
    this.#scroll.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // A keyboard or an unfolding card must not push the newest message out of sight.
    const watch = new ResizeObserver(() => this.#following && this.#toEnd());
    watch.observe(this.#scroll);
    watch.observe(this.#list);
  }

  /** Show a talk, scrolled to its end. */
  open(talk) {
    this.#talk = talk;
    this.#shown = PAGE;
    // Screen readers must not read out older messages.
    this.#list.ariaBusy = "true";
    setTimeout(() => (this.#list.ariaBusy = "false"), OPENING_MS);
    this.#items.clear();
    this.#list.replaceChildren();
    this.#jump.hidden = true;
    this.#empty.hidden = true;
    this.#following = true;
    if (talk.messages.length) this.update();
  }

  /** Draw the current messages. With `toEnd` scroll to the newest in any case. */
  update({ toEnd = false } = {}) {
    const all = this.#talk.messages;
    const cut = Math.max(all.length - this.#shown, 0);
    const fresh = this.#reconcile(arrange(all.slice(cut)));
    this.#more.hidden = cut === 0;
    this.#paintEmpty(all.length === 0);
    if (toEnd || this.#following) this.#toEnd();
    else if (fresh) this.#jump.hidden = false;
  }

  #paintEmpty(empty) {
    this.#empty.hidden = !empty;
    if (empty) this.#empty.replaceChildren(...welcome(this.context.about(), this.context.onSuggestion));
  }

  /** Returns how many messages are new. */
  #reconcile(lines) {
    const wanted = new Set(lines.map(({ message }) => message.id));
    for (const [id, { element }] of this.#items) {
      if (wanted.has(id)) continue;
      element.remove();
      this.#items.delete(id);
    }
    const before = new Set(this.#items.keys());
    lines.forEach((line, index) => this.#place(line, index));
    return lines.filter(({ message }) => !before.has(message.id)).length;
  }

  #place(line, index) {
    const element = this.#element(line.message);
    element.classList.toggle("threaded", line.depth > 0);
    element.classList.toggle("orphan", line.orphan);
    element.classList.toggle("continued", line.continued);
    if (this.#list.children[index] !== element) this.#list.insertBefore(element, this.#list.children[index] ?? null);
  }

  #element(message) {
    const version = message.version ?? message.seq ?? message.updated ?? message.created;
    const known = this.#items.get(message.id);
    if (known?.version === version) return known.element;
    const element = messageItem(message, this.context, this.#talk);
    known?.element.replaceWith(element);
    this.#items.set(message.id, { element, version });
    return element;
  }

  #showMore() {
    const { scrollHeight, scrollTop } = this.#scroll;
    this.#following = false;
    this.#shown += PAGE;
    this.update();
    this.#scroll.scrollTop = scrollTop + this.#scroll.scrollHeight - scrollHeight;
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
    this.#following = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.#following) this.#jump.hidden = true;
  }

  #toEnd() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#following = true;
    this.#jump.hidden = true;
  }
}

/** The placeholder of an empty room: the person, and how to start. */
function welcome({ person, botName, botOnline }, onSuggestion) {
  const onclick = () => onSuggestion("help");
  return [
    avatar(person.displayName),
    el("div", {}, el("p", { className: "welcome" }, `You are ${person.displayName}`), el("p", {}, person.note || "No messages yet.")),
    el("button", { type: "button", className: "button", onclick }, "Say “help”"),
    botOnline ? null : el("p", { className: "quiet" }, `${botName} is not connected; nobody will answer yet.`),
  ].filter(Boolean);
}
