import type { JsonObject } from '../../src/kernel/json.ts';
import { compile } from '../../src/connectors/openapi/compile/compile.ts';
import type { CompiledOperation } from '../../src/connectors/openapi/model/compiled-document.ts';

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
