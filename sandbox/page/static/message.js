// One message as a list item.

import { canDraw, drawCard } from "/card.js";
import { avatar, clock, el, iconButton } from "/dom.js";
import { canEdit } from "/editing.js";
import { fileBlocks } from "/files.js";
import { messageBody } from "/markup.js";

const CARD = "application/vnd.microsoft.card.adaptive";
const NO_RENDERER =
  "There is a card here, but the script that shows cards is not installed: " +
  "run “make node_modules”, then load this page again.";

/**
 * `context`: {nameOf(email), isBot(email), isMe(email), onReply(message), onEdit(message), onPress(message, submitted),
 * onRetry(message), onDiscard(message)}; `onPress` returns a promise that is rejected with a sentence
 * when the press is refused. `talk` keeps what was filled in and pressed.
 */
export function messageItem(message, context, talk) {
  const name = context.nameOf(message.personEmail);
  return el(
    "li",
    { className: "message", dataset: message.local ? { id: message.id, local: message.local } : { id: message.id } },
    avatar(name, { bot: context.isBot(message.personEmail) }),
    el("div", { className: "message-main" }, heading(message, name, context), content(message, context, talk)),
    message.local ? null : actions(message, context),
  );
}

function actions(message, context) {
  const isEditable = context.isMe(message.personEmail) && canEdit(message);
  return el(
    "div",
    { className: "actions" },
    isEditable ? iconButton("edit", "Edit", { onclick: () => context.onEdit(message) }) : null,
    iconButton("reply", "Reply in a thread", { onclick: () => context.onReply(message) }),
  );
}

function heading(message, name, context) {
  const shown = context.isMe(message.personEmail) ? "You" : name;
  return el(
    "p",
    { className: "message-head" },
    el("strong", {}, shown),
    context.isBot(message.personEmail) ? el("span", { className: "badge" }, "Bot") : null,
    clock(message.created),
    message.updated ? el("span", { className: "edited", title: message.updated }, "edited") : null,
  );
}

function content(message, context, talk) {
  const card = message.attachments?.find((attachment) => attachment.contentType === CARD)?.content;
  // A client that shows the card does not show its fallback text.
  const main = card ? cardBlock(card, message, context, talk) : textBlock(message);
  return [main, ...fileBlocks(message, talk.email), message.local ? sending(message, context) : null];
}

function textBlock(message) {
  return el("div", { className: "body" }, messageBody(message));
}

function sending(message, context) {
  if (message.local === "sending") return el("p", { className: "delivery" }, "Sending …");
  return el(
    "p",
    { className: "delivery failed", role: "alert" },
    el("span", {}, "Not sent"),
    el("button", { type: "button", onclick: () => context.onRetry(message) }, "Try again"),
    el("button", { type: "button", onclick: () => context.onDiscard(message) }, "Discard"),
    message.problem ? el("span", { className: "quiet" }, message.problem) : null,
  );
}

function cardBlock(card, message, context, talk) {
  const mark = el("p", { className: "sent", role: "status", hidden: true });
  const block = el("div", { className: "card" });
  const filled = { values: talk.inputs.get(message.id), onInput: (values) => talk.inputs.set(message.id, values) };
  try {
    if (!canDraw()) throw new Error(NO_RENDERER);
    block.append(drawCard(card, (submitted) => press(message, submitted, mark, { context, talk }), filled), mark);
    show(mark, talk.presses.get(message.id));
  } catch (problem) {
    block.append(el("div", { className: "card-problem" }, el("p", {}, problem.message), textBlock(message)));
  }
  return block;
}

async function press(message, submitted, mark, { context, talk }) {
  const note = (state, words) => {
    talk.presses.set(message.id, { state, words });
    show(mark, { state, words });
  };
  note("pending", `Sending “${submitted.title}” …`);
  try {
    await context.onPress(message, submitted);
    note("done", `Sent “${submitted.title}”`);
  } catch (problem) {
    note("failed", `“${submitted.title}” was not sent: ${problem.message}`);
  }
}

function show(mark, pressed) {
  if (!pressed) return;
  Object.assign(mark, { hidden: false, textContent: pressed.words });
  mark.dataset.state = pressed.state;
}
