import assert from "node:assert/strict";
import { test } from "node:test";

import { backOff } from "../../sandbox/page/static/live.js";

test("a lost line is tried soon, then ever more rarely, up to a limit", () => {
  const waits = [0, 1, 2, 3, 10, 100].map(backOff);

  assert.deepEqual(waits, [500, 1000, 2000, 4000, 15_000, 15_000]);
});
