import assert from "node:assert/strict";
import { test } from "node:test";

import { allInOne, labelOf, lines, offers, productId } from "../../sandbox/page/static/labels.js";

const boxed = (mac, displayName, more = {}) => ({ mac, displayName, owner: null, state: "waiting", ...more });
const PHONES = [
  boxed("0011223355A1", "Cisco 8845"),
  boxed("0011223355A2", "Cisco 8865", { owner: "Bob Keller", state: "registered" }),
  boxed("0011223355A5", "Cisco 9841"),
  boxed("0011223355A6", "Sandbox WP100"),
];
const titles = (phones) => offers(phones, [], () => 0).map(({ title }) => title);

test("a product id is that of the model's series", () => {
  assert.equal(productId("Cisco 8865"), "CP-8865-K9");
  assert.equal(productId("Cisco 6841"), "CP-6841-3PCC-K9=");
  assert.equal(productId("Cisco 9841"), "DP-9841-K9=");
  assert.equal(productId("Sandbox WP100"), "");
});

test("a label has the product id, the serial number and the MAC in codes", () => {
  const label = labelOf("CP-8865-K9", "6C5E3BA0B1C2");

  assert.deepEqual(lines(label), [
    { code: "CP-8865-K9", print: "PID: CP-8865-K9  VID: V08" },
    { code: "FCH2145B1C2", print: "SN: FCH2145B1C2" },
    { code: "6C5E3BA0B1C2", print: "MAC: 6C5E3BA0B1C2" },
  ]);
  assert.equal(allInOne(label), "PID: CP-8865-K9 , VID: V08 , SN: FCH2145B1C2, MAC: 6C5E3BA0B1C2");
});

test("phones that nobody added are offered first, and those with an owner not at all", () => {
  assert.deepEqual(titles(PHONES).slice(0, 3), ["Cisco 8845 · 0011223355A1", "Cisco 9841 · 0011223355A5", "Another Cisco 8865"]);
});

test("an adapter has two MACs, one after the other", () => {
  const adapter = offers([], [], () => 0).find(({ title }) => title.startsWith("ATA"));
  const [first, second] = adapter.labels[0].macs;

  assert.equal(parseInt(second, 16) - parseInt(first, 16), 1);
  assert.deepEqual(lines(adapter.labels[0]).slice(2).map(({ print }) => print), [`MAC 1: ${first}`, `MAC 2: ${second}`]);
});

test("several phones in one photo are different, also when no phone is left in its box", () => {
  for (const phones of [PHONES, []]) {
    const { labels } = offers(phones).at(-1);
    assert.equal(new Set(labels.flatMap(({ macs }) => macs)).size, 3);
  }
});

test("a MAC that is in use is never invented", () => {
  const used = ["001122F70000", "001122F70002"];
  const macs = offers([], used, () => 0).flatMap(({ labels }) => labels.flatMap((label) => label.macs));

  assert.ok(macs.every((mac) => !used.includes(mac)));
  assert.equal(new Set(macs).size, macs.length);
});
