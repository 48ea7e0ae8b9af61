import assert from "node:assert/strict";
import { test } from "node:test";

import { directRoom, findPerson, findRoom, readAddress, slug, writeAddress } from "../../sandbox/page/static/address.js";

const ROOMS = [
  { id: "1", title: "Phone rollout", type: "group" },
  { id: "2", title: "Provbot", type: "direct" },
];

test("an address names a person and a room", () => {
  assert.deepEqual(readAddress("#tom/provbot"), [{ who: "tom", where: "provbot" }]);
});

test("an address can omit the room", () => {
  assert.deepEqual(readAddress("#tom"), [{ who: "tom", where: null }]);
});

test("an address names two sides at most", () => {
  const sides = readAddress("#tom/provbot+ana/phone-rollout+sam/provbot");

  assert.deepEqual(sides.map(({ who }) => who), ["tom", "ana"]);
});

test("an empty address names nobody", () => {
  assert.deepEqual(readAddress(""), []);
});

test("an address that cannot be decoded is used as it is", () => {
  assert.deepEqual(readAddress("#100%/x"), [{ who: "100%", where: "x" }]);
});

for (const hash of ["#tom", "#tom/provbot", "#tom/provbot+ana/phone-rollout"]) {
  test(`${hash} is written as it was read`, () => assert.equal(writeAddress(readAddress(hash)), hash));
}

test("a title becomes a slug, in any script", () => {
  assert.equal(slug("  Phone rollout – Köln! "), "phone-rollout-köln");
});

test("a person is found by mailbox and by address", () => {
  const people = [{ email: "tom@acme.example" }];

  assert.equal(findPerson(people, "tom"), people[0]);
  assert.equal(findPerson(people, "tom@acme.example"), people[0]);
  assert.equal(findPerson(people, "tomas"), null);
});

test("a room is found by slug or id, or else the direct room is used", () => {
  assert.equal(findRoom(ROOMS, "phone-rollout"), ROOMS[0]);
  assert.equal(findRoom(ROOMS, "1"), ROOMS[0]);
  assert.equal(findRoom(ROOMS, "no such room"), ROOMS[1]);
  assert.equal(directRoom([ROOMS[0]]), ROOMS[0]);
  assert.equal(directRoom([]), null);
});
