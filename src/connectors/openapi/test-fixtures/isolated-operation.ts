import type { JsonObject } from '../../../kernel/json.ts';
import { compile } from '../compile.ts';
import type { CompiledOperation } from '../model.ts';

/** The only operation of a document, compiled. */
export function isolatedOperation(operation: JsonObject, path: string): CompiledOperation {
  const [first] = compile({
    openapi: '3.1.0',
    info: {},
    servers: [{ url: 'https://api.example/v1/' }],
    paths: { [path]: { post: operation } },
  }).operations;
  if (first === undefined) throw new Error('the document has no operation');
  return first;
}
