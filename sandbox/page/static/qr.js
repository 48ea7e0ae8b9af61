// A QR code of up to 106 bytes: always version 5 with error correction L, which is one block, and mask 0. Pure functions.

const SIZE = 37;
const DATA_BYTES = 108;
const CORRECTION_BYTES = 26;
const MOST_BYTES = 106;
const FORMAT = 0b111011111000100; // error correction L, mask 0
const PRIMITIVE = 0x11d;
const FINDERS = [[3, 3], [SIZE - 4, 3], [3, SIZE - 4]];
const ALIGNMENT = 30; // the centre of the small square

/** The modules as rows of booleans, true for black; an error if the text is too long. */
export function qrOf(text) {
  const bytes = [...new TextEncoder().encode(text)];
  if (bytes.length > MOST_BYTES) throw new Error("The text is too long for this QR code.");
  const data = padded(bytes);
  const rows = Array.from({ length: SIZE }, () => Array(SIZE).fill(null)); // null: for data
  drawPatterns(rows);
  drawData(rows, [...data, ...correction(data)]);
  return rows;
}

function padded(bytes) {
  const bits = [4, 4, bytes.length, 8, ...bytes.flatMap((byte) => [byte, 8]), 0, 4];
  let text = "";
  for (let at = 0; at < bits.length; at += 2) text += bits[at].toString(2).padStart(bits[at + 1], "0");
  const data = text.match(/.{8}/g).map((byte) => parseInt(byte, 2));
  for (let pad = 0xec; data.length < DATA_BYTES; pad ^= 0xec ^ 0x11) data.push(pad);
  return data;
}

/** The Reed-Solomon codewords. */
function correction(data) {
  const divisor = [...Array(CORRECTION_BYTES - 1).fill(0), 1];
  for (let power = 0, root = 1; power < CORRECTION_BYTES; power++, root = times(root, 2)) {
    for (let at = 0; at < divisor.length; at++) divisor[at] = times(divisor[at], root) ^ (divisor[at + 1] ?? 0);
  }
  const rest = Array(CORRECTION_BYTES).fill(0);
  for (const byte of data) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    divisor.forEach((coefficient, at) => (rest[at] ^= times(coefficient, factor)));
  }
  return rest;
}

/** The product in the field of 256 elements. */
function times(one, other) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >> 7) * PRIMITIVE);
    product ^= ((other >> bit) & 1) * one;
  }
  return product;
}

function drawPatterns(rows) {
  for (let at = 0; at < SIZE; at++) rows[6][at] = rows[at][6] = at % 2 === 0;
  for (const [x, y] of FINDERS) square(rows, x, y, 4, (ring) => ring !== 2 && ring !== 4);
  square(rows, ALIGNMENT, ALIGNMENT, 2, (ring) => ring !== 1);
  const format = (bit) => ((FORMAT >> bit) & 1) === 1;
  for (let bit = 0; bit < 15; bit++) {
    const [x, y] = bit < 6 ? [8, bit] : bit < 8 ? [8, bit + 1] : bit === 8 ? [7, 8] : [14 - bit, 8];
    rows[y][x] = format(bit);
    const [column, row] = bit < 8 ? [SIZE - 1 - bit, 8] : [8, SIZE - 15 + bit];
    rows[row][column] = format(bit);
  }
  rows[SIZE - 8][8] = true;
}

/** Rings around a centre, as far as they are inside; `isBlack` is called with the number of a ring. */
function square(rows, x, y, size, isBlack) {
  for (let dy = -size; dy <= size; dy++) {
    for (let dx = -size; dx <= size; dx++) {
      if (rows[y + dy]?.[x + dx] === undefined) continue;
      rows[y + dy][x + dx] = isBlack(Math.max(Math.abs(dx), Math.abs(dy)));
    }
  }
}

/** Fill pairs of columns from the right, upwards and downwards in turn. */
function drawData(rows, bytes) {
  let bit = 0;
  let upwards = true;
  for (let right = SIZE - 1; right > 0; right -= 2) {
    if (right === 6) right = 5; // this column has the timing pattern
    for (let step = 0; step < SIZE; step++) {
      const y = upwards ? SIZE - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (rows[y][x] !== null) continue;
        const value = ((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
        rows[y][x] = (value === 1) !== ((x + y) % 2 === 0);
        bit++;
      }
    }
    upwards = !upwards;
  }
}
