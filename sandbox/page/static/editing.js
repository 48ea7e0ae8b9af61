// Which messages can be edited, and as which text. Pure functions.

const MENTION = /^<@personEmail:[^>]*>\s*/;

/** Webex does not let anybody edit a message with a file or a card. */
export const canEdit = (message) => !message.local && !message.attachments?.length && !message.fileFacts?.length;

/** The text to change, without the mention of the bot in front of it: an edit keeps the mention. */
export function editableText({ text, markdown, mentionedPeople }, botName) {
  const whole = markdown ?? text ?? "";
  if (!mentionedPeople?.length) return whole;
  const rest = whole.replace(MENTION, "");
  return rest.startsWith(`${botName} `) ? rest.slice(botName.length + 1) : rest;
}
