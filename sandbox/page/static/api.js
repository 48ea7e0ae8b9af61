// The sandbox's control API, one function per call. Errors have a message for people.

export class ControlError extends Error {}

const PATIENCE_MS = 20_000;

async function call(path, options = {}) {
  const answer = await fetch(`/control/${path}`, { signal: AbortSignal.timeout(PATIENCE_MS), ...options }).catch(() => {
    throw new ControlError("The sandbox does not answer. Is it still running?");
  });
  const body = await answer.text();
  if (!answer.ok) throw new ControlError(sentence(body) || `The sandbox answered ${answer.status}.`);
  return body ? JSON.parse(body) : null;
}

function sentence(body) {
  try {
    const said = JSON.parse(body);
    return said.message ?? said.error ?? "";
  } catch {
    return body.slice(0, 200);
  }
}

const query = (values) => new URLSearchParams(values).toString();

function post(path, values) {
  const headers = { "Content-Type": "application/json" };
  return call(path, { method: "POST", headers, body: JSON.stringify(values) });
}

export const settings = () => call("settings");
export const cast = async () => (await call("cast")).people;
export const rooms = async (person) => (await call(`rooms?${query({ person })}`)).rooms;
export const inbox = async () => (await call("inbox")).people;
export const calls = async (after) => (await call(`calls?${query({ after })}`)).calls;
export const organization = () => call("organization");

/** {messages, seq}: all messages of a room, or those that changed after a number. */
export const messages = (person, roomId, after) =>
  call(`messages?${query(after ? { person, roomId, after, wait: 0 } : { person, roomId })}`);

/** {person, roomId, text or markdown, parentId?, mention?, clientTempId?} -> the message; a repeated clientTempId gives the same one. */
export const say = (values) => post("say", values);

/** {person, messageId, text or markdown, mention} -> the message. */
export const edit = (values) => post("edit", values);

/** {person, messageId, data, inputs} -> the action. */
export const press = (values) => post("press", values);

/** Mark everything in the room as read by the person. */
export const read = (person, roomId) => post("read", { person, roomId });

/** {person, roomId, file, text?, parentId?, mention?, clientTempId?} -> the message; a repeated clientTempId gives the same one. */
export function sendFile(values) {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") form.append(name, value);
  }
  return call("files", { method: "POST", body: form });
}

/** The URL of a message's file; with `save` it is a download. */
export const fileAddress = (person, messageId, number, { save = false } = {}) =>
  `/control/files?${query({ person, messageId, number, ...(save ? { save: 1 } : {}) })}`;

export async function fileText(address) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) throw new ControlError(`The file could not be read (${answer.status}).`);
  return answer.text();
}

/** [{id, title, says, on, hits, endsAt}] */
export const difficulties = async () => (await call("difficulties")).difficulties;
export const setDifficulty = (id, on) => post("difficulties", { id, on });

/** {phones, waitForPlug, codeSeconds} */
export const phones = () => call("phones");
/** {waitForPlug?, codeSeconds?} */
export const setPhones = (values) => post("phones/settings", values);
export const activate = (code, mac) => post("phones/activate", { code, mac });
export const unplug = (mac) => post("phones/unplug", { mac });
export const plug = (mac) => post("phones/plug", { mac });

/** {networks, spacingSeconds} */
export const dect = () => call("dect");
export const switchBase = (mac, online) => post(`dect/bases/${mac}`, { online });

/** {base, code, index?} -> the handset. */
export const pairHandset = (values) => post("dect/handsets/pair", values);
