import assert from "node:assert/strict";
import { test } from "node:test";

import { readTable } from "../../sandbox/page/static/table.js";

test("fields are told apart by commas", () => {
  assert.deepEqual(readTable("a,b\n1,2\n"), [["a", "b"], ["1", "2"]]);
});

test("a quoted field may hold a comma, a quote and a line's end", () => {
  assert.deepEqual(readTable('a,"b, ""c""\nd"'), [["a", 'b, "c"\nd']]);
});

for (const separator of [";", "\t"]) {
  test(`a table may be separated by ${JSON.stringify(separator)}`, () => {
    assert.deepEqual(readTable(`a${separator}b\r\n1${separator}2,5\r\n`), [["a", "b"], ["1", "2,5"]]);
  });
}

test("a mark at the beginning and empty lines are left out", () => {
  assert.deepEqual(readTable("\uFEFFa,b\n\n,\n1,2"), [["a", "b"], ["1", "2"]]);
});

test("nothing has no rows", () => {
  assert.deepEqual(readTable(""), []);
});
