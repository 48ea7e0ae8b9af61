// The state of the page; views are notified of every change.

/**
 * settings, people: as the control API gives them. inbox: [{email, unread, rooms}].
 * sides: [{email, room}], one or two; active: which of them the lists on the left belong to.
 * view: "home" | "talk": what a phone shows.
 */
const state = {
  settings: null,
  people: [],
  inbox: [],
  sides: [],
  active: 0,
  view: "home",
};

const listeners = [];

export const current = () => state;

/** Call `listener(state)` after every change. */
export function subscribe(listener) {
  listeners.push(listener);
}

export function update(changes) {
  Object.assign(state, changes);
  for (const listener of listeners) listener(state);
}

export const activeSide = () => state.sides[state.active] ?? state.sides[0];
export const isSplit = () => state.sides.length > 1;
export const personOf = (email) => state.people.find((person) => person.email === email);
export const roomsOf = (email) => state.inbox.find((one) => one.email === email)?.rooms ?? [];
export const isBot = (email) => email === state.settings?.bot.email;

export function nameOf(email) {
  if (isBot(email)) return state.settings.bot.displayName;
  return personOf(email)?.displayName ?? email;
}

/** The second person side by side: the approver for a requester, a technician for an approver. */
export function counterpart(people, email) {
  const role = people.find((person) => person.email === email)?.role;
  const wanted = role === "approver" ? "technician" : "approver";
  const others = people.filter((person) => person.email !== email);
  return others.find((person) => person.role === wanted) ?? others[0] ?? null;
}

/** The first person to play: a technician, who can try most things. */
export const firstPerson = (people) => people.find(({ role }) => role === "technician") ?? people[0];
