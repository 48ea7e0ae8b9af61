// What is in the organization right now, as the sandbox keeps it.

import { byId, el } from "/dom.js";

const pane = byId("organization");
const folded = new Set(["Workspaces", "People"]);

/** snapshot: the answer of GET /control/organization. */
export function drawOrganization(snapshot) {
  pane.replaceChildren(
    group("Devices", newestFirst(snapshot.devices), device),
    group("DECT networks", newestFirst(snapshot.dectNetworks), dectNetwork),
    group("Activation codes", newestFirst(snapshot.activationCodes), activationCode),
    group("Workspaces", snapshot.workspaces, workspace),
    group("People", snapshot.people, person),
  );
}

const newestFirst = (things) => [...things].reverse();

function group(title, things, draw) {
  const details = el(
    "details",
    { className: "group", open: !folded.has(title) },
    el("summary", {}, el("h3", {}, title), el("span", { className: "count" }, String(things.length))),
    things.length ? el("ul", {}, things.map((thing) => el("li", {}, draw(thing)))) : el("p", { className: "none" }, "None yet."),
  );
  // The next refresh keeps what a person has folded away.
  details.addEventListener("toggle", () => (details.open ? folded.delete(title) : folded.add(title)));
  return details;
}

const spaced = (mac) => (mac?.match(/../g) ?? []).join(":");
const facts = (...words) => el("p", { className: "facts" }, words.filter(Boolean).join(" · "));
const counted = (number, word) => (number ? `${number} ${word}${number === 1 ? "" : "s"}` : "");
const pill = (word, state) => el("span", { className: "pill", dataset: { state } }, word);

function device({ model, mac, owner, ownerKind, tags, connectionStatus, inDevicesList }) {
  return [
    el("p", { className: "line" }, el("strong", {}, model), connectionStatus ? pill(connectionStatus.replaceAll("_", " "), connectionStatus) : null),
    el("p", { className: "line" }, el("code", {}, spaced(mac) || "no MAC yet"), el("span", {}, owner ?? "no owner")),
    facts(ownerKind, ...tags.map((tag) => `#${tag}`), !inDevicesList ? "not in the device list" : ""),
  ];
}

function dectNetwork({ name, displayName, location, model, baseStations, handsets }) {
  return [
    el("p", { className: "line" }, el("strong", {}, name), model ? pill(model) : null),
    facts(location, displayName === name ? "" : displayName, counted(baseStations, "base station"), counted(handsets, "handset")),
  ];
}

function activationCode({ owner, model, expiryTime }) {
  return [
    el("p", { className: "line" }, el("strong", {}, model ?? "Any model"), el("span", {}, owner)),
    facts(expiryTime ? `valid until ${new Date(expiryTime).toLocaleString()}` : ""),
  ];
}

function workspace({ name, location, calling, supportedDevices, licences, devices }) {
  return [el("p", { className: "line" }, el("strong", {}, name)), facts(location, calling, supportedDevices, ...licences, counted(devices, "device"))];
}

function person({ displayName, email, location, licences, devices }) {
  return [
    el("p", { className: "line" }, el("strong", {}, displayName), el("span", {}, email)),
    facts(location, ...licences, counted(devices, "device")),
  ];
}
