// The left side: the cast, and the spaces of the person that is played.

import { avatar, byId, clock, el, icon, keyed } from "/dom.js";
import { current, isBot, nameOf, roomsOf } from "/state.js";

const people = byId("people");
const rooms = byId("rooms");

/** "technician at Lyon", "no role". */
export function standing({ role, location }) {
  if (!role) return "no role";
  return location ? `${role} at ${location}` : role;
}

/** `onPerson(email)`, `onRoom(room)`. */
export function drawRail({ onPerson, onRoom }) {
  const { people: cast, sides, active } = current();
  const side = sides[active];
  if (!side) return;
  keyed(people, cast, { keyOf: ({ email }) => email, draw: (person) => personItem(person, side, onPerson) });
  const ordered = [...roomsOf(side.email)].sort(newestFirst);
  keyed(rooms, ordered, { keyOf: ({ id }) => id, draw: (room) => roomItem(room, side, onRoom) });
}

const newestFirst = (one, other) => (other.lastActivity ?? "").localeCompare(one.lastActivity ?? "");

const isOpen = (room, email) => current().sides.some((side) => side.email === email && side.room?.id === room.id);

/** The unread messages of a person, without those on the screen. */
const unseen = (email, room) => (isOpen(room, email) && !document.hidden ? 0 : room.unread);
const unseenOf = (email) => roomsOf(email).reduce((sum, room) => sum + unseen(email, room), 0);

function personItem(person, side, onPerson) {
  const count = unseenOf(person.email);
  const onOther = current().sides.some((one) => one !== side && one.email === person.email);
  const button = el(
    "button",
    { type: "button", className: "person", title: person.note, onclick: () => onPerson(person.email) },
    avatar(person.displayName),
    el("span", { className: "words" }, el("strong", {}, person.displayName), comma(), el("span", { className: "quiet" }, standing(person))),
    onOther ? el("span", { className: "beside" }, "beside") : null,
    unreadMark(count),
  );
  if (person.email === side.email) button.setAttribute("aria-current", "true");
  return el("li", {}, button);
}

function roomItem(room, side, onRoom) {
  const count = unseen(side.email, room);
  const button = el(
    "button",
    { type: "button", className: count ? "room unread" : "room", onclick: () => onRoom(room) },
    room.type === "group" ? el("span", { className: "avatar", dataset: { tint: "group" }, ariaHidden: "true" }, icon("group")) : avatar(room.title, { bot: true }),
    el("span", { className: "words" }, el("strong", {}, room.title), comma(), el("span", { className: "quiet" }, lastLine(room, side.email))),
    el("span", { className: "room-end" }, room.lastLine ? clock(room.lastActivity) : null, unreadMark(count)),
  );
  if (room.id === side.room?.id) button.setAttribute("aria-current", "true");
  return el("li", {}, button);
}

/** One label for screen readers, instead of the two visible lines. */
const comma = () => el("span", { className: "unseen" }, ", ");

function unreadMark(count) {
  if (!count) return null;
  return el("span", { className: "unread-mark" }, el("span", { className: "unseen" }, ", "), count > 99 ? "99+" : String(count), el("span", { className: "unseen" }, " unread"));
}

function lastLine({ lastLine: line, type }, email) {
  if (!line) return type === "group" ? "Space" : "Direct messages";
  if (isBot(line.personEmail) && type === "direct") return line.text;
  const author = line.personEmail === email ? "You" : nameOf(line.personEmail).split(" ")[0];
  return `${author}: ${line.text}`;
}
