import assert from "node:assert/strict";
import { test } from "node:test";

import { barsOf } from "../../sandbox/page/static/code128.js";

const MODULES = { signs: 11, stop: 13 };
const total = (bars) => bars.reduce((sum, width) => sum + width, 0);

test("a code has a start sign, its signs, a check sign and a stop sign", () => {
  const bars = barsOf("PJJ123C");

  assert.deepEqual(bars.slice(0, 6), [2, 1, 1, 2, 1, 4]); // start B
  assert.deepEqual(bars.slice(-7), [2, 3, 3, 1, 1, 1, 2]);
  assert.equal(total(bars), (7 + 2) * MODULES.signs + MODULES.stop);
});

test("the check sign is the weighted sum of the values", () => {
  // 104 + 1·48 + 2·42 + 3·42 + 4·17 + 5·18 + 6·19 + 7·35 = 879 = 8·103 + 55
  const value55 = [3, 1, 1, 3, 2, 1];

  assert.deepEqual(barsOf("PJJ123C").slice(-13, -7), value55);
});

test("signs that the code does not have are refused", () => {
  assert.throws(() => barsOf("Zürich"), /no “ü”/);
});
