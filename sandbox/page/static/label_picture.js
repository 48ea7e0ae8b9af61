// Draws labels, and a photo of them: on a box or under the phone; straight, tilted, blurred or dark.

import { barsOf } from "/code128.js";
import { el } from "/dom.js";
import { allInOne, lines } from "/labels.js";
import { qrOf } from "/qr.js";

export const PLACES = [["box", "On the box"], ["phone", "Under the phone"]];
export const LOOKS = [["straight", "Straight"], ["tilted", "Tilted"], ["blurred", "Blurred"], ["dark", "Dark"]];

const WIDTH = 1600;
const HEIGHT = 1200;
const MODULE = { box: 4, phone: 3 }; // pixels of the narrowest bar
const QUIET = 10; // modules of white beside a code
const BARS = 16; // modules, the height of bars
const LINE = 12; // modules, the height of a line of print
const ANGLE = 0.24; // radians of a tilted photo
const COARSER = 0.5; // the part of its width and height that a blurred photo has left
const DARKNESS = 0.7;
const QUALITY = 0.9;

/** A canvas with the photo. `labels` are as in labels.js. */
export function drawPhoto(labels, { place, look }) {
  const several = labels.length > 1 ? 1.5 : 1;
  const canvas = el("canvas", { width: WIDTH * several, height: HEIGHT * several });
  const pen = canvas.getContext("2d");
  drawDesk(pen, place);
  pen.save();
  pen.translate(canvas.width / 2, canvas.height / 2);
  if (look === "tilted") pen.rotate(ANGLE);
  const drawn = labels.map((label) => drawLabel(label, place));
  const step = canvas.height / (labels.length + 0.3);
  drawn.forEach((label, index) => pen.drawImage(label, -label.width / 2, (index - (drawn.length - 1) / 2) * step - label.height / 2));
  pen.restore();
  if (look === "blurred") blur(pen);
  if (look === "dark") darken(pen);
  return canvas;
}

/** A JPEG file, as a camera makes it. */
export async function photoFile(labels, options) {
  const canvas = drawPhoto(labels, options);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return new File([blob], "label.jpg", { type: "image/jpeg" });
}

function drawLabel(label, place) {
  const module = MODULE[place];
  const codes = lines(label);
  const hasSquare = place === "box" && label.macs.length === 1;
  const widest = Math.max(...codes.map(({ code }) => modules(barsOf(code))));
  const qr = hasSquare ? qrOf(allInOne(label)) : [];
  const side = qr.length ? qr.length * 2 + QUIET : 0;
  const canvas = el("canvas", { width: (widest + 2 * QUIET + side) * module, height: (codes.length * (LINE + BARS + 4) + LINE + 6) * module });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  pen.scale(module, module);
  print(pen, "Acme Telephones", 4, true);
  codes.forEach(({ code, print: words }, index) => {
    const top = LINE + 4 + index * (LINE + BARS + 4);
    print(pen, words, top);
    drawBars(pen, barsOf(code), QUIET, top + LINE);
  });
  drawSquare(pen, qr, widest + 2 * QUIET, LINE + 6);
  return canvas;
}

const modules = (bars) => bars.reduce((sum, width) => sum + width, 0);

function print(pen, words, top, bold = false) {
  pen.font = `${bold ? "bold " : ""}9px Arial, "Liberation Sans", sans-serif`;
  pen.textBaseline = "top";
  pen.fillText(words, QUIET, top);
}

function drawBars(pen, bars, left, top) {
  let x = left;
  bars.forEach((width, index) => {
    if (index % 2 === 0) pen.fillRect(x, top, width, BARS);
    x += width;
  });
}

/** A QR code with modules of twice the width of a bar's. */
function drawSquare(pen, rows, left, top) {
  rows.forEach((row, y) => row.forEach((black, x) => black && pen.fillRect(left + 2 * x, top + 2 * y, 2, 2)));
}

/** Brown cardboard, or the dark plastic of a phone. */
function drawDesk(pen, place) {
  const { width, height } = pen.canvas;
  const [near, far] = place === "box" ? ["#b98d5c", "#8f6a42"] : ["#3c3f45", "#23262b"];
  const light = pen.createLinearGradient(0, 0, width, height);
  light.addColorStop(0, near);
  light.addColorStop(1, far);
  pen.fillStyle = light;
  pen.fillRect(0, 0, width, height);
}

/** Draw the picture smaller and enlarge it again, which every browser can do. */
function blur(pen) {
  const { canvas } = pen;
  const small = el("canvas", { width: canvas.width * COARSER, height: canvas.height * COARSER });
  small.getContext("2d").drawImage(canvas, 0, 0, small.width, small.height);
  pen.drawImage(small, 0, 0, canvas.width, canvas.height);
}

function darken(pen) {
  pen.fillStyle = `rgb(0 0 0 / ${DARKNESS})`;
  pen.fillRect(0, 0, pen.canvas.width, pen.canvas.height);
}
