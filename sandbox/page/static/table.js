// A CSV parser: quoted fields, doubled quotes, the usual separators. Pure functions.

const SEPARATORS = [",", ";", "\t"];

/** 'a,"b, c"\n' -> [["a", "b, c"]]; empty lines are left out. */
export function readTable(text) {
  const clean = text.replace(/^\uFEFF/, "");
  return lines(clean, separatorOf(clean)).filter((row) => row.some((cell) => cell.trim()));
}

/** The separator that occurs most often in the first line. */
function separatorOf(text) {
  const first = text.split(/\r?\n/, 1)[0];
  const count = (separator) => first.split(separator).length;
  return SEPARATORS.reduce((best, one) => (count(one) > count(best) ? one : best));
}

function lines(text, separator) {
  const rows = [[]];
  let cell = "";
  let quoted = false;
  const endCell = () => {
    rows.at(-1).push(cell);
    cell = "";
  };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"' && quoted && text[at + 1] === '"') cell += text[++at];
    else if (letter === '"') quoted = !quoted;
    else if (quoted) cell += letter;
    else if (letter === separator) endCell();
    else if (letter === "\n") (endCell(), rows.push([]));
    else if (letter !== "\r") cell += letter;
  }
  endCell();
  return rows;
}
