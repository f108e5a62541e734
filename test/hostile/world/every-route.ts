import { isJsonObject, type JsonObject } from '../../../src/kernel/json.ts';
import type { World } from './open-world.ts';

/** One address that needs a credential. */
export interface Route {
  readonly method: string;
  readonly path: string;
  /** What it takes; undefined for nothing. */
  readonly body: unknown;
  /** The permission it needs on the control plane; undefined on the data plane. */
  readonly permission: string | undefined;
}

const doors: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/mcp'],
  ['GET', '/mcp'],
  ['DELETE', '/mcp'],
  ['POST', '/mcp/evil'],
  ['POST', '/mcp/bundles/none'],
  ['GET', '/sse'],
  ['GET', '/sse/evil'],
  ['POST', '/messages?sessionId=x'],
  ['POST', '/services/evil/tools/work'],
  ['POST', '/bundles/none/tools/work'],
  ['GET', '/sessions/none/sse'],
  ['POST', '/sessions/none/mcp'],
  ['POST', '/sessions/none/messages'],
];

/** Every address with every method, as the gateway describes itself, and the doors. */
export async function everyRoute({ client }: World): Promise<readonly Route[]> {
  const { json } = await client.send('GET', '/openapi.json');
  const paths = isJsonObject(json['paths']) ? json['paths'] : {};
  const described = Object.entries(paths).flatMap(([template, operations]) =>
    Object.entries(operations as JsonObject).flatMap(([method, operation]): Route[] => {
      if (!isJsonObject(operation)) return [];
      if (JSON.stringify(operation['security']) === '[]') return [];
      const permission = operation['x-required-permission'];
      return [
        {
          method: method.toUpperCase(),
          path: template.replaceAll(/\{\w+\}/g, 'nothing-here'),
          body: operation['requestBody'] === undefined ? undefined : {},
          permission: typeof permission === 'string' ? permission : undefined,
        },
      ];
    }),
  );
  const plain = doors.map(([method, path]): Route => {
    return { method, path, body: method === 'POST' ? {} : undefined, permission: undefined };
  });
  return [...described, ...plain];
}
