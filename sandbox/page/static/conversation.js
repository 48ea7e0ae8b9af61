// The list of messages of one room, kept in step without redrawing what did not change:
// a half-filled card stays as it is while other messages come and go.

import { byId } from "/dom.js";
import { messageItem } from "/message.js";
import { arrange } from "/threads.js";

const NEAR_PX = 80;

export class Conversation {
  #items = new Map();
  #room = null;
  #list = byId("messages");
  #scroll = byId("scroll");
  #jump = byId("jump");
  #empty = byId("empty");

  /** `context` as messageItem wants it. */
  constructor(context) {
    this.context = context;
    this.#jump.addEventListener("click", () => this.#toEnd());
    this.#scroll.addEventListener("scroll", () => {
      if (this.#atEnd()) this.#jump.hidden = true;
    });
  }

  /** Forget what is shown: another room, or another person looking at it. */
  clear(room, emptyWords = "") {
    this.#room = room;
    this.#items.clear();
    this.#list.replaceChildren();
    this.#jump.hidden = true;
    this.#empty.textContent = emptyWords;
    this.#empty.hidden = true;
  }

  /** Show these messages (oldest first) of `room`; an answer for a room left meanwhile is dropped. */
  update(room, messages) {
    if (room !== this.#room) return;
    const first = this.#items.size === 0;
    const following = this.#atEnd();
    const fresh = this.#reconcile(arrange(messages));
    this.#empty.hidden = messages.length > 0;
    if (first) this.#toEnd();
    else if (fresh.length) this.#follow(fresh.at(-1), following);
  }

  #reconcile(lines) {
    const wanted = new Set(lines.map(({ message }) => message.id));
    for (const [id, { element }] of this.#items) {
      if (wanted.has(id)) continue;
      element.remove();
      this.#items.delete(id);
    }
    const before = new Set(this.#items.keys());
    lines.forEach((line, index) => this.#place(line, index));
    return lines.filter(({ message }) => !before.has(message.id)).map(({ message }) => message.id);
  }

  #place(line, index) {
    const element = this.#element(line.message);
    element.classList.toggle("threaded", line.depth > 0);
    element.classList.toggle("orphan", line.orphan);
    element.classList.toggle("continued", line.continued);
    if (this.#list.children[index] !== element) this.#list.insertBefore(element, this.#list.children[index] ?? null);
  }

  #element(message) {
    const version = message.seq ?? message.updated ?? message.created;
    const known = this.#items.get(message.id);
    if (known?.version === version) return known.element;
    const element = messageItem(message, this.context);
    known?.element.replaceWith(element);
    this.#items.set(message.id, { element, version });
    return element;
  }

  #follow(id, following) {
    if (following) this.#items.get(id).element.scrollIntoView({ block: "nearest" });
    else this.#jump.hidden = false;
  }

  #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
    return scrollHeight - scrollTop - clientHeight < NEAR_PX;
  }

  #toEnd() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#jump.hidden = true;
  }
}
