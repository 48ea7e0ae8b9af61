import assert from "node:assert/strict";
import { test } from "node:test";

import { canEdit, editableText } from "../../sandbox/page/static/editing.js";

const MENTIONED = ["bot-id"];

test("a message with a file or a card cannot be edited", () => {
  assert.equal(canEdit({ text: "help", fileFacts: [] }), true);
  assert.equal(canEdit({ text: "help", fileFacts: [{ name: "a.csv" }] }), false);
  assert.equal(canEdit({ text: "help", attachments: [{}] }), false);
});

test("a message that is not sent yet cannot be edited", () => {
  assert.equal(canEdit({ text: "help", local: "failed" }), false);
});

test("the mention in front is not part of the text", () => {
  assert.equal(editableText({ text: "Provbot add phone", mentionedPeople: MENTIONED }, "Provbot"), "add phone");
  const markdown = "<@personEmail:p@webex.bot|Provbot> **add** phone";
  assert.equal(editableText({ text: "Provbot add phone", markdown, mentionedPeople: MENTIONED }, "Provbot"), "**add** phone");
});

test("a typed name of the bot is part of the text", () => {
  assert.equal(editableText({ text: "Provbot help" }, "Provbot"), "Provbot help");
  assert.equal(editableText({ text: "Provbots help", mentionedPeople: MENTIONED }, "Provbot"), "Provbots help");
});

test("a message without text is empty", () => {
  assert.equal(editableText({}, "Provbot"), "");
});
