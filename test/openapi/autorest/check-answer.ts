import { isDeepStrictEqual } from 'node:util';
import { HEADERS_META } from '../../../src/connectors/openapi/answer/answer-headers.ts';
import { objectMember, stringMember, type JsonObject } from '../../../src/kernel/json.ts';
import type { Answer } from './scenario.ts';

/** Says what is wrong with a tool's result; undefined when it is as expected. */
export function checkAnswer(answer: Answer, result: JsonObject): string | undefined {
  const shown = JSON.stringify(result).slice(0, 600);
  return isRight(answer, result) ? undefined : `expected ${answer.kind}, got ${shown}`;
}

const headersOf = (result: JsonObject): JsonObject =>
  objectMember(objectMember(result, '_meta'), HEADERS_META) ?? {};

const isEmpty = /^HTTP \d{3} [\w ]+ \(no content\)/;

function isRight(answer: Answer, result: JsonObject): boolean {
  const blocks = (result['content'] ?? []) as readonly JsonObject[];
  const [first = {}] = blocks;
  const text = stringMember(first, 'text') ?? '';
  const failed = result['isError'] === true;
  switch (answer.kind) {
    case 'nothing':
      return (
        !failed &&
        text.startsWith(`HTTP ${answer.status ?? 200} `) &&
        isEmpty.test(text) &&
        isDeepStrictEqual(headersOf(result), answer.headers ?? {})
      );
    case 'xml':
      return !failed && /^<[\s\S]+>$/.test(text.trim());
    case 'json':
      return (
        !failed &&
        isDeepStrictEqual(result['structuredContent'], answer.value) &&
        isDeepStrictEqual(JSON.parse(text), answer.value)
      );
    case 'text':
      return !failed && text === answer.text && result['structuredContent'] === undefined;
    case 'image':
      return !failed && first['mimeType'] === 'image/png' && first['data'] === answer.base64;
    case 'refused':
      return failed && answer.says.test(text);
    case 'failed':
      return failed && objectMember(result, 'structuredContent')?.['status'] === answer.status;
  }
}
