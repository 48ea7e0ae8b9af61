// The page's composition root: what is shown, and what is refreshed when.

import * as api from "/api.js";
import { Calls } from "/calls.js";
import { Composer } from "/composer.js";
import { Conversation } from "/conversation.js";
import { byId, coalesce } from "/dom.js";
import { listen } from "/live.js";
import { drawOrganization } from "/organization.js";
import { offerPeople, showPerson, standing } from "/people.js";
import { drawRooms } from "/rooms.js";

const app = byId("app");
const shown = { settings: null, people: [], person: null, rooms: [], room: null };
const seen = new Map();

const isBot = (email) => email === shown.settings.bot.email;

const conversation = new Conversation({
  isBot,
  isMe: (email) => email === shown.person.email,
  nameOf,
  onReply: (message) => composer.replyTo(message, nameOf(message.personEmail)),
  onPress: (message, { data, inputs }) => api.press({ person: shown.person.email, messageId: message.id, data, inputs }),
});
const composer = new Composer({ onSent, onProblem: notice });
const calls = new Calls();

function nameOf(email) {
  if (isBot(email)) return shown.settings.bot.displayName;
  return shown.people.find((person) => person.email === email)?.displayName ?? email;
}

const refreshMessages = coalesce(async () => {
  const { person, room } = shown;
  if (room) conversation.update(`${person.email} ${room.id}`, await api.messages(person.email, room.id));
});
const refreshRooms = coalesce(async () => {
  const { person } = shown;
  const rooms = await api.rooms(person.email);
  if (person !== shown.person) return;
  shown.rooms = rooms;
  if (rooms.some(({ id }) => id === shown.room?.id)) paintRooms();
  else showRoom(firstRoom());
});
const refreshSettings = coalesce(async () => {
  shown.settings = await api.settings();
  paintRoom();
});
const refreshOrganization = coalesce(async () => drawOrganization(await api.organization()));
const refreshCalls = coalesce(() => calls.refresh());

// Which refresh belongs to which kind of change; kinds not named here are none of the page's business.
const REFRESHES = {
  message: [refreshMessages, refreshRooms],
  message_updated: [refreshMessages],
  message_deleted: [refreshMessages, refreshRooms],
  room: [refreshRooms],
  presence: [refreshSettings],
  organization: [refreshOrganization],
  call: [refreshCalls],
};

function refresh(...works) {
  for (const work of works) work().catch((problem) => notice(problem.message));
}

function onState(connected) {
  if (!connected) return notice("The line to the sandbox is lost; trying again …", { stay: true });
  notice("");
  calls.forget();
  refresh(refreshSettings, refreshMessages, refreshRooms, refreshOrganization, refreshCalls);
}

function onSent() {
  composer.leaveThread();
  refresh(refreshMessages);
}

let noticeTimer = 0;

function notice(words, { stay = false } = {}) {
  clearTimeout(noticeTimer);
  Object.assign(byId("notice"), { textContent: words, hidden: !words });
  if (words && !stay) noticeTimer = setTimeout(() => notice(""), 8000);
}

async function choosePerson(person, wantedRoom = null) {
  shown.person = person;
  shown.room = null;
  seen.clear();
  showPerson(person);
  const rooms = await api.rooms(person.email);
  if (person !== shown.person) return;
  shown.rooms = rooms;
  for (const room of shown.rooms) seen.set(room.id, room.lastActivity ?? "");
  showRoom(shown.rooms.find(({ id }) => id === wantedRoom) ?? firstRoom());
}

function firstRoom() {
  return shown.rooms.find(({ type }) => type === "direct") ?? shown.rooms[0];
}

function showRoom(room) {
  shown.room = room;
  notice("");
  location.replace(`#${new URLSearchParams({ person: shown.person.email, room: room.id })}`);
  conversation.clear(`${shown.person.email} ${room.id}`, `Nothing here yet. Say “help” to ${shown.settings.bot.displayName}.`);
  composer.open(shown.person.email, room);
  paintRoom();
  paintRooms();
  refresh(refreshMessages);
}

function openRoom(room) {
  showRoom(room);
  app.dataset.view = "talk";
}

function paintRoom() {
  const { room, person, settings } = shown;
  if (!room) return;
  const presence = settings.botOnline ? `${settings.bot.displayName} is connected` : `${settings.bot.displayName} is not connected`;
  byId("room-title").textContent = room.title;
  byId("room-facts").textContent = `${presence} · you are ${person.displayName}, ${standing(person)}`;
  byId("room-facts").dataset.online = String(settings.botOnline);
}

function paintRooms() {
  const current = shown.rooms.find(({ id }) => id === shown.room?.id);
  if (current) seen.set(current.id, current.lastActivity ?? "");
  drawRooms(shown.rooms, { current: shown.room?.id, seen, onOpen: openRoom });
}

function showPanel(open) {
  app.dataset.panel = open ? "open" : "closed";
  byId("panel-toggle").setAttribute("aria-expanded", String(open));
}

function showPane(name) {
  for (const pane of ["organization", "calls"]) {
    byId(pane).hidden = pane !== name;
    byId(`tab-${pane}`).setAttribute("aria-selected", String(pane === name));
  }
}

function wirePanel() {
  byId("panel-toggle").addEventListener("click", () => showPanel(app.dataset.panel !== "open"));
  byId("panel-close").addEventListener("click", () => showPanel(false));
  byId("tab-organization").addEventListener("click", () => showPane("organization"));
  byId("tab-calls").addEventListener("click", () => showPane("calls"));
  byId("back").addEventListener("click", () => (app.dataset.view = "rooms"));
  showPanel(window.matchMedia("(min-width: 1100px)").matches);
}

async function start() {
  wirePanel();
  [shown.settings, shown.people] = await Promise.all([api.settings(), api.cast()]);
  byId("organization-name").textContent = shown.settings.organization.name;
  byId("mention-name").textContent = shown.settings.bot.displayName;
  offerPeople(shown.people, (person) => choosePerson(person).catch((problem) => notice(problem.message)));
  const asked = new URLSearchParams(location.hash.slice(1));
  await choosePerson(shown.people.find(({ email }) => email === asked.get("person")) ?? shown.people[0], asked.get("room"));
  if (asked.has("room")) app.dataset.view = "talk";
  listen({ onState, onChange: ({ kind }) => refresh(...(REFRESHES[kind] ?? [])) });
}

start().catch((problem) => notice(problem.message, { stay: true }));
