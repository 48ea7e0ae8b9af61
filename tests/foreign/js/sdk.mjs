// The official SDK behind a pipe: one JSON request per line on stdin, one JSON answer per line on stdout, and its events
// in between. The environment has the addresses, as for any program that uses the SDK.
import {createRequire} from 'node:module';
import {createInterface} from 'node:readline';

const HEARD = ['messages', 'attachmentActions', 'memberships', 'rooms'];
const EVENTS = ['created', 'updated', 'deleted'];

// The package "webex" needs a browser for its meetings; these are the parts of it that a bot uses.
function connect(token) {
  const require = createRequire(import.meta.url);
  for (const part of [
    'plugin-authorization-node',
    'plugin-logger',
    'internal-plugin-device',
    'internal-plugin-mercury',
    'internal-plugin-conversation',
    'plugin-messages',
    'plugin-attachment-actions',
    'plugin-people',
    'plugin-rooms',
    'plugin-memberships',
    'plugin-webhooks',
  ]) {
    require(`@webex/${part}`);
  }
  const WebexCore = require('@webex/webex-core').default;
  return new WebexCore({
    credentials: {supertoken: {access_token: token, token_type: 'Bearer'}},
    config: {credentials: {client_id: 'a-bot-has-none'}, logger: {level: 'error'}},
  });
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function listen(webex) {
  for (const resource of HEARD) {
    for (const event of EVENTS) {
      webex[resource].on(event, (envelope) => say({heard: `${resource}:${event}`, envelope}));
    }
    await webex[resource].listen();
  }
  return HEARD;
}

async function silence(webex) {
  for (const resource of HEARD) await webex[resource].stopListening();
  return HEARD;
}

// A page of a list has items and links; follow the links to the end, as a program would.
async function whole(answer) {
  if (!answer || !Array.isArray(answer.items)) return answer;
  const items = [...answer.items];
  let page = answer;
  while (page.hasNext && page.hasNext()) {
    page = await page.next();
    items.push(...page.items);
  }
  return {items};
}

async function perform(webex, {call, given}) {
  if (call === 'listen') return listen(webex);
  if (call === 'stopListening') return silence(webex);
  const [resource, method] = call.split('.');
  return whole(await webex[resource][method](...given));
}

async function serve(token) {
  const webex = connect(token);
  for await (const line of createInterface({input: process.stdin})) {
    const request = JSON.parse(line);
    try {
      say({id: request.id, answer: (await perform(webex, request)) ?? null});
    } catch (error) {
      say({id: request.id, error: String(error.message), status: error.statusCode ?? null});
    }
  }
  process.exit(0);
}

await serve(process.env.WEBEX_BOT_TOKEN);
