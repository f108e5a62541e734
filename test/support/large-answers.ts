import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';

/** How the upstream answers one call. */
export interface Manner {
  /** Told apart from every other call's answer by this. */
  readonly seed: string;
  readonly bytes: number;
  /** Where the result stands in its message and its type in it. */
  readonly order?: 'first' | 'last' | 'no type' | 'late input' | 'wrong id' | 'not JSON after';
  /** Leaves the connection after so many bytes. */
  readonly cutAt?: number;
  readonly chunked?: boolean;
  /** Ends the body with the connection, whose length nobody was told. */
  readonly closing?: boolean;
  /** Answers with an event stream, after so many notifications. */
  readonly events?: number;
  /** The length of the first piece. */
  readonly first?: number;
}

const progress = { progressToken: 'p', progress: 1 };

/** The text of the answer to such a call. */
export const textOf = ({ seed, bytes }: Manner): string => {
  const unit = `${seed}"\\{é`;
  return unit.repeat(Math.ceil(bytes / Buffer.byteLength(unit)));
};

function answerText(id: unknown, manner: Manner): string {
  const content = JSON.stringify([{ type: 'text', text: textOf(manner) }]);
  const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{`;
  const members = `"content":${content}`;
  const tail = `},"jsonrpc":"2.0","id":${JSON.stringify(id)}}`;
  switch (manner.order) {
    case 'last':
      return `{"result":{${members},"resultType":"complete"${tail}`;
    case 'no type':
      return `${head}${members}}}`;
    case 'late input':
      return `${head}${members},"resultType":"input_required"}}`;
    case 'wrong id':
      return `{"result":{${members}},"jsonrpc":"2.0","id":"x"}`;
    case 'not JSON after':
      return `${head}${members}},]}`;
    default:
      return `${head}"resultType":"complete",${members}}}`;
  }
}

/** A modern server that answers `tools/call` as the arguments say. */
export class LargeAnswers {
  readonly server: Server;
  /** Bytes the system took of each answer so far, by seed. */
  readonly taken = new Map<string, number>();
  readonly closed = new Set<string>();
  /** The last call's body. */
  received = '';

  constructor() {
    this.server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8');
        const message = JSON.parse(text) as JsonObject;
        if (message['method'] === 'tools/call') this.received = text;
        this.#answer(message, response);
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/mcp`;
  }

  #answer({ id, method, params }: JsonObject, response: ServerResponse): void {
    const given = isJsonObject(params) ? params['arguments'] : undefined;
    if (method !== 'tools/call' || !isJsonObject(given)) {
      const result = {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: {} },
        tools: [{ name: 'get', inputSchema: { type: 'object' } }],
      };
      const text = JSON.stringify({ jsonrpc: '2.0', id, result });
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
      return;
    }
    void this.#write(
      answerText(id, given as unknown as Manner),
      given as unknown as Manner,
      response,
    );
  }

  async #write(text: string, manner: Manner, response: ServerResponse): Promise<void> {
    const { seed, chunked = false, events, first = 30_011 } = manner;
    const note = { jsonrpc: '2.0', method: 'notifications/progress', params: progress };
    const notes = `data: ${JSON.stringify(note)}\n\n`.repeat(events ?? 0);
    const bytes = Buffer.from(events === undefined ? text : `${notes}data: ${text}\r\n\r\n`);
    const { cutAt = bytes.length } = manner;
    let proceed = (): void => {};
    response.on('drain', () => proceed());
    response.on('close', () => {
      this.closed.add(seed);
      proceed();
    });
    if (manner.closing === true) {
      response.useChunkedEncodingByDefault = false;
      response.setHeader('connection', 'close');
    }
    response.writeHead(200, {
      'content-type': events === undefined ? 'application/json' : 'text/event-stream',
      ...(chunked || manner.closing === true ? {} : { 'content-length': bytes.length }),
    });
    let at = 0;
    for (let step = first; at < cutAt && !response.destroyed; step = (step * 7) % 200_003) {
      const piece = bytes.subarray(at, Math.min(at + step, cutAt));
      const flows = response.write(piece);
      at += piece.length;
      if (at < 20_000) await sleep(5);
      this.taken.set(seed, at - response.writableLength);
      if (!flows) {
        await new Promise<void>((resolve) => (proceed = resolve));
      }
    }
    if (cutAt < bytes.length) response.destroy();
    else response.end();
  }
}
