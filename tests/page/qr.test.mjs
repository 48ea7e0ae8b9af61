import assert from "node:assert/strict";
import { test } from "node:test";

import { qrOf } from "../../sandbox/page/static/qr.js";

const drawn = (rows) => rows.map((row) => row.map((black) => (black ? "#" : ".")).join(""));

test("a code is a square with three large squares and a small one", () => {
  const rows = drawn(qrOf("MAC: 6C5E3BA0B1C2"));

  assert.equal(rows.length, 37);
  assert.ok(rows.every((row) => row.length === 37));
  assert.deepEqual([rows[0].slice(0, 8), rows[3].slice(0, 8), rows[7].slice(0, 8)], ["#######.", "#.###.#.", "........"]);
  assert.deepEqual([rows[0].slice(-8), rows[36].slice(0, 8)], [".#######", "#######."]);
  assert.deepEqual(rows.slice(28, 33).map((row) => row.slice(28, 33)), ["#####", "#...#", "#.#.#", "#...#", "#####"]);
});

test("a text that is too long is refused", () => {
  assert.equal(qrOf("x".repeat(106)).length, 37);
  assert.throws(() => qrOf("x".repeat(107)), /too long/);
});
