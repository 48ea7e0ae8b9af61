// The spaces of a person.

import { avatar, byId, clock, el, icon } from "/dom.js";

const list = byId("rooms");

/**
 * rooms: [{id, title, type, lastActivity}], newest first when drawn. `seen`: Map of room id -> lastActivity that was looked at;
 * a room with anything newer gets a dot. `onOpen(room)` when one is chosen.
 */
export function drawRooms(rooms, { current, seen, onOpen }) {
  const ordered = [...rooms].sort((one, other) => (other.lastActivity ?? "").localeCompare(one.lastActivity ?? ""));
  list.replaceChildren(...ordered.map((room) => roomItem(room, { current, seen, onOpen })));
}

function roomItem(room, { current, seen, onOpen }) {
  const unread = room.id !== current && (room.lastActivity ?? "") > (seen.get(room.id) ?? "");
  const button = el(
    "button",
    { type: "button", className: unread ? "room unread" : "room", onclick: () => onOpen(room) },
    room.type === "group" ? el("span", { className: "avatar", dataset: { tint: "group" } }, icon("group")) : avatar(room.title, { bot: true }),
    el("span", { className: "room-words" }, el("strong", {}, room.title), el("span", {}, room.type === "group" ? "Space" : "Direct")),
    room.lastActivity ? clock(room.lastActivity) : null,
  );
  if (room.id === current) button.setAttribute("aria-current", "true");
  return el("li", {}, button);
}
