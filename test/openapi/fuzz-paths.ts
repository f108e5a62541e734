import * as fc from 'fast-check';
import type { JsonObject } from '../../src/kernel/json.ts';
import { ArgumentError } from '../../src/upstream/argument-error.ts';
import { buildRequest } from '../../src/connectors/openapi/request/build-request.ts';
import { compile } from '../../src/connectors/openapi/compile/compile.ts';
import type { CompiledOperation } from '../../src/connectors/openapi/model/compiled-document.ts';

/** How a fuzz of path, query, header and cookie arguments went. */
export interface FuzzOutcome {
  readonly runs: number;
  readonly refused: number;
  /** Descriptions of arguments that got out; must be empty. */
  readonly escapes: readonly string[];
}

const ORIGIN = 'https://api.example.com';

const parameter = (name: string, location: string, extra: JsonObject = {}): JsonObject => ({
  name,
  in: location,
  required: location === 'path',
  schema: {},
  ...extra,
});

const operation = (...parameters: readonly JsonObject[]): JsonObject => ({
  get: { parameters, responses: {} },
});

const document: JsonObject = {
  openapi: '3.2.0',
  info: { title: 'fuzz', version: '1' },
  servers: [{ url: `${ORIGIN}/base/v1` }],
  paths: {
    '/plain/{value}/end': operation(parameter('value', 'path')),
    '/tail/{value}': operation(parameter('value', 'path')),
    '/mixed/a-{value}.json/x': operation(parameter('value', 'path')),
    '/label/{value}/end': operation(parameter('value', 'path', { style: 'label', explode: true })),
    '/matrix/{value}/end': operation(
      parameter('value', 'path', { style: 'matrix', explode: true }),
    ),
    '/reserved/{value}/end': operation(parameter('value', 'path', { allowReserved: true })),
    '/query': operation(parameter('value', 'query', { allowReserved: true })),
    '/deep': operation(parameter('value', 'query', { style: 'deepObject', explode: true })),
    '/header': operation(parameter('X-Value', 'header')),
    '/cookie': operation(parameter('value', 'cookie')),
  },
};

const SEEDS = [
  '..',
  '.',
  '../',
  '..\\',
  '/',
  '\\',
  '//',
  '%2e',
  '%2e%2e',
  '%2F',
  '%5c',
  '%252e%252e',
  '%00',
  '?',
  '#',
  '@',
  ':',
  ';',
  '&',
  '=',
  '\r\n',
  '\n',
  '\0',
  '\t',
  ' ',
  '．．',
  '‥',
  '․',
  '／',
  '\u200b',
  'http://evil.example',
  '//evil.example',
  'admin',
  '..;/',
  '.%2e',
  '%u002e',
  '{value}',
  '[__proto__]',
  '\r\nHost: evil',
  'é',
  '😀',
  '\ud800',
];

const text = fc
  .array(fc.oneof(fc.constantFrom(...SEEDS), fc.string({ unit: 'grapheme', maxLength: 6 })), {
    maxLength: 5,
  })
  .map((parts) => parts.join(''));

const value = fc.oneof(
  { weight: 6, arbitrary: text },
  { weight: 1, arbitrary: fc.array(text, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(text, text, { maxKeys: 3 }) },
  { weight: 1, arbitrary: fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null)) },
);

/** Throws hostile values at every kind of parameter and looks at what would be sent. */
export function fuzzPaths(runs: number, seed?: number): FuzzOutcome {
  const { operations } = compile(document);
  const escapes: string[] = [];
  let refused = 0;
  let count = 0;
  fc.assert(
    fc.property(fc.constantFrom(...operations), value, (each, given) => {
      count += 1;
      const argument = each.plan.parameters[0]?.argument ?? '';
      try {
        const request = buildRequest(each, { [argument]: given }, {});
        const problem = escapeOf(each, request);
        if (problem !== undefined) escapes.push(`${each.id} ${JSON.stringify(given)}: ${problem}`);
      } catch (error) {
        if (!(error instanceof ArgumentError)) throw error;
        refused += 1;
      }
    }),
    { numRuns: runs, ...(seed === undefined ? {} : { seed }) },
  );
  return { runs: count, refused, escapes };
}

function escapeOf(
  operation: CompiledOperation,
  request: ReturnType<typeof buildRequest>,
): string | undefined {
  const parsed = new URL(request.url);
  if (parsed.origin !== ORIGIN) return `origin ${parsed.origin}`;
  if (parsed.hash !== '' || parsed.username !== '') return 'fragment or user';
  if (!request.url.startsWith(`${ORIGIN}/base/v1/`)) return `start ${request.url}`;
  const template = `/base/v1${operation.pathTemplate}`;
  const [head = '', tail = ''] = template.split(/\{[^{}]+\}/);
  for (const path of [parsed.pathname, request.url.slice(ORIGIN.length).split('?', 1)[0] ?? '']) {
    if (!path.startsWith(head) || !path.endsWith(tail)) return `path ${path}`;
    if (path.split('/').length !== template.split('/').length) return `segments ${path}`;
  }
  // A server that decodes before it routes must not find a way out either.
  const decoded = decodeAll(parsed.pathname).normalize('NFKC').replaceAll('\\', '/');
  if (decoded.split('/').some((part) => /^\.{1,2}(;.*)?$/.test(part))) return `decoded ${decoded}`;
  for (const [name, text] of Object.entries(request.headers)) {
    if (/[\r\n\0]/.test(name + text)) return `header ${name}`;
    if (!['accept', 'x-value', 'cookie'].includes(name)) return `added header ${name}`;
  }
  return undefined;
}

function decodeAll(path: string): string {
  let current = path;
  for (let round = 0; round < 5; round += 1) {
    const next = current.replace(/(%[0-9a-f]{2})+/gi, (run) =>
      Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
    );
    if (next === current) break;
    current = next;
  }
  return current;
}
