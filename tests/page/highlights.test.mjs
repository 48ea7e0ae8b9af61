import assert from "node:assert/strict";
import { test } from "node:test";

import { compare } from "../../sandbox/page/static/highlights.js";

const byMac = ({ mac }) => mac;

test("the first look has no news", () => {
  const { marks, gone } = compare(null, [{ mac: "1" }], byMac);

  assert.equal(marks.size + gone.length, 0);
});

test("what was not there is new", () => {
  const { marks } = compare([{ mac: "1" }], [{ mac: "1" }, { mac: "2" }], byMac);

  assert.deepEqual([...marks], [["2", "new"]]);
});

test("what is no more is gone", () => {
  const { marks, gone } = compare([{ mac: "1" }, { mac: "2" }], [{ mac: "2" }], byMac);

  assert.equal(marks.size, 0);
  assert.deepEqual(gone, [{ mac: "1" }]);
});

test("what became different is changed, also deep inside", () => {
  const { marks } = compare([{ mac: "1", tags: ["a"] }], [{ mac: "1", tags: ["a", "b"] }], byMac);

  assert.deepEqual([...marks], [["1", "changed"]]);
});

test("another order is no change", () => {
  const { marks, gone } = compare([{ mac: "1" }, { mac: "2" }], [{ mac: "2" }, { mac: "1" }], byMac);

  assert.equal(marks.size + gone.length, 0);
});
