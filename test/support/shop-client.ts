import {
  isJsonObject,
  objectMember,
  stringMember,
  type JsonObject,
} from '../../src/kernel/json.ts';
import { envelope, modernHeaders, post, readAnswer } from './mcp-post.ts';

/** A door that tools are called through. */
export type ShopDoor = 'modern' | 'legacy' | 'plain';

/** What a call came to. */
export interface ShopAnswer {
  /** Undefined for an error in a stream: what takes a while is one before it is known to fail. */
  readonly status: number | undefined;
  readonly isServed: boolean;
  readonly result: JsonObject;
  /** The number or the name of the error. */
  readonly code: unknown;
  readonly data: JsonObject;
  readonly retryAfter: string | null;
}

/** What a plan of a shop says besides its rules. */
export interface ShopTerms {
  readonly payment?: 'prepaid' | 'postpaid';
  readonly rules: readonly JsonObject[];
  readonly showCost?: boolean;
}

/** A rule about every call, in dollars. */
export function callRule(unitAmount: string, more: JsonObject = {}): JsonObject {
  const price = { model: 'unit', unitAmount };
  return { id: 'call', title: 'Calls', match: {}, unit: 'call', price, priority: 0, ...more };
}

/** Whoever buys at a started gateway, and its operator: both with the first administrator's key. */
export class ShopClient {
  readonly #url: string;
  readonly #key: string;
  #session: Promise<string> | undefined;
  #calls = 0;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  /** The same caller at another instance. */
  at(url: string): ShopClient {
    return new ShopClient(url, this.#key);
  }

  /** Asks the API; throws for an error. */
  async api(method: string, path: string, body?: JsonObject): Promise<JsonObject> {
    const response = await fetch(`${this.#url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const value: unknown = text === '' ? {} : JSON.parse(text);
    return isJsonObject(value) ? value : {};
  }

  /** The id of the caller's tenant. */
  async tenant(): Promise<string> {
    const tenant = await this.api('GET', '/tenant');
    return stringMember(tenant, 'id') ?? '';
  }

  /** Puts the caller's tenant on a plan of these terms. */
  async subscribe({ payment, rules, showCost }: ShopTerms): Promise<void> {
    const plan = await this.api('POST', '/billing/plans', { name: 'Shop' });
    const versions = `/billing/plans/${stringMember(plan, 'id')}/versions`;
    const terms: JsonObject = {
      currency: 'USD',
      period: { unit: 'month', count: 1 },
      rules: [...rules],
      recurring: [],
      rounding: { mode: 'half_even', at: 'line' },
      ...(payment === undefined ? {} : { payment }),
      ...(showCost === undefined ? {} : { showCost }),
    };
    const version = await this.api('POST', versions, { terms });
    const planVersion = stringMember(version, 'id') ?? '';
    await this.api('POST', `${versions}/${planVersion}/publish`);
    const tenant = await this.tenant();
    await this.api('POST', '/billing/subscriptions', { tenant, planVersion });
  }

  /** Grants the caller's tenant credit in dollars. */
  async grant(amount: string, key = `order ${amount}`): Promise<void> {
    const body = { key, kind: 'bought', currency: 'USD', amount };
    await this.api('POST', `/billing/tenants/${await this.tenant()}/credits`, body);
  }

  /** What is left of the credit: balance, held, spent, owed. */
  async wallet(): Promise<readonly unknown[]> {
    const { wallets } = await this.api('GET', '/billing/wallets');
    const [wallet] = wallets as readonly JsonObject[];
    return ['balance', 'held', 'spent', 'overrun'].map((name) => wallet?.[name]);
  }

  /** Calls a tool through a door. */
  async call(
    door: ShopDoor,
    service: string,
    tool: string,
    more: JsonObject = {},
  ): Promise<ShopAnswer> {
    if (door === 'plain') return this.#callPlain(service, tool);
    const params = { name: tool, arguments: {}, ...more };
    const url = `${this.#url}/mcp/${service}`;
    const body = { jsonrpc: '2.0', id: ++this.#calls, method: 'tools/call', params };
    const authorization = `Bearer ${this.#key}`;
    if (door === 'modern') {
      const _meta = envelope({ elicitation: { form: {} } });
      const headers = { ...modernHeaders('tools/call', tool), authorization };
      return rpcAnswer(await post(url, { ...body, params: { ...params, _meta } }, headers));
    }
    this.#session ??= this.#open(url);
    const headers = { ...legacyHeaders, authorization, 'mcp-session-id': await this.#session };
    return rpcAnswer(await post(url, body, headers));
  }

  async #callPlain(service: string, tool: string): Promise<ShopAnswer> {
    const response = await fetch(`${this.#url}/services/${service}/tools/${tool}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' },
      body: '{}',
    });
    const { status, headers, body } = await readAnswer(response);
    const retryAfter = headers.get('retry-after');
    const data = objectMember(body, 'data') ?? {};
    const isServed = status === 200;
    return { status, isServed, result: body ?? {}, code: body?.['code'], data, retryAfter };
  }

  async #open(url: string): Promise<string> {
    const clientInfo = { name: 'shopper', version: '1' };
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
    const headers = { ...legacyHeaders, authorization: `Bearer ${this.#key}` };
    const hello = { jsonrpc: '2.0', id: 0, method: 'initialize', params };
    const opened = await post(url, hello, headers);
    const session = opened.headers.get('mcp-session-id') ?? '';
    const ready = { jsonrpc: '2.0', method: 'notifications/initialized' };
    await post(url, ready, { ...headers, 'mcp-session-id': session });
    return session;
  }
}

const legacyHeaders = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

function rpcAnswer(answer: Awaited<ReturnType<typeof post>>): ShopAnswer {
  const { status, headers, body, messages } = answer;
  const error = objectMember(body, 'error');
  return {
    status: error !== undefined && messages.length > 0 ? undefined : status,
    isServed: objectMember(body, 'result') !== undefined,
    result: objectMember(body, 'result') ?? {},
    code: error?.['code'],
    data: objectMember(error, 'data') ?? {},
    retryAfter: headers.get('retry-after'),
  };
}
