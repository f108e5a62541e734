import type { Json, JsonObject } from '../../src/kernel/json.ts';
import type { WireCase } from './judge-wire-case.ts';

/** An operation and the call that is made to it. */
export interface WireEntry {
  readonly id: string;
  readonly method?: string;
  readonly path?: string;
  readonly operation: JsonObject;
  readonly call: Omit<WireCase, 'id'>;
}

/** The document of a dialect with one path per entry, and the cases that call them. */
export function wireDocument(
  dialect: '2.0' | '3.0.4' | '3.1.1' | '3.2.0',
  entries: readonly WireEntry[],
): { readonly document: JsonObject; readonly cases: readonly WireCase[] } {
  const paths = new Map<string, JsonObject>();
  for (const { id, method = 'get', path = `/${id}`, operation } of entries) {
    const item = paths.get(path) ?? {};
    const full: JsonObject = { operationId: id, responses: {}, ...operation };
    const known = ['get', 'put', 'post', 'delete', 'patch', 'head', 'query'].includes(method);
    paths.set(
      path,
      known ? { ...item, [method]: full } : { ...item, additionalOperations: { [method]: full } },
    );
  }
  const head = dialect === '2.0' ? { swagger: '2.0' } : { openapi: dialect };
  return {
    document: { ...head, info: { title: 'wire', version: '1' }, paths: Object.fromEntries(paths) },
    cases: entries.map(({ id, call }) => ({ id, ...call })),
  };
}

/** A regular expression that matches exactly this text. */
export const exactly = (text: string): string => `^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;

/** A request body of one media type. */
export const bodyOf = (mediaType: string, schema: Json, more: JsonObject = {}): JsonObject => ({
  requestBody: { required: true, content: { [mediaType]: { schema, ...more } } },
});
