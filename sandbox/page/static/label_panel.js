// The dialog that makes a photo of a label, for those who have no phone at hand.

import * as api from "/api.js";
import { el, iconButton } from "/dom.js";
import { drawPhoto, LOOKS, photoFile, PLACES } from "/label_picture.js";
import { offers } from "/labels.js";

const choice = (words, pairs) => {
  const select = el("select", {}, pairs.map(([value, text]) => el("option", { value }, text)));
  return { select, element: el("label", { className: "field" }, el("span", {}, words), select) };
};

class LabelPanel {
  #offers = [];
  #onFile = null;
  #device = choice("Device", []);
  #place = choice("Its label", PLACES);
  #look = choice("The photo", LOOKS);
  #preview = el("div", { className: "label-preview" });
  #attach = el("button", { type: "submit", className: "button primary" }, "Attach");
  element = el(
    "dialog",
    { className: "sheet" },
    el("div", { className: "panel-bar" }, el("h2", { id: "labels-title" }, "Photo of a label"), iconButton("close", "Close", { onclick: () => this.element.close() })),
    el(
      "form",
      { className: "sheet-body", onsubmit: (event) => this.#submit(event) },
      el("p", { className: "quiet" }, "A picture to try with. Send it alone, or with words such as “for bob@acme.example”."),
      this.#device.element,
      el("div", { className: "fields" }, this.#place.element, this.#look.element),
      this.#preview,
      this.#attach,
    ),
  );

  constructor() {
    this.element.setAttribute("aria-labelledby", "labels-title");
    this.element.addEventListener("change", () => this.#draw());
    // A press beside the sheet closes it.
    this.element.addEventListener("click", (event) => event.target === this.element && this.element.close());
    document.body.append(this.element);
  }

  /** Let a person choose; `onFile(file)` is called with the picture. */
  async open(onFile) {
    this.#onFile = onFile;
    const [{ phones }, { networks }] = await Promise.all([api.phones(), api.dect()]);
    this.#offers = offers(phones, networks.flatMap(({ baseStations }) => baseStations.map(({ mac }) => mac)));
    this.#device.select.replaceChildren(...this.#offers.map(({ title }, index) => el("option", { value: String(index) }, title)));
    this.#draw();
    this.element.showModal();
    this.#attach.focus();
  }

  get #labels() {
    return this.#offers[Number(this.#device.select.value)].labels;
  }

  get #options() {
    return { place: this.#place.select.value, look: this.#look.select.value };
  }

  #draw() {
    const canvas = drawPhoto(this.#labels, this.#options);
    canvas.ariaHidden = "true";
    this.#preview.replaceChildren(canvas);
  }

  async #submit(event) {
    event.preventDefault();
    const file = await photoFile(this.#labels, this.#options);
    this.element.close();
    this.#onFile(file);
  }
}

let panel = null;

/** Open the dialog, which exists once for the page. */
export function makeLabel(onFile) {
  panel ??= new LabelPanel();
  return panel.open(onFile);
}
