import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, objectMember, stringMember } from '../../../src/kernel/json.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { takesTasks } from '../../../src/mcp/tasks-extension.ts';
import { envelope, modernHeaders } from '../../support/mcp-post.ts';
import type { Access } from '../support/gateway-calls.ts';

/** What clients bought: tools by name, each of which is one purchase under one key. */
export interface Purchases {
  readonly sent: Set<string>;
  /** Those whose result the client has. */
  readonly acknowledged: Set<string>;
}

/** How clients shop. */
export interface ShoppingOptions {
  /** The gateways; one that is down is tried again, or another in its place. */
  readonly gateways: readonly Access[];
  readonly clients: number;
  /** No new purchase begins once it says so. */
  readonly isOver: () => boolean;
  /** Names this load among others. */
  readonly mark: string;
}

const CALL_MS = 5_000;
const PAUSE_MS = 25;
const TRIES_MAX = 60;
const POLLS_MAX = 100;
/** Of a hundred purchases: those sent twice at once, with a question, and that become tasks. */
const TWICE = 5;
const ASKING = 12;
const TASKS = 8;

/** Lets clients buy until it is over, each purchase again and again until its result is there. */
export async function goShopping(options: ShoppingOptions): Promise<Purchases> {
  const purchases: Purchases = { sent: new Set(), acknowledged: new Set() };
  let last = 0;
  const client = async (): Promise<void> => {
    while (!options.isOver()) {
      last++;
      const name = `${kindOf(randomInt(100))}-${options.mark}-${last}`;
      purchases.sent.add(name);
      const times = randomInt(100) < TWICE ? 2 : 1;
      const bought = await Promise.all(
        Array.from({ length: times }, () => buyAgainAndAgain(options, name)),
      );
      if (bought.includes(true)) purchases.acknowledged.add(name);
    }
  };
  await Promise.all(Array.from({ length: options.clients }, client));
  return purchases;
}

function kindOf(chance: number): string {
  if (chance < ASKING) return 'ask';
  return chance < ASKING + TASKS ? 'job' : 'buy';
}

async function buyAgainAndAgain({ gateways }: ShoppingOptions, name: string): Promise<boolean> {
  for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
    const gateway = gateways[randomInt(gateways.length)];
    try {
      if (gateway !== undefined && (await buy(gateway, name))) return true;
    } catch {
      // The gateway is down, or was while it answered.
    }
    await sleep(PAUSE_MS * (1 + Math.min(attempt, 10)));
  }
  return false;
}

/** One attempt, with its rounds; true when its result is there. */
async function buy(gateway: Access, name: string): Promise<boolean> {
  let result = await ask(gateway, name, 'tools/call', { name, arguments: {} });
  if (result['resultType'] === 'input_required') {
    const requestState = stringMember(result, 'requestState') ?? '';
    const inputResponses = { who: { action: 'accept', content: {} } };
    const params = { name, arguments: {}, requestState, inputResponses };
    result = await ask(gateway, name, 'tools/call', params);
  }
  if (result['resultType'] !== 'task') return result['resultType'] === 'complete';
  const taskId = stringMember(result, 'taskId') ?? '';
  for (let poll = 0; poll < POLLS_MAX; poll++) {
    const task = await ask(gateway, name, 'tasks/get', { taskId });
    if (task['status'] === 'completed') return true;
    if (task['status'] !== 'working') return false;
    await sleep(PAUSE_MS);
  }
  return false;
}

async function ask({ url, apiKey }: Access, key: string, method: string, params: JsonObject) {
  const name = stringMember(params, 'name') ?? stringMember(params, 'taskId');
  const response = await fetch(`${url}/mcp/shop`, {
    method: 'POST',
    headers: {
      ...modernHeaders(method, name),
      authorization: `Bearer ${apiKey}`,
      'idempotency-key': key,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: { ...params, _meta: envelope({ elicitation: {}, ...takesTasks }) },
    }),
    signal: AbortSignal.timeout(CALL_MS),
  });
  const answer: unknown = await response.json();
  const result = isJsonObject(answer) ? objectMember(answer, 'result') : undefined;
  if (result === undefined) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
  return result;
}
