// Writing a message: text, a file, a thread to answer in, a mention of the bot.

import { sendFile, say } from "/api.js";
import { byId } from "/dom.js";

export class Composer {
  #form = byId("composer");
  #text = byId("text");
  #file = byId("file");
  #mention = byId("mention");
  #mentionChoice = byId("mention-choice");
  #replying = byId("replying");
  #attached = byId("attached");
  #thread = null;
  #place = null;
  #sending = false;

  /** `onSent()` after a success, `onProblem(sentence)` otherwise. */
  constructor({ onSent, onProblem }) {
    this.onSent = onSent;
    this.onProblem = onProblem;
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    this.#text.addEventListener("input", () => this.#grow());
    byId("attach").addEventListener("click", () => this.#file.click());
    this.#file.addEventListener("change", () => this.#showFile());
    this.#attached.querySelector("button").addEventListener("click", () => this.#dropFile());
    this.#replying.querySelector("button").addEventListener("click", () => this.leaveThread());
  }

  /** Write to `room` as `person` (an email) from now on. */
  open(person, room) {
    this.#place = { person, roomId: room.id };
    this.#mentionChoice.hidden = room.type !== "group";
    this.#text.placeholder = `Write to ${room.title}`;
    this.leaveThread();
    this.#dropFile();
  }

  replyTo(message, name) {
    this.#thread = message.parentId ?? message.id;
    this.#replying.querySelector("span").textContent = `Answering ${name} in a thread`;
    this.#replying.hidden = false;
    this.#text.focus();
  }

  leaveThread() {
    this.#thread = null;
    this.#replying.hidden = true;
  }

  #key(event) {
    // isComposing: Enter that picks a word from an input method is not meant to send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #grow() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }

  #showFile() {
    const [file] = this.#file.files;
    this.#attached.hidden = !file;
    this.#attached.querySelector("span").textContent = file?.name ?? "";
  }

  #dropFile() {
    this.#file.value = "";
    this.#showFile();
  }

  async #submit(event) {
    event.preventDefault();
    const [file] = this.#file.files;
    const text = this.#text.value.trim();
    if (!this.#place || this.#sending || (!text && !file)) return;
    this.#sending = true;
    try {
      await this.#send(text, file);
    } catch (problem) {
      this.onProblem(problem.message);
    } finally {
      this.#sending = false;
    }
  }

  async #send(text, file) {
    await (file ? sendFile : say)(this.#values(text, file));
    this.#text.value = "";
    this.#grow();
    this.#dropFile();
    this.onSent();
  }

  #values(text, file) {
    const values = { ...this.#place, text };
    if (!this.#mentionChoice.hidden && this.#mention.checked) values.mention = true;
    if (this.#thread) values.parentId = this.#thread;
    return file ? { ...values, file } : values;
  }
}
