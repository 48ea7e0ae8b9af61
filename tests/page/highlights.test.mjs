import assert from "node:assert/strict";
import { test } from "node:test";

import { compare } from "../../sandbox/page/static/highlights.js";

const byMac = ({ mac }) => mac;

test("the first state has no changes", () => {
  const { marks, gone } = compare(null, [{ mac: "1" }], byMac);

  assert.equal(marks.size + gone.length, 0);
});

test("a new item is marked as new", () => {
  const { marks } = compare([{ mac: "1" }], [{ mac: "1" }, { mac: "2" }], byMac);

  assert.deepEqual([...marks], [["2", "new"]]);
});

test("a missing item is marked as removed", () => {
  const { marks, gone } = compare([{ mac: "1" }, { mac: "2" }], [{ mac: "2" }], byMac);

  assert.equal(marks.size, 0);
  assert.deepEqual(gone, [{ mac: "1" }]);
});

test("a changed item is marked, also for nested changes", () => {
  const { marks } = compare([{ mac: "1", tags: ["a"] }], [{ mac: "1", tags: ["a", "b"] }], byMac);

  assert.deepEqual([...marks], [["1", "changed"]]);
});

test("a different order is no change", () => {
  const { marks, gone } = compare([{ mac: "1" }, { mac: "2" }], [{ mac: "2" }, { mac: "1" }], byMac);

  assert.equal(marks.size + gone.length, 0);
});
