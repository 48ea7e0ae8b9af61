import assert from "node:assert/strict";
import { test } from "node:test";

import { counterpart, firstPerson } from "../../sandbox/page/static/state.js";

const CAST = [
  { email: "vera", role: "viewer" },
  { email: "tom", role: "technician" },
  { email: "ana", role: "approver" },
  { email: "sam", role: null },
];

test("one begins as a technician, or as whoever there is", () => {
  assert.equal(firstPerson(CAST).email, "tom");
  assert.equal(firstPerson([CAST[3]]).email, "sam");
});

test("beside a requester stands the approver", () => {
  assert.equal(counterpart(CAST, "tom").email, "ana");
  assert.equal(counterpart(CAST, "vera").email, "ana");
});

test("beside the approver stands a technician", () => {
  assert.equal(counterpart(CAST, "ana").email, "tom");
});

test("where the wanted role is missing anybody else will do, and nobody when alone", () => {
  assert.equal(counterpart([CAST[0], CAST[3]], "vera").email, "sam");
  assert.equal(counterpart([CAST[0]], "vera"), null);
});
