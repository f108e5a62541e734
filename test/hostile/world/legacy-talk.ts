import type { JsonObject } from '../../../src/kernel/json.ts';
import type { Came, Client } from './client.ts';

/** Talks as a client of an older revision does. */
export class LegacyTalk {
  readonly id: string;
  readonly #client: Client;
  readonly #key: string;
  readonly #path: string;

  private constructor(client: Client, key: string, path: string, id: string) {
    this.#client = client;
    this.#key = key;
    this.#path = path;
    this.id = id;
  }

  static async open(client: Client, key: string, path: string, version = '2025-11-25') {
    const params = {
      protocolVersion: version,
      capabilities: {},
      clientInfo: { name: 'x', version: '1' },
    };
    const came = await postLegacy(client, key, path, undefined, {
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params,
    });
    const id = came.headers.get('mcp-session-id');
    if (id === null) throw new Error(`No session: ${came.status} ${came.text.slice(0, 200)}`);
    const talk = new LegacyTalk(client, key, path, id);
    await talk.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return talk;
  }

  send(message: JsonObject | readonly JsonObject[]): Promise<Came> {
    return postLegacy(this.#client, this.#key, this.#path, this.id, message);
  }

  call(id: number, name: string, args: JsonObject = {}): Promise<Came> {
    const params = { name, arguments: args };
    return this.send({ jsonrpc: '2.0', id, method: 'tools/call', params });
  }

  async end(): Promise<number> {
    const headers = { 'mcp-session-id': this.id };
    return (await this.#client.send('DELETE', this.#path, { key: this.#key, headers })).status;
  }
}

/** Posts a message of an older revision, in a session or in none. */
export function postLegacy(
  client: Client,
  key: string,
  path: string,
  session: string | undefined,
  body: unknown,
): Promise<Came> {
  const accept = { accept: 'application/json, text/event-stream' };
  const headers = session === undefined ? accept : { ...accept, 'mcp-session-id': session };
  return client.send('POST', path, { key, headers, body });
}
