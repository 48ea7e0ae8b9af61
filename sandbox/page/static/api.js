// The sandbox's control API, one function per call. Errors carry a sentence for the person.

export class ControlError extends Error {}

async function call(path, options = {}) {
  const answer = await fetch(`/control/${path}`, options).catch(() => {
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
export const messages = async (person, roomId) => (await call(`messages?${query({ person, roomId })}`)).messages;
export const calls = async (after) => (await call(`calls?${query({ after })}`)).calls;
export const organization = () => call("organization");

/** {person, roomId, text, parentId?, mention} -> the message. */
export const say = (values) => post("say", values);

/** {person, messageId, data, inputs} -> the action. */
export const press = (values) => post("press", values);

/** {person, roomId, file, text?, parentId?, mention?} -> the message. */
export function sendFile(values) {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") form.append(name, value);
  }
  return call("files", { method: "POST", body: form });
}
