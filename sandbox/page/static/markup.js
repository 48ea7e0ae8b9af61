// A message's html, made safe: known elements stay, everything else is reduced to its text.

const KEPT = new Set([
  "P", "BR", "STRONG", "B", "EM", "I", "DEL", "CODE", "PRE", "BLOCKQUOTE",
  "UL", "OL", "LI", "H1", "H2", "H3", "H4", "HR", "SPAN",
]);
const DROPPED = new Set(["SCRIPT", "STYLE", "TEMPLATE", "IFRAME", "OBJECT", "SVG", "MATH", "HEAD", "TITLE"]);
const LINKS = new Set(["http:", "https:", "mailto:"]);

/** The body of a message as a fragment; `html` takes precedence over `text`, as in a Webex client. */
export function messageBody({ html, text }) {
  const fragment = document.createDocumentFragment();
  if (html) copy(new DOMParser().parseFromString(html, "text/html").body, fragment);
  else if (text) fragment.append(plain(text));
  return fragment;
}

function plain(text) {
  const paragraph = document.createElement("p");
  paragraph.className = "plain";
  paragraph.append(text);
  return paragraph;
}

function copy(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
    else if (node.nodeType === Node.ELEMENT_NODE && !DROPPED.has(node.nodeName.toUpperCase())) copyElement(node, to);
  }
}

function copyElement(node, to) {
  const element = safeElement(node);
  copy(node, element ?? to);
  if (element) to.append(element);
}

/** A new element for this one, without its attributes; null: keep only its content. */
function safeElement(node) {
  if (node.nodeName === "SPARK-MENTION") return mention();
  if (node.nodeName === "A") return link(node);
  return KEPT.has(node.nodeName) ? document.createElement(node.nodeName) : null;
}

function mention() {
  const element = document.createElement("span");
  element.className = "mentioned";
  return element;
}

function link(node) {
  const address = webAddress(node.getAttribute("href"));
  if (!address) return null;
  const element = document.createElement("a");
  return Object.assign(element, { href: address, target: "_blank", rel: "noopener noreferrer" });
}

// The Markdown that Webex clients convert when people type it; only bots can use the rest.
const TYPED_RULES = ["emphasis", "backticks", "fence", "blockquote", "link", "escape"];

/** Whether the typed text contains formatting: **bold**, `code`, > a quote, [a link](…). */
export function isMarked(text) {
  const library = globalThis.markdownit;
  if (!library || !text) return false;
  return /<(strong|em|code|pre|a|blockquote)\b/.test(library("zero", { html: false }).enable(TYPED_RULES).render(text));
}

/** The address if it is safe to open, else null. */
export function webAddress(text) {
  const address = URL.canParse(text ?? "") ? new URL(text) : null;
  return address && LINKS.has(address.protocol) ? address.href : null;
}
