import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen, type Listening } from '../support/listen.ts';
import { answer, answerProblem, Problem } from './http.ts';
import { OrderStore } from './order-store.ts';
import { routes } from './routes.ts';

const document: unknown = JSON.parse(
  readFileSync(new URL('openapi.json', import.meta.url), 'utf8'),
);

/** Starts the orders API on loopback; `file` is its SQLite database. */
export async function startOrdersApi(options: { port: number; file: string }): Promise<Listening> {
  const store = new OrderStore(options.file);
  const server = await listen((request, response) => {
    handle(request, response, store).catch((error: unknown) => answerProblem(response, error));
  }, options.port);
  return {
    url: server.url,
    close: async () => {
      await server.close();
      store.close();
    },
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  store: OrderStore,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/openapi.json') return answer(response, 200, document);
  const matching = routes.filter(({ path }) => path.test(url.pathname));
  if (matching.length === 0) throw new Problem(404, 'There is nothing here.');
  const route = matching.find(({ method }) => method === request.method);
  if (route === undefined) throw new Problem(405, 'This method is not served here.');
  const [, id = ''] = route.path.exec(url.pathname) ?? [];
  await route.handle({ request, response, url, store }, decoded(id));
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Problem(404, 'There is nothing here.');
  }
}
