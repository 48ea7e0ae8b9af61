// What stands on the labels of devices that one can add here. Pure functions.

const INVENTED = "001122F7"; // the first digits of a MAC that no device has yet; with a letter, which no other number has
const ADAPTER = "ATA192-3PW-K9";
const BASE = "DBS-210-3PC";
const SEVERAL = 3;
const NEW_MODEL = "8865";

/** "Cisco 8865" -> "CP-8865-K9"; "" for what is no desk phone. */
export function productId(displayName) {
  const number = /\b\d{4}\b/.exec(displayName)?.[0];
  if (!number) return "";
  if (number.startsWith("98")) return `DP-${number}-K9=`;
  return number.startsWith("68") ? `CP-${number}-3PCC-K9=` : `CP-${number}-K9`;
}

/** A label: {pid, serial, macs}, each MAC as twelve hex digits. */
export const labelOf = (pid, ...macs) => ({ pid, serial: `FCH2145${macs[0].slice(-4)}`, macs });

/** What stands in the one code for all. */
export const allInOne = ({ pid, serial, macs: [mac] }) => `PID: ${pid} , VID: V08 , SN: ${serial}, MAC: ${mac}`;

/** The codes in bars, each with the text in print above it. */
export function lines({ pid, serial, macs }) {
  const numbered = (mac, index) => ({ code: mac, print: macs.length > 1 ? `MAC ${index + 1}: ${mac}` : `MAC: ${mac}` });
  return [{ code: pid, print: `PID: ${pid}  VID: V08` }, { code: serial, print: `SN: ${serial}` }, ...macs.map(numbered)];
}

/**
 * What can be photographed: [{title, labels}]. `phones` are those of the control API, `used` the MACs that
 * are in use besides; `random()` is as Math.random.
 */
export function offers(phones, used = [], random = Math.random) {
  const taken = new Set([...phones.map(({ mac }) => mac), ...used]);
  const boxed = phones
    .filter(({ owner, state, displayName }) => !owner && state === "waiting" && productId(displayName))
    .map(({ displayName, mac }) => ({ title: `${displayName} · ${mac}`, label: labelOf(productId(displayName), mac) }));
  const another = () => labelOf(`CP-${NEW_MODEL}-K9`, invented(taken, random));
  const several = [...boxed.map(({ label }) => label).slice(0, SEVERAL)];
  while (several.length < SEVERAL) several.push(another());
  const first = invented(taken, random);
  return [
    ...boxed.map(({ title, label }) => ({ title, labels: [label] })),
    { title: `Another Cisco ${NEW_MODEL}`, labels: [another()] },
    { title: "DECT base station DBS210", labels: [labelOf(BASE, invented(taken, random))] },
    { title: "ATA 192, which has two MACs", labels: [labelOf(ADAPTER, first, next(first))] },
    { title: `${SEVERAL} phones in one photo`, labels: several },
  ];
}

/** The first MAC from a random one on that is free; its neighbour stays free, too. */
function invented(taken, random) {
  let mac = INVENTED + hex(Math.floor(random() * 0x7f00) * 2, 4);
  while (taken.has(mac)) mac = next(next(mac));
  taken.add(mac);
  return mac;
}

const hex = (number, digits) => number.toString(16).toUpperCase().padStart(digits, "0");
const next = (mac) => hex(parseInt(mac, 16) + 1, 12);
