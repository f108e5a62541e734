import type { Json, JsonObject } from '../../src/kernel/json.ts';

/** Stands in every text of the hostile document; it must never be a word of code. */
export const MARK = 'Pwned';

/** Texts that end a literal, a comment or a line wherever they are put unescaped. */
export const hostileTexts: readonly string[] = [
  `*/ ${MARK}(); /*`,
  `\`\${${MARK}()}\``,
  `'; ${MARK}(); '`,
  `"; ${MARK}(); "`,
  `\\"; ${MARK}(); //`,
  `\n${MARK}();\n`,
  `\r\n${MARK}();`,
  `\u2028${MARK}();\u2029`,
  `</script><script>${MARK}()</script>`,
  `<!-- ${MARK}() -->`,
  `@ts-nocheck ${MARK}`,
  `/// <reference path="${MARK}" />`,
  `//# sourceMappingURL=${MARK}`,
  `\u202e${MARK}\u2066`,
  `__proto__`,
  `constructor`,
  `\\u0022); ${MARK}(); (\\u0022`,
  `{@link ${MARK}}`,
  `\ud800 ${MARK}`,
];

/** A document whose every text is one of those. */
export function hostileDocument(): JsonObject {
  const paths = hostileTexts.map((text, at): [string, Json] => [
    `/p${at}/{${text.replaceAll(/[{}/]/g, '')}}`,
    { post: operationOf(text, at) },
  ]);
  const schemas = hostileTexts.map((text, at): [string, Json] => [
    text,
    at % 2 === 0 ? objectOf(text) : { anyOf: [{ $ref: referenceTo(text) }, objectOf(text)] },
  ]);
  const schemes = hostileTexts.map((text): [string, Json] => [
    text,
    { type: 'apiKey', in: 'header', name: 'X-Key' },
  ]);
  const [title = ''] = hostileTexts;
  return {
    openapi: '3.1.0',
    info: { title, version: title, description: hostileTexts.join(' ') },
    servers: [{ url: 'https://api.example/`*/' }],
    components: {
      schemas: Object.fromEntries(schemas),
      securitySchemes: Object.fromEntries(schemes),
    },
    paths: Object.fromEntries(paths),
  };
}

function referenceTo(text: string): string {
  const pointer = text.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1');
  return `#/components/schemas/${encodeURIComponent(pointer)}`;
}

const objectOf = (text: string): JsonObject => ({
  type: 'object',
  description: text,
  required: [text],
  properties: Object.fromEntries([
    [text, { type: 'string', enum: [text, `${text}2`], default: text, description: text }],
    ['self', { $ref: referenceTo(text) }],
  ]),
});

function operationOf(text: string, at: number): JsonObject {
  const name = text.replaceAll(/[{}/]/g, '');
  return {
    operationId: text,
    summary: text,
    description: hostileTexts.join('\n'),
    tags: [text],
    parameters: [
      { name, in: 'path', required: true, description: text, schema: { type: 'string' } },
      { name: text, in: 'query', description: text, schema: { const: text } },
      { name: `${text}${at}`, in: 'query', schema: { type: 'string', pattern: text } },
    ],
    requestBody: {
      content: { 'application/json': { schema: { $ref: referenceTo(text) } } },
    },
    security: [{ [text]: [] }],
    responses: {},
  };
}
