// One conversation of a person: messages, the outbox, drafts. No elements here.

import * as api from "/api.js";
import { isMarked } from "/markup.js";

const CONFIRM_MS = 1000;

const talks = new Map();

/** The conversation of a person in a room; kept while the page is open, so that drafts are not lost. */
export function talkOf(email, room) {
  const key = `${email} ${room.id}`;
  if (!talks.has(key)) talks.set(key, new Talk(email, room));
  return talks.get(key);
}

/** After a lost connection it can be another sandbox: forget everything known of the old one. */
export function forgetTalks() {
  for (const talk of talks.values()) talk.forget();
}

class Talk {
  #known = new Map();
  #seq = 0;
  #outbox = new Map();
  #onTheWay = new Set();

  draft = { text: "", file: null, thread: null, mention: true };
  inputs = new Map(); // message id -> {input id: value}, as far as filled in
  presses = new Map(); // message id -> {state, words} of the last button pressed
  earliest = 0; // number of messages left out at the top; 0: as many as fit

  constructor(email, room) {
    this.email = email;
    this.room = room;
  }

  /** Oldest first, then unconfirmed messages (with `local`: "sending" or "failed"). */
  get messages() {
    return [...this.#known.values(), ...this.#outbox.values()];
  }

  forget() {
    this.#known.clear();
    this.#seq = 0;
  }

  drop(messageId) {
    this.#known.delete(messageId);
  }

  /** Fetch the changed messages; returns the new ones. */
  async refresh() {
    const { messages, seq } = await api.messages(this.email, this.room.id, this.#seq);
    await this.#confirmed();
    if (this.#seq === 0) this.#known.clear();
    this.#seq = seq;
    const fresh = messages.filter(({ id }) => !this.#known.has(id));
    for (const message of messages) {
      this.#known.set(message.id, message);
      this.#outbox.delete(message.clientTempId); // it arrived, even if its answer was lost
    }
    return fresh;
  }

  /** An event about our own message can arrive before its confirmation; it must not be shown twice. */
  #confirmed() {
    const late = new Promise((resolve) => setTimeout(resolve, CONFIRM_MS));
    return this.#onTheWay.size ? Promise.race([Promise.allSettled(this.#onTheWay), late]) : null;
  }

  /** Put a message into the outbox; `deliver` sends it. */
  write({ text, file, thread, mention }) {
    const id = crypto.randomUUID(); // lets the sandbox recognize a second attempt
    const message = {
      id, local: "sending", personEmail: this.email, text, created: new Date().toISOString(), version: 0,
      fileFacts: file ? [{ name: file.name, contentType: file.type, bytes: file.size }] : [],
      wanted: { person: this.email, roomId: this.room.id, text, file, mention, parentId: thread, clientTempId: id },
    };
    if (thread) message.parentId = thread;
    this.#outbox.set(id, message);
    return message;
  }

  /** Resolves to true once it is in the room, or to false when it is marked as not sent. */
  deliver(message) {
    const delivery = this.#deliver(message).finally(() => this.#onTheWay.delete(delivery));
    this.#onTheWay.add(delivery);
    return delivery;
  }

  async #deliver(message) {
    this.#mark(message, "sending");
    try {
      const answer = await (message.wanted.file ? api.sendFile : api.say)(given(message.wanted));
      this.#outbox.delete(message.id);
      if (!this.#known.has(answer.id)) this.#known.set(answer.id, answer);
      return true;
    } catch (problem) {
      this.#mark(message, "failed", problem.message);
      return false;
    }
  }

  #mark(message, local, problem = "") {
    Object.assign(message, { local, problem, version: message.version + 1 });
  }

  discard(message) {
    this.#outbox.delete(message.id);
  }
}

/** Text with markup is sent as markdown, as clients do. */
export const wording = (text) => (isMarked(text) ? { markdown: text } : { text });

/** The body of the call. */
function given({ text, ...values }) {
  return Object.fromEntries(Object.entries({ ...values, ...wording(text) }).filter(([, value]) => value !== null && value !== undefined && value !== false));
}
