import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { plainText } from '../../upstream/plain-text.ts';
import { errorResult, structuredResult } from '../../upstream/tool-result.ts';
import type { OperationAnswer } from './send-operation.ts';

const ERRORS_SHOWN = 10;

/**
 * Turns a GraphQL response into a tool result. It is an error when nothing was answered; data
 * beside errors is a result that names them (GraphQL September 2025 §7).
 */
export function toToolResult(
  { status, data, errors }: OperationAnswer,
  charactersMax: number = limits.toolTextCharactersMax,
): JsonObject {
  const problems = errors.slice(0, ERRORS_SHOWN).map(errorText);
  if (errors.length > ERRORS_SHOWN) problems.push(`… and ${errors.length - ERRORS_SHOWN} more`);
  if (!isJsonObject(data) || (errors.length > 0 && isEmpty(data))) {
    const nothing = `The service answered HTTP ${status} without data.`;
    return errorResult(problems.length === 0 ? nothing : problems.join('\n'));
  }
  const characters = JSON.stringify(data).length;
  if (characters > charactersMax) {
    return errorResult(
      `The answer has ${characters} characters, more than the ${charactersMax} that fit. ` +
        'Ask for fewer items or fewer fields.',
    );
  }
  const note = `Only part of this could be answered:\n${problems.join('\n')}`;
  return structuredResult(data, ...(problems.length === 0 ? [] : [note]));
}

/** One error's message and the path of the field it belongs to. */
export function errorText(error: JsonObject): string {
  const message = typeof error['message'] === 'string' ? error['message'] : 'unknown error';
  const path = error['path'];
  const place = Array.isArray(path) ? ` (at ${path.map(String).join('.')})` : '';
  return `${plainText(message, 1_000)}${place.slice(0, 300)}`;
}

const isEmpty = (data: JsonObject): boolean => Object.values(data).every((value) => value === null);
