// Differences between two states of the same list. Pure functions.

/**
 * Compare lists of things by `keyOf`: {marks: Map of key -> "new" | "changed", gone: [things that are no more]}.
 * Without a look before there is no news.
 */
export function compare(before, after, keyOf) {
  if (!before) return { marks: new Map(), gone: [] };
  const old = new Map(before.map((thing) => [keyOf(thing), thing]));
  const marks = new Map();
  for (const thing of after) {
    const mark = markOf(old.get(keyOf(thing)), thing);
    if (mark) marks.set(keyOf(thing), mark);
    old.delete(keyOf(thing));
  }
  return { marks, gone: [...old.values()] };
}

function markOf(before, after) {
  if (!before) return "new";
  return JSON.stringify(before) === JSON.stringify(after) ? null : "changed";
}
