import { startWireServer } from '../start-wire-server.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import type { Converter } from './converter.ts';

/** What became of arguments that try to leave the path they belong to. */
export interface EscapeScore {
  readonly calls: number;
  /** `argument → URL` of what got out. */
  readonly escapes: readonly string[];
}

const VALUES: readonly string[] = [
  String.raw`.. . ../ ./ ../.. ../../admin ../end ..\ \ ..\..\admin / // /admin //evil.example a/b`,
  '/../ a/../b a/.. ? ?x=1 a?b # #x a#b @evil.example :80 ;x=1 http://evil.example/',
  '%2e %2e%2e %2E%2E/ .%2e %2e. %2f %5c %252e%252e % %zz \t..',
].flatMap((line) => line.split(' '));

const item = {
  get: {
    parameters: [{ name: 'value', in: 'path', required: true, schema: { type: 'string' } }],
    responses: { 200: { description: 'ok' } },
  },
};
const named = (operationId: string): JsonObject => ({ get: { ...item.get, operationId } });

const document: JsonObject = {
  openapi: '3.0.3',
  info: { title: 'paths', version: '1' },
  paths: { '/base/{value}/end': named('inside'), '/tail/{value}': named('tail') },
};

/**
 * Calls two operations with every value and looks at the raw URLs: what arrives must be the
 * template with one segment in the parameter's place, and no segment that a URL parser folds away.
 */
export async function hostilePaths(converter: Converter): Promise<EscapeScore> {
  await using api = await startWireServer();
  await using served = await converter.open({ ...document, servers: [{ url: api.url }] });
  const escapes: string[] = [];
  let calls = 0;
  for (const [tool, shape] of [
    ['inside', /^\/base\/([^/?#\\]+)\/end$/],
    ['tail', /^\/tail\/([^/?#\\]+)$/],
  ] as const) {
    for (const value of VALUES) {
      calls += 1;
      api.arrived.length = 0;
      await served.call(tool, { value }).catch(() => undefined);
      for (const { url } of api.arrived) {
        const segment = shape.exec(url)?.[1];
        const folded = segment !== undefined && /^(?:\.|%2e){1,2}$/i.test(segment);
        if (segment === undefined || folded) escapes.push(`${JSON.stringify(value)} → ${url}`);
      }
    }
  }
  return { calls, escapes };
}
