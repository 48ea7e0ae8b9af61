import assert from "node:assert/strict";
import { test } from "node:test";

import { counterpart, firstPerson } from "../../sandbox/page/static/state.js";

const CAST = [
  { email: "vera", role: "viewer" },
  { email: "tom", role: "technician" },
  { email: "ana", role: "approver" },
  { email: "sam", role: null },
];

test("the first person is a technician, or else anybody", () => {
  assert.equal(firstPerson(CAST).email, "tom");
  assert.equal(firstPerson([CAST[3]]).email, "sam");
});

test("the second person of a requester is the approver", () => {
  assert.equal(counterpart(CAST, "tom").email, "ana");
  assert.equal(counterpart(CAST, "vera").email, "ana");
});

test("the second person of the approver is a technician", () => {
  assert.equal(counterpart(CAST, "ana").email, "tom");
});

test("without that role the second person is anybody else, or nobody", () => {
  assert.equal(counterpart([CAST[0], CAST[3]], "vera").email, "sam");
  assert.equal(counterpart([CAST[0]], "vera"), null);
});
