import assert from "node:assert/strict";
import { test } from "node:test";

import { readTable } from "../../sandbox/page/static/table.js";

test("fields are separated by commas", () => {
  assert.deepEqual(readTable("a,b\n1,2\n"), [["a", "b"], ["1", "2"]]);
});

test("a quoted field can contain a comma, a quote and a line break", () => {
  assert.deepEqual(readTable('a,"b, ""c""\nd"'), [["a", 'b, "c"\nd']]);
});

for (const separator of [";", "\t"]) {
  test(`the separator can be ${JSON.stringify(separator)}`, () => {
    assert.deepEqual(readTable(`a${separator}b\r\n1${separator}2,5\r\n`), [["a", "b"], ["1", "2,5"]]);
  });
}

test("a byte order mark and empty lines are ignored", () => {
  assert.deepEqual(readTable("\uFEFFa,b\n\n,\n1,2"), [["a", "b"], ["1", "2"]]);
});

test("an empty text has no rows", () => {
  assert.deepEqual(readTable(""), []);
});
