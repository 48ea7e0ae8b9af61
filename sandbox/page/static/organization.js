// The current state of the organization in the sandbox; changes are marked for a while.

import { byId, clock, el } from "/dom.js";
import { compare } from "/highlights.js";
import * as rows from "/rows.js";

const MARKED_MS = 10_000;

// Every group of the pane: its title, its list in the snapshot, the key of an item and its row.
// `folded` groups start closed; `newestFirst` puts new items on top.
const GROUPS = [
  { title: "Devices", field: "devices", keyOf: ({ mac, model, owner }) => mac || `${model} ${owner}`, draw: rows.device, newestFirst: true },
  { title: "DECT networks", field: "dectNetworks", keyOf: ({ name, location }) => `${name} ${location}`, draw: rows.dectNetwork, newestFirst: true },
  { title: "Activation codes", field: "activationCodes", keyOf: ({ seq }) => String(seq), draw: rows.activationCode, newestFirst: true },
  { title: "Workspaces", field: "workspaces", keyOf: ({ name }) => name, draw: rows.workspace, folded: true },
  { title: "People and licences", field: "people", keyOf: ({ email }) => email, draw: rows.person, folded: true },
];

class Group {
  #count = el("span", { className: "count" });
  #list = el("ul", {});
  #none = el("p", { className: "none" }, "None yet.");
  #before = null;
  #shown = [];
  #marks = new Map();
  #gone = new Map();

  constructor(about) {
    this.about = about;
    this.element = el(
      "details",
      { className: "group", open: !about.folded },
      el("summary", {}, el("h3", {}, about.title), this.#count),
      this.#list,
      this.#none,
    );
  }

  show(things) {
    const { marks, gone } = compare(this.#before, things, this.about.keyOf);
    this.#before = things;
    this.#shown = this.about.newestFirst ? [...things].reverse() : things;
    for (const [key, mark] of marks) this.#mark(this.#marks, key, mark);
    for (const thing of gone) this.#mark(this.#gone, this.about.keyOf(thing), thing);
    for (const thing of things) this.#gone.delete(this.about.keyOf(thing));
    // Changes in a folded group would be missed.
    if (marks.size + gone.length > 0) this.element.open = true;
    this.#paint();
  }

  #mark(place, key, value) {
    place.set(key, value);
    setTimeout(() => {
      if (place.get(key) !== value) return;
      place.delete(key);
      this.#paint();
    }, MARKED_MS);
  }

  #paint() {
    const { keyOf, draw } = this.about;
    const gone = [...this.#gone.values()].map((thing) => row(draw(thing), "gone"));
    const there = this.#shown.map((thing) => row(draw(thing), this.#marks.get(keyOf(thing))));
    this.#list.replaceChildren(...gone, ...there);
    this.#count.textContent = String(this.#shown.length);
    this.#list.hidden = gone.length + there.length === 0;
    this.#none.hidden = !this.#list.hidden;
  }
}

const row = (content, mark) =>
  el("li", mark ? { dataset: { mark } } : {}, mark ? el("span", { className: "mark" }, mark) : null, content);

export class Organization {
  #groups = GROUPS.map((about) => new Group(about));
  #latest = el("p", { className: "latest", role: "status" });

  constructor() {
    byId("organization").replaceChildren(this.#latest, ...this.#groups.map(({ element }) => element));
  }

  /** snapshot: the answer of GET /control/organization. */
  draw(snapshot) {
    for (const group of this.#groups) group.show(snapshot[group.about.field] ?? []);
  }

  /** Describe the newest change: {what, owner?, name?}. */
  tell({ what, owner, name, mac }) {
    const about = [owner, name, mac].filter(Boolean)[0];
    const words = what[0].toUpperCase() + what.slice(1);
    this.#latest.replaceChildren(el("span", {}, about ? `${words}: ${about}` : words), clock(new Date().toISOString()));
  }
}
