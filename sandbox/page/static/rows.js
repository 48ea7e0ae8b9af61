// The rows of the organization's items. Pure functions of the snapshot.

import { el, fullTime } from "/dom.js";

const SHOWN_PARTS = 12; // handsets or base stations of a network that are listed

/** "DMS Cisco 8865" -> "Cisco 8865": people do not use the prefix. */
export const product = (model) => model.replace(/^DMS /, "");

/** "001122334455" -> "00:11:22:33:44:55" */
export const spaced = (mac) => (mac?.match(/../g) ?? []).join(":");

export const counted = (number, word) => (number ? `${number} ${word}${number === 1 ? "" : "s"}` : "");

export const pill = (word, state) => el("span", { className: "pill", dataset: state ? { state } : {} }, word);

const facts = (...words) => el("p", { className: "facts" }, words.filter(Boolean).join(" · "));
const line = (...parts) => el("p", { className: "line" }, ...parts);
const strong = (words) => el("strong", {}, words);

export function device({ model, mac, owner, ownerKind, tags, connectionStatus, inDevicesList }) {
  return [
    line(strong(product(model)), connectionStatus ? pill(connectionStatus.replaceAll("_", " "), connectionStatus) : null),
    line(el("span", {}, owner ?? "no owner"), el("code", {}, spaced(mac) || "no MAC yet")),
    facts(ownerKind === "workspace" ? "workspace" : "", ...tags.map((tag) => `#${tag}`), inDevicesList ? "" : "not in the device list"),
  ];
}

export function dectNetwork({ name, displayName, location, model, baseStations, handsets }) {
  return [
    line(strong(name), model ? pill(model) : null),
    facts(location, displayName === name ? "" : displayName, counted(baseStations.length, "base station"), counted(handsets.length, "handset")),
    parts(baseStations, ({ mac }) => ["Base station", el("code", {}, spaced(mac))]),
    parts(handsets, ({ name: handset, lines }) => [handset, el("span", {}, lines.join(" and "))]),
  ];
}

function parts(things, wordsOf) {
  if (!things.length) return null;
  const rest = things.length - SHOWN_PARTS;
  const rows = things.slice(0, SHOWN_PARTS).map((thing) => wordsOf(thing));
  return el(
    "ul",
    { className: "parts" },
    rows.map(([one, other]) => el("li", {}, el("span", {}, one), other)),
    rest > 0 ? el("li", {}, `and ${rest} more`) : null,
  );
}

export function activationCode({ owner, model, expiryTime }) {
  return [line(strong(model ? product(model) : "Any model"), el("span", {}, owner)), facts(expiryTime ? `valid until ${fullTime(expiryTime)}` : "")];
}

export function workspace({ name, location, calling, supportedDevices, licences, devices }) {
  return [line(strong(name), el("span", {}, counted(devices, "device"))), facts(location, calling === "webexCalling" ? "" : `calling: ${calling}`, supportedDevices, ...licences.map(plain))];
}

export function person({ displayName, email, location, licences, devices }) {
  return [line(strong(displayName), el("span", {}, counted(devices, "device"))), facts(email, location), el("p", { className: "licences" }, licences.map((name) => pill(plain(name))))];
}

/** The part before the dash is the product name, which is long. */
const plain = (licence) => licence.replace(/^Webex Calling - /, "");
