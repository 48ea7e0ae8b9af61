// The composer of a message: text, a file, a thread to reply in, a mention of the bot.

import { el, icon, iconButton } from "/dom.js";
import { Attachment } from "/attachment.js";
import { makeLabel } from "/label_panel.js";

export class Composer {
  #talk = null;
  #thread = null;
  #editing = null; // the message that is edited
  #text = el("textarea", { rows: 1, ariaLabel: "Message", enterKeyHint: "send", autocomplete: "off", spellcheck: false });
  #mention = el("input", { type: "checkbox", checked: true });
  #mentionName = el("b", {});
  #mentionChoice = el("label", { className: "mention" }, this.#mention, el("span", {}, "Mention ", this.#mentionName));
  #replyingWords = el("span", {});
  #replying = el("p", { className: "chip", hidden: true }, this.#replyingWords, iconButton("close", "Leave the thread", { onclick: () => this.leaveThread() }));
  #editingChip = el("p", { className: "chip", hidden: true }, el("span", {}, "Editing your message"), iconButton("close", "Stop editing", { onclick: () => this.stopEditing() }));
  #attachment = new Attachment(() => this.#text.focus());

  element = el(
    "form",
    { className: "composer", onsubmit: (event) => this.#submit(event) },
    el("div", { className: "composer-state" }, this.#replying, this.#editingChip, this.#attachment.element, this.#mentionChoice),
    el(
      "div",
      { className: "composer-line" },
      iconButton("clip", "Attach a file", { onclick: () => this.#attachment.choose() }),
      iconButton("camera", "Take a photo", { className: "icon-button camera", onclick: () => this.#attachment.photograph() }),
      iconButton("label", "Photo of a label, to try with", { onclick: () => this.#makeLabel() }),
      this.#attachment.input,
      this.#attachment.camera,
      this.#text,
      el("button", { className: "icon-button send", type: "submit", title: "Send", ariaLabel: "Send" }, icon("send")),
    ),
  );

  /** `onSend({text, file, thread, mention})`, `onEdit(message, text, mention)`, `onProblem(sentence)`. */
  constructor({ onSend, onEdit, onProblem }) {
    this.onProblem = onProblem;
    this.onSend = onSend;
    this.onEdit = onEdit;
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    this.#text.addEventListener("input", () => this.#grow());
    this.#text.addEventListener("paste", (event) => this.#paste(event));
  }

  /** Write into `talk` from now on, starting with its draft. */
  open(talk, botName) {
    const { text, file, thread, mention } = talk.draft;
    this.#talk = talk;
    this.#text.value = text;
    this.#text.placeholder = `Write to ${talk.room.title}`;
    this.#mentionChoice.hidden = talk.room.type !== "group";
    this.#mentionName.textContent = botName;
    this.#mention.checked = mention;
    this.#attachment.put(file);
    if (thread) this.#showThread(thread);
    else this.leaveThread();
    this.#grow();
  }

  /** Save the draft when the person goes elsewhere. */
  leave() {
    if (!this.#talk) return;
    if (this.#editing) this.stopEditing();
    this.#talk.draft = { text: this.#text.value, file: this.#attachment.file, thread: this.#thread, mention: this.#mention.checked };
  }

  focus() {
    this.#text.focus();
  }

  replyTo(message, name) {
    this.#showThread({ id: message.parentId ?? message.id, words: `Replying to ${name} in a thread` });
    this.#text.focus();
  }

  /** Change a message: its text takes the place of what was typed so far. */
  edit(message, text) {
    this.leaveThread();
    this.#editing = message;
    this.#editingChip.hidden = false;
    this.#text.value = text;
    this.#grow();
    this.#text.focus();
  }

  stopEditing() {
    this.#editing = null;
    this.#editingChip.hidden = true;
    this.#text.value = "";
    this.#grow();
  }

  leaveThread() {
    this.#thread = null;
    this.#replying.hidden = true;
  }

  /** Attach files that are dropped on `element`. */
  takeDrops(element) {
    const holdsFile = (event) => event.dataTransfer?.types.includes("Files");
    element.addEventListener("dragover", (event) => {
      if (holdsFile(event)) event.preventDefault();
    });
    element.addEventListener("drop", (event) => {
      if (!holdsFile(event)) return;
      event.preventDefault();
      this.#attachment.put(event.dataTransfer.files[0]);
    });
  }

  #makeLabel() {
    makeLabel((file) => this.#attachment.take(file)).catch((problem) => this.onProblem(problem.message));
  }

  #showThread(thread) {
    this.#thread = thread;
    this.#replyingWords.textContent = thread.words;
    this.#replying.hidden = false;
  }

  #key(event) {
    // isComposing: Enter that picks a word in an input method must not send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.element.requestSubmit();
  }

  #paste(event) {
    const [file] = event.clipboardData?.files ?? [];
    if (!file) return;
    event.preventDefault();
    this.#attachment.put(file);
  }

  #grow() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }

  #submit(event) {
    event.preventDefault();
    const text = this.#text.value.trim();
    const { file } = this.#attachment;
    const mention = !this.#mentionChoice.hidden && this.#mention.checked;
    if (this.#editing) return this.#finishEditing(text, mention);
    if (!this.#talk || (!text && !file)) return;
    const thread = this.#thread?.id ?? null;
    this.#text.value = "";
    this.#attachment.put(null);
    this.leaveThread();
    this.#grow();
    this.onSend({ text, file, thread, mention });
  }

  #finishEditing(text, mention) {
    if (!text) return;
    const message = this.#editing;
    this.stopEditing();
    this.onEdit(message, text, mention);
  }
}
