// One side of the stage: a person in a room, with the conversation and the composer.

import * as api from "/api.js";
import { Composer } from "/composer.js";
import { Conversation } from "/conversation.js";
import { avatar, coalesce, el, iconButton } from "/dom.js";
import { editableText } from "/editing.js";
import { standing } from "/rail.js";
import { current, isBot, nameOf, personOf } from "/state.js";
import { talkOf, wording } from "/talk.js";
import { Working } from "/working.js";

export class Side {
  #talk = null;
  #title = el("h2", {});
  #role = el("span", { className: "role" });
  #face = el("span", {});
  #place = el("p", { className: "place" });
  #presence = el("span", { className: "presence" });
  #working = new Working();

  /** Callbacks: `onBack()`, `onFocus()` when touched, `onProblem(sentence)`. */
  constructor({ onBack, onFocus, onProblem }) {
    this.onProblem = onProblem;
    this.conversation = new Conversation({
      nameOf,
      isBot,
      isMe: (email) => email === this.#talk?.email,
      onReply: (message) => this.composer.replyTo(message, nameOf(message.personEmail)),
      onEdit: (message) => this.composer.edit(message, editableText(message, current().settings.bot.displayName)),
      onPress: (message, submitted) => this.#press(message, submitted),
      onRetry: (message) => this.#deliver(message),
      onDiscard: (message) => this.#discard(message),
      about: () => ({ person: personOf(this.#talk.email), botName: current().settings.bot.displayName, botOnline: current().settings.botOnline }),
      onSuggestion: (text) => this.#send({ text, file: null, thread: null, mention: true }),
    });
    this.composer = new Composer({
      onSend: (draft) => this.#send(draft),
      onEdit: (message, text, mention) => this.#edit(message, text, mention),
      onProblem,
    });
    this.refresh = coalesce(() => this.#refresh());
    this.element = el(
      "section",
      { className: "side", hidden: true, onpointerdown: onFocus, onfocusin: onFocus },
      el(
        "header",
        { className: "side-bar" },
        iconButton("back", "Back to people and spaces", { className: "icon-button back", onclick: onBack }),
        this.#face,
        el("div", { className: "side-title" }, el("div", { className: "side-name" }, this.#title, this.#role), this.#place),
      ),
      this.conversation.element,
      this.#working.element,
      this.composer.element,
    );
    this.composer.takeDrops(this.element);
  }

  get roomId() {
    return this.#talk?.room.id;
  }

  /** Show a person ({email}) in a room; null hides the side. */
  show(place) {
    this.element.hidden = !place;
    if (!place) return;
    const talk = talkOf(place.email, place.room);
    if (talk === this.#talk) return;
    this.composer.leave();
    this.#talk = talk;
    this.#working.stop();
    this.#head(personOf(place.email), place.room);
    this.conversation.open(talk);
    this.composer.open(talk, current().settings.bot.displayName);
    this.refresh().catch((problem) => this.onProblem(problem.message));
  }

  #head(person, room) {
    this.element.setAttribute("aria-label", `${person.displayName} in ${room.title}`);
    this.#title.textContent = person.displayName;
    this.#role.textContent = standing(person);
    this.#face.replaceChildren(avatar(person.displayName));
    this.#place.replaceChildren(el("span", {}, room.title), this.#presence);
  }

  /** Show whether the bot is online. */
  paintPresence() {
    const online = String(current().settings.botOnline);
    if (this.#presence.dataset.online === online) return;
    this.#presence.dataset.online = online;
    this.#presence.textContent = online === "true" ? "bot connected" : "bot not connected";
    if (this.#talk) this.conversation.update();
  }

  async #refresh() {
    const talk = this.#talk;
    if (!talk) return;
    const fresh = await talk.refresh();
    if (talk !== this.#talk) return;
    if (fresh.some(({ personEmail }) => isBot(personEmail))) this.#working.stop();
    this.conversation.update();
    if (fresh.length) this.markRead();
  }

  dropMessage(messageId) {
    this.#talk?.drop(messageId);
    this.conversation.update();
  }

  /** Mark the messages on the screen as read, if the page is visible. */
  markRead() {
    const looking = this.#talk && !document.hidden && this.element.checkVisibility();
    if (looking) api.read(this.#talk.email, this.#talk.room.id).catch(() => {});
  }

  /** The bot called the API: show that it is working if this person waits for it. */
  noteCall(token) {
    if (token === "bot" || token === "service_app") this.#working.seen(current().settings.bot.displayName);
  }

  #send(draft) {
    this.#deliver(this.#talk.write(draft));
  }

  async #deliver(message) {
    const talk = this.#talk;
    this.#working.expect();
    const delivered = talk.deliver(message);
    this.conversation.update({ toEnd: true });
    if (!(await delivered)) this.#working.stop();
    if (talk === this.#talk) this.conversation.update();
  }

  async #edit(message, text, mention) {
    this.#working.expect();
    try {
      await api.edit({ person: this.#talk.email, messageId: message.id, mention, ...wording(text) });
    } catch (problem) {
      this.#working.stop();
      this.onProblem(problem.message);
    }
  }

  #discard(message) {
    this.#talk.discard(message);
    this.conversation.update();
    this.composer.focus();
  }

  async #press(message, { data, inputs }) {
    this.#working.expect();
    await api.press({ person: this.#talk.email, messageId: message.id, data, inputs });
  }
}
