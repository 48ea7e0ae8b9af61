// One message as a list item.

import { canDraw, drawCard } from "/card.js";
import { avatar, clock, el, icon } from "/dom.js";
import { messageBody } from "/markup.js";

const CARD = "application/vnd.microsoft.card.adaptive";
const NO_RENDERER =
  "There is a card here, but the script that draws cards is not installed: " +
  "run “make node_modules”, then load this page again.";

/**
 * `context`: {nameOf(email), isBot(email), isMe(email), onReply(message), onPress(message, submitted)};
 * `onPress` returns a promise that is rejected with a sentence when the press is refused.
 */
export function messageItem(message, context) {
  const name = context.nameOf(message.personEmail);
  return el(
    "li",
    { className: "message", dataset: { id: message.id } },
    avatar(name, { bot: context.isBot(message.personEmail) }),
    el("div", { className: "message-main" }, heading(message, name, context), content(message, context)),
    replyButton(message, context),
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

function content(message, context) {
  const card = message.attachments?.find((attachment) => attachment.contentType === CARD)?.content;
  // A client that draws the card does not show the text that stands in for it.
  const main = card ? cardBlock(card, message, context) : textBlock(message);
  return [main, ...(message.fileNames ?? []).map(fileChip)];
}

function textBlock(message) {
  return el("div", { className: "body" }, messageBody(message));
}

function fileChip(name) {
  return el("p", { className: "file" }, icon("file"), el("span", {}, name));
}

function cardBlock(card, message, context) {
  const mark = el("p", { className: "sent", role: "status", hidden: true });
  const block = el("div", { className: "card" });
  try {
    if (!canDraw()) throw new Error(NO_RENDERER);
    block.append(drawCard(card, (submitted) => press(message, submitted, mark, context)), mark);
  } catch (problem) {
    block.append(el("div", { className: "card-problem" }, el("p", {}, problem.message), textBlock(message)));
  }
  return block;
}

async function press(message, submitted, mark, context) {
  show(mark, "pending", `Sending “${submitted.title}” …`);
  try {
    await context.onPress(message, submitted);
    show(mark, "done", `Sent “${submitted.title}”`);
  } catch (problem) {
    show(mark, "failed", problem.message);
  }
}

function show(mark, state, words) {
  Object.assign(mark, { hidden: false, textContent: words });
  mark.dataset.state = state;
}

function replyButton(message, context) {
  const onclick = () => context.onReply(message);
  return el("button", { className: "icon-button reply", type: "button", title: "Reply in a thread", ariaLabel: "Reply in a thread", onclick }, icon("reply"));
}
