import assert from "node:assert/strict";
import { test } from "node:test";

import { backOff } from "../../sandbox/page/static/live.js";

test("reconnection starts soon and slows down up to a limit", () => {
  const waits = [0, 1, 2, 3, 10, 100].map(backOff);

  assert.deepEqual(waits, [500, 1000, 2000, 4000, 15_000, 15_000]);
});
