// The page's address: the people and rooms shown. "#tom/provbot", "#tom", "#tom/provbot+ana/provbot". Pure functions.

/** "Phone rollout" -> "phone-rollout" */
export const slug = (title) => title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");

export const mailbox = (email) => email.split("@")[0];

/** "#tom/provbot+ana" -> [{who: "tom", where: "provbot"}, {who: "ana", where: null}] */
export function readAddress(hash) {
  return decode(hash.replace(/^#/, ""))
    .split("+")
    .filter(Boolean)
    .slice(0, 2)
    .map((part) => {
      const [who, where] = part.split("/");
      return { who, where: where || null };
    });
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The reverse of readAddress: [{who, where}] -> "#tom/provbot+ana/provbot" */
export const writeAddress = (sides) =>
  `#${sides.map(({ who, where }) => (where ? `${who}/${where}` : who)).join("+")}`;

export const findPerson = (people, who) =>
  people.find(({ email }) => mailbox(email) === who || email === who) ?? null;

/** The room by its slug or id; without one, the direct room. */
export const findRoom = (rooms, where) =>
  rooms.find((room) => slug(room.title) === where || room.id === where) ?? directRoom(rooms);

export const directRoom = (rooms) => rooms.find(({ type }) => type === "direct") ?? rooms[0] ?? null;
