// Sort a flat list of messages into threads. Pure functions.

/**
 * [message] oldest first -> [{message, depth: 0|1, orphan, continued}] in reading order.
 * Replies follow their root; those whose root was deleted stay together where the first one was said.
 * `continued` marks a message that follows another of the same author in the same thread; one with
 * a card never is: beside its head there is room for what one can do with it.
 */
export function arrange(messages) {
  const known = new Set(messages.map((message) => message.id));
  const threads = new Map();
  for (const message of messages) {
    const root = message.parentId ?? message.id;
    if (!threads.has(root)) threads.set(root, []);
    threads.get(root).push(message);
  }
  return [...threads].flatMap(([root, members]) => lines(root, members, known.has(root))).map(continued);
}

function lines(root, members, rootKnown) {
  const ordered = [...members].sort((one, other) => Number(other.id === root) - Number(one.id === root));
  return ordered.map((message, index) => ({
    message,
    depth: message.id === root ? 0 : 1,
    orphan: !rootKnown && index === 0,
  }));
}

const CLOSE_MS = 5 * 60 * 1000;

function continued(line, index, all) {
  const before = all[index - 1];
  return { ...line, continued: Boolean(before) && follows(before, line) };
}

function follows(before, line) {
  const apart = Date.parse(line.message.created) - Date.parse(before.message.created);
  return (
    before.depth === line.depth && !line.orphan && !line.message.attachments?.length &&
    before.message.personEmail === line.message.personEmail && apart < CLOSE_MS
  );
}
