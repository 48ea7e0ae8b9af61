// The page's composition root: the address sets the person and room, the state sets what is shown,
// and the sandbox's events set what is fetched.

import { directRoom, findPerson, findRoom, mailbox, readAddress, slug, writeAddress } from "/address.js";
import * as api from "/api.js";
import { cutOff, notice } from "/banner.js";
import { Calls } from "/calls.js";
import { Dect } from "/dect.js";
import { byId, coalesce } from "/dom.js";
import { Hard } from "/hard.js";
import { listen } from "/live.js";
import { Organization } from "/organization.js";
import { fitRail, makeWay, wirePanel } from "/panel.js";
import { Phones } from "/phones.js";
import { drawRail } from "/rail.js";
import { Side } from "/side.js";
import { bringActive, drawStage, wireStage } from "/stage.js";
import { activeSide, counterpart, current, firstPerson, isSplit, nameOf, roomsOf, subscribe, update } from "/state.js";
import { forgetTalks } from "/talk.js";
import { followViewport } from "/viewport.js";

const tell = (problem) => notice(problem.message);
const sides = [0, 1].map((index) => new Side({ onBack: goHome, onFocus: () => activate(index), onProblem: notice }));
const calls = new Calls();
const hard = new Hard({ onProblem: notice });
const organization = new Organization();
const phones = new Phones();
const dect = new Dect();

// Navigation

const lastRooms = new Map(); // email -> slug of the room last shown for a person

function addressOf({ email, room }) {
  return { who: mailbox(email), where: room ? slug(room.title) : null };
}

const go = (places) => (location.hash = writeAddress(places));

function goTo(index, place) {
  const places = current().sides.map(addressOf);
  places[index] = place;
  go(places);
}

function choosePerson(email) {
  const shown = current().sides.findIndex((side) => side.email === email);
  if (shown >= 0 && shown !== current().active) return activate(shown);
  const where = isPhone() ? null : (lastRooms.get(email) ?? null);
  goTo(current().active, { who: mailbox(email), where });
}

function chooseRoom(room) {
  update({ view: "talk" });
  goTo(current().active, { who: mailbox(activeSide().email), where: slug(room.title) });
  bringActive();
}

const isPhone = () => window.matchMedia("(max-width: 719px)").matches;

function goHome() {
  update({ view: "home" });
  if (!isSplit()) go([{ who: mailbox(activeSide().email), where: null }]);
}

function toggleSplit() {
  const { people } = current();
  const here = activeSide();
  if (isSplit()) return go([addressOf(here)]);
  const other = counterpart(people, here.email);
  if (!other) return;
  update({ view: "talk" });
  go([addressOf({ email: here.email, room: here.room }), { who: mailbox(other.email), where: lastRooms.get(other.email) ?? "" }]);
}

function activate(index) {
  if (index !== current().active && index < current().sides.length) update({ active: index });
}

/** Show the page for the address; a later address replaces an earlier one. */
let turn = 0;

async function follow() {
  const mine = ++turn;
  const wanted = readAddress(location.hash);
  const { people } = current();
  const places = wanted.map(({ who, where }) => ({ person: findPerson(people, who), where })).filter(({ person }) => person);
  if (!places.length) places.push({ person: firstPerson(people), where: null });
  await Promise.all(places.map(({ person }) => api.rooms(person.email))); // creates the direct room
  const inbox = await api.inbox();
  if (mine !== turn) return;
  update({ inbox });
  settle(places);
}

function settle(places) {
  const shown = places.map(({ person, where }) => ({ email: person.email, room: findRoom(roomsOf(person.email), where) ?? directRoom(roomsOf(person.email)) }));
  for (const { email, room } of shown) lastRooms.set(email, slug(room.title));
  const { active, view, sides: before } = current();
  if (shown.length !== before.length) makeWay(shown.length > 1);
  const asksTalk = places.some(({ where }) => where) || places.length > 1;
  const single = places.length === 1;
  update({
    sides: shown,
    active: single ? 0 : Math.min(active, shown.length - 1),
    view: single ? (asksTalk ? "talk" : "home") : view,
  });
  sides.forEach((side, index) => side.show(shown[index] ?? null));
  // A short address is replaced by the full one, without a history entry; on a phone it means the lists.
  if (!isPhone()) history.replaceState(null, "", writeAddress(shown.map(addressOf)));
  bringActive();
  sides.forEach((side) => side.markRead());
}

// Display

function paint() {
  const { view, settings } = current();
  byId("app").dataset.view = view;
  // Distinguishes browser tabs with different people.
  document.title = [...current().sides.map(({ email }) => nameOf(email)), "provbot sandbox"].join(" · ");
  byId("organization-name").textContent = settings?.organization.name ?? "";
  drawStage();
  fitRail();
  drawRail({ onPerson: choosePerson, onRoom: chooseRoom });
  for (const side of sides) side.paintPresence();
}

// Fetching

const refreshInbox = coalesce(async () => update({ inbox: await api.inbox() }));
const refreshSettings = coalesce(async () => update({ settings: await api.settings() }));
const refreshOrganization = coalesce(async () => organization.draw(await api.organization()));
const refreshCalls = coalesce(() => calls.refresh());

function refresh(...works) {
  for (const work of works) work().catch(tell);
}

const refreshRoom = ({ roomId }) => {
  for (const side of sides) if (side.roomId === roomId) refresh(side.refresh);
};

// Handlers for each kind of event; the page ignores other kinds.
const REACTIONS = {
  message: [refreshRoom, () => refresh(refreshInbox)],
  message_updated: [refreshRoom, () => refresh(refreshInbox)],
  message_deleted: [({ roomId, messageId }) => sides.filter((side) => side.roomId === roomId).forEach((side) => side.dropMessage(messageId)), () => refresh(refreshInbox)],
  room: [() => refresh(refreshInbox)],
  read: [() => refresh(refreshInbox)],
  presence: [() => refresh(refreshSettings)],
  organization: [(change) => organization.tell(change), () => refresh(refreshOrganization, phones.refresh, dect.refresh)],
  difficulties: [() => refresh(hard.refresh)],
  phoneSettings: [() => refresh(phones.refresh)],
  scenario: [() => refresh(phones.refresh)],
  call: [() => refresh(refreshCalls), ({ token }) => sides.forEach((side) => side.noteCall(token))],
};

function onChange(change) {
  for (const react of REACTIONS[change.kind] ?? []) react(change);
}

function onState(connected) {
  if (!connected) return cutOff();
  notice("");
  calls.forget();
  forgetTalks();
  refresh(refreshSettings, refreshOrganization, refreshCalls, hard.refresh, phones.refresh, dect.refresh);
  // Another sandbox has other rooms with the same names.
  follow().then(() => refresh(...sides.map((side) => side.refresh))).catch(tell);
}

async function start() {
  followViewport();
  wirePanel();
  wireStage();
  byId("sides").append(...sides.map(({ element }) => element));
  byId("split").addEventListener("click", toggleSplit);
  window.addEventListener("hashchange", () => follow().catch(tell));
  document.addEventListener("visibilitychange", () => sides.forEach((side) => side.markRead()));
  const [settings, people] = await Promise.all([api.settings(), api.cast()]);
  Object.assign(current(), { settings, people });
  const asked = readAddress(location.hash);
  if (asked.length > 1 || asked[0]?.where) update({ view: "talk" });
  subscribe(paint);
  await follow();
  listen({ onState, onChange });
}

start().catch((problem) => notice(problem.message, { stay: true }));
