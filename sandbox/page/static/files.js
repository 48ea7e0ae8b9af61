// Files of a message: pictures and the first rows of tables are shown; all can be opened or downloaded.

import { fileAddress, fileText } from "/api.js";
import { el, icon } from "/dom.js";
import { readTable } from "/table.js";
import { enlarge } from "/viewer.js";

const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const TABLE_BYTES = 512 * 1024;
const ROWS = 6;
const COLUMNS = 6;

/** 1536 -> "1.5 kB" */
export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  const [number, unit] = bytes < 1024 ** 2 ? [bytes / 1024, "kB"] : [bytes / 1024 ** 2, "MB"];
  return `${number < 10 ? number.toFixed(1) : Math.round(number)} ${unit}`;
}

export const isPicture = ({ contentType }) => PICTURES.has(contentType);
export const isTable = ({ name, contentType }) => contentType === "text/csv" || name.toLowerCase().endsWith(".csv");

/** The blocks for `message.fileFacts`, fetched as `person`; files that are not sent yet show their name only. */
export function fileBlocks(message, person) {
  return (message.fileFacts ?? []).map((file, number) => {
    if (message.local) return el("div", { className: "file" }, el("div", { className: "file-line" }, ...named(file, el("strong", {}, file.name))));
    return fileBlock(file, (options) => fileAddress(person, message.id, number, options));
  });
}

function fileBlock(file, addressOf) {
  const open = el("a", { href: addressOf(), target: "_blank", rel: "noopener" }, file.name);
  const save = el("a", { className: "icon-button", href: addressOf({ save: true }), download: file.name, title: `Download ${file.name}`, ariaLabel: `Download ${file.name}` }, icon("save"));
  const block = el("div", { className: "file" }, preview(file, addressOf()), el("div", { className: "file-line" }, ...named(file, open), save));
  return block;
}

const named = (file, name) => [icon("file"), el("span", { className: "file-name" }, name, el("span", { className: "quiet" }, sizeOf(file.bytes)))];

function preview(file, address) {
  if (isPicture(file)) return picture(file, address);
  if (isTable(file) && file.bytes <= TABLE_BYTES) return tablePreview(file, address);
  return null;
}

function picture({ name }, address) {
  const onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab or window of its own
    event.preventDefault();
    enlarge(address, name);
  };
  const image = el("img", { src: address, alt: name, className: "picture", loading: "lazy" });
  return el("a", { className: "picture-link", href: address, target: "_blank", rel: "noopener", ariaLabel: `Enlarge ${name}`, onclick }, image);
}

function tablePreview(file, address) {
  const holder = el("div", { className: "table-preview", role: "group", tabIndex: 0, ariaLabel: `First rows of ${file.name}` });
  fileText(address)
    .then((text) => holder.append(...tableOf(text)))
    .catch((problem) => holder.append(el("p", { className: "quiet" }, problem.message)));
  return holder;
}

/** The first rows of a table as elements, and the number of further rows. */
export function tableOf(text) {
  const rows = readTable(text);
  const cells = (row, tag) => el("tr", {}, row.slice(0, COLUMNS).map((cell) => el(tag, {}, cell || "–")));
  const [head = [], ...body] = rows;
  const more = body.length - ROWS;
  return [
    el("table", {}, el("thead", {}, cells(head, "th")), el("tbody", {}, body.slice(0, ROWS).map((row) => cells(row, "td")))),
    more > 0 ? el("p", { className: "quiet" }, `and ${more} more ${more === 1 ? "row" : "rows"}`) : "",
  ];
}
