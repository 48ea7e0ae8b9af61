// Adaptive Cards, drawn by Microsoft's own renderer. It arrives as a global, if it is installed at all.

import { HOST_CONFIG } from "/hostconfig.js";
import { webAddress } from "/markup.js";

// What Webex draws of Markdown in a card: bold, italic, lists and links; html never.
const MARKDOWN_RULES = ["emphasis", "escape", "entity", "link", "list"];

export const canDraw = () => Boolean(globalThis.AdaptiveCards);

/**
 * Draw a card. `onSubmit({title, data, inputs})` is called when a person presses a valid Action.Submit;
 * `data` is the button's own, `inputs` the values of all inputs around it, every one a string.
 * Throws an Error with a sentence if the content is no card.
 */
export function drawCard(content, onSubmit) {
  const library = globalThis.AdaptiveCards;
  library.AdaptiveCard.onProcessMarkdown = processMarkdown;
  const card = new library.AdaptiveCard();
  card.hostConfig = new library.HostConfig(HOST_CONFIG);
  card.onExecuteAction = (action) => execute(action, onSubmit);
  card.parse(content);
  const element = card.render();
  if (!element) throw new Error("This card cannot be drawn.");
  return element;
}

function execute(action, onSubmit) {
  const kinds = { "Action.Submit": submit, "Action.OpenUrl": openUrl };
  kinds[action.getJsonTypeName()]?.(action, onSubmit);
}

function submit(action, onSubmit) {
  onSubmit({ title: action.title ?? "", data: action.toJSON().data ?? {}, inputs: inputsOf(action) });
}

function inputsOf(action) {
  const inputs = Object.values(action.getReferencedInputs() ?? {});
  return Object.fromEntries(inputs.map((input) => [input.id, String(input.value ?? "")]));
}

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
