import assert from "node:assert/strict";
import { test } from "node:test";

import { arrange } from "../../sandbox/page/static/threads.js";

let minute = 0;
const said = (id, parentId, personEmail = id) => ({
  id, parentId, personEmail, created: new Date(Date.UTC(2030, 0, 1, 0, minute++)).toISOString(),
});
const shape = (lines) => lines.map(({ message, depth }) => `${" ".repeat(depth)}${message.id}`);

test("replies are below their message", () => {
  const lines = arrange([said("a"), said("b"), said("c", "a")]);

  assert.deepEqual(shape(lines), ["a", " c", "b"]);
});

test("replies to a deleted message stay together, with one note", () => {
  const lines = arrange([said("a", "gone"), said("b"), said("c", "gone")]);

  assert.deepEqual(shape(lines), [" a", " c", "b"]);
  assert.deepEqual(lines.map(({ orphan }) => orphan), [true, false, false]);
});

test("consecutive messages of one person are one block", () => {
  const lines = arrange([said("a", undefined, "tom"), said("b", undefined, "tom"), said("c", undefined, "ana")]);

  assert.deepEqual(lines.map(({ continued }) => continued), [false, true, false]);
});

test("a card has its own header with the thread buttons", () => {
  const card = { ...said("b", undefined, "bot"), attachments: [{}] };

  assert.deepEqual(arrange([said("a", undefined, "bot"), card]).map(({ continued }) => continued), [false, false]);
});

test("a pause starts a new block", () => {
  const before = said("a", undefined, "tom");
  minute += 30;

  assert.equal(arrange([before, said("b", undefined, "tom")])[1].continued, false);
});
