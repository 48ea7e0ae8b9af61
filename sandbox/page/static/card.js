// Adaptive Cards, drawn by Microsoft's own renderer, which is a global if it is installed.

import { HOST_CONFIG } from "/hostconfig.js";
import { webAddress } from "/markup.js";

// Webex supports this Markdown in cards: bold, italic, lists and links; never html.
const MARKDOWN_RULES = ["emphasis", "escape", "entity", "link", "list"];

export const canDraw = () => Boolean(globalThis.AdaptiveCards);

/**
 * Draw a card. `onSubmit({title, data, inputs})` is called when a person presses a valid Action.Submit;
 * `data` is the button's own, `inputs` the values of all inputs around it, every one a string.
 * `values` fills inputs in by their ids, `onInput(values)` tells what they hold after every change.
 * Throws an Error with a sentence if the content is no card.
 */
export function drawCard(content, onSubmit, { values = {}, onInput = () => {} } = {}) {
  const library = globalThis.AdaptiveCards;
  library.AdaptiveCard.onProcessMarkdown = processMarkdown;
  const card = new library.AdaptiveCard();
  card.hostConfig = new library.HostConfig(HOST_CONFIG);
  card.onExecuteAction = (action) => execute(action, onSubmit);
  card.parse(filledIn(content, values));
  const element = card.render();
  if (!element) throw new Error("This card cannot be shown.");
  const tell = () => onInput(valuesOf(card.getAllInputs()));
  element.addEventListener("input", tell);
  element.addEventListener("change", tell);
  return element;
}

/** The card with `values` ({input id: value}) instead of the initial values of its inputs. */
function filledIn(part, values) {
  if (Array.isArray(part)) return part.map((inner) => filledIn(inner, values));
  if (!part || typeof part !== "object") return part;
  const copy = Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, filledIn(inner, values)]));
  const isInput = typeof part.type === "string" && part.type.startsWith("Input.");
  return isInput && part.id in values ? { ...copy, value: values[part.id] } : copy;
}

function execute(action, onSubmit) {
  const kinds = { "Action.Submit": submit, "Action.OpenUrl": openUrl };
  kinds[action.getJsonTypeName()]?.(action, onSubmit);
}

function submit(action, onSubmit) {
  onSubmit({ title: action.title ?? "", data: action.toJSON().data ?? {}, inputs: inputsOf(action) });
}

const inputsOf = (action) => valuesOf(Object.values(action.getReferencedInputs() ?? {}));

const valuesOf = (inputs) => Object.fromEntries(inputs.map((input) => [input.id, String(input.value ?? "")]));

function openUrl(action) {
  const address = webAddress(action.url);
  if (address) window.open(address, "_blank", "noopener,noreferrer");
}

function processMarkdown(text, result) {
  const library = globalThis.markdownit;
  if (!library) return;
  result.outputHtml = library("zero", { html: false }).enable(MARKDOWN_RULES).render(text);
  result.didProcess = true;
}
