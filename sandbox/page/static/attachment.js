// The file that is attached to the next message, with a preview.

import { el, icon, iconButton } from "/dom.js";
import { isPicture, isTable, sizeOf } from "/files.js";
import { readTable } from "/table.js";

const THUMB_PX = 96;

export class Attachment {
  file = null;
  #look = el("span", { className: "chip-look" });
  #words = el("span", {});
  element = el("p", { className: "chip chip-file", hidden: true }, this.#look, this.#words, iconButton("close", "Remove the file", { onclick: () => this.#remove() }));
  input = el("input", { type: "file", hidden: true, ariaLabel: "File" });
  camera = el("input", { type: "file", accept: "image/*", hidden: true, ariaLabel: "Photo" });

  /** Calls `onChange()` when a person chooses or removes a file. */
  constructor(onChange) {
    this.onChange = onChange;
    this.camera.setAttribute("capture", "environment"); // the camera on the back, at once
    for (const input of [this.input, this.camera]) {
      input.addEventListener("change", () => this.take(input.files[0] ?? null));
    }
  }

  choose() {
    this.input.click();
  }

  photograph() {
    this.camera.click();
  }

  /** Set the File that a person chose. */
  take(file) {
    this.put(file);
    this.onChange();
  }

  /** Set the File, or null. */
  put(file) {
    this.file = file ?? null;
    this.element.hidden = !file;
    this.#look.replaceChildren();
    // Choosing the same file again must trigger an event.
    this.input.value = this.camera.value = "";
    if (file) this.#describe(file);
  }

  #remove() {
    this.put(null);
    this.onChange();
  }

  async #describe(file) {
    const facts = { name: file.name, contentType: file.type };
    this.#words.textContent = `${file.name} · ${sizeOf(file.size)}`;
    this.#look.replaceChildren(icon("file"));
    if (isPicture(facts)) await this.#thumb(file);
    else if (isTable(facts)) await this.#count(file);
  }

  async #thumb(file) {
    // Drawn on a canvas: the page's policy loads pictures from this site only, not from memory.
    const bitmap = await createImageBitmap(file).catch(() => null);
    if (!bitmap || this.file !== file) return;
    const scale = THUMB_PX / Math.max(bitmap.width, bitmap.height);
    const canvas = el("canvas", { width: Math.max(1, bitmap.width * scale), height: Math.max(1, bitmap.height * scale), className: "thumb" });
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    this.#look.replaceChildren(canvas);
  }

  async #count(file) {
    const rows = readTable(await file.text()).length - 1;
    if (this.file === file && rows > 0) this.#words.textContent += ` · ${rows} ${rows === 1 ? "row" : "rows"}`;
  }
}
