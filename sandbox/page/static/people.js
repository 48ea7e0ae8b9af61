// Choosing who to be.

import { byId, el, initials, tint } from "/dom.js";

const select = byId("person");

/** "technician at Lyon", "on no list". */
export function standing({ role, location }) {
  if (!role) return "on no list";
  return location ? `${role} at ${location}` : role;
}

/** Fill the choice with [{email, displayName, role, location, note}]; `onChoose(person)` when another is picked. */
export function offerPeople(people, onChoose) {
  select.replaceChildren(...people.map((person) => el("option", { value: person.email }, `${person.displayName} · ${standing(person)}`)));
  select.addEventListener("change", () => onChoose(people.find(({ email }) => email === select.value)));
}

export function showPerson(person) {
  const face = byId("person-avatar");
  select.value = person.email;
  face.textContent = initials(person.displayName);
  face.dataset.tint = tint(person.displayName);
  byId("person-note").textContent = person.note ?? "";
}
