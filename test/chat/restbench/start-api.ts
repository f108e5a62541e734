import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { DocumentedApi, type JudgedRequest } from './documented-api.ts';

/** The APIs on one loopback port, each below a path of its name. */
export interface StartedApis extends AsyncDisposable {
  /** `http://127.0.0.1:…/tmdb` */
  urlOf(name: string): string;
  /** What arrived since the last time, in order, with the token of the answer it got. */
  take(): readonly (JudgedRequest & { readonly token: string })[];
}

/**
 * Starts mocks of APIs from their documents. Every answer carries a token of its own, so that who
 * cites it must have read it.
 */
export async function startApis(
  documents: Readonly<Record<string, JsonObject>>,
): Promise<StartedApis> {
  const apis = new Map(
    Object.entries(documents).map(([name, document]) => [name, new DocumentedApi(document)]),
  );
  let arrived: (JudgedRequest & { readonly token: string })[] = [];
  let answers = 0;
  const server = createServer((incoming, response) => {
    void readText(incoming).then((body) => {
      const [, name = '', rest = ''] = /^\/([^/]+)(.*)$/.exec(incoming.url ?? '') ?? [];
      const { method = '', headers } = incoming;
      const judged = apis.get(name)?.judge({ method, target: rest, headers, body });
      const token = `found-${++answers}`;
      arrived.push({ ...(judged ?? { operation: undefined, faults: ['no such API'] }), token });
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: answers, name: token }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (name) => `http://127.0.0.1:${port}/${name}`,
    take() {
      const taken = arrived;
      arrived = [];
      return taken;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
