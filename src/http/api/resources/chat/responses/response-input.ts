import type { NewArtifact } from '../../../../../chat/conversations/artifact-store.ts';
import type { BroughtResult } from '../openai/bring-results.ts';
import { readContent, textOfContent, withEarlier, wrong } from '../openai/sent-content.ts';
import { responseOfItem, type ResponsePlace } from './response-id.ts';
import type { InputItem, ResponseBody } from './response-request.ts';

/** What the input of a request is: results of open calls, or something that a user says. */
export type ReadInput =
  | { readonly kind: 'results'; readonly results: readonly BroughtResult[] }
  | {
      readonly kind: 'said';
      readonly text: string;
      readonly files: readonly NewArtifact[];
      /** What items of the input tell the model how to be. */
      readonly told: readonly string[];
      /** The response that an item is referred to of, which it goes on with. */
      readonly base: ResponsePlace | undefined;
    };

/** An item with where it is. */
interface PlacedItem {
  readonly item: InputItem;
  readonly field: string;
}

/** Reads the input. Throws `invalid_params` for what cannot be taken. */
export function readInput({ input }: Pick<ResponseBody, 'input'>): ReadInput {
  if (typeof input === 'string') {
    return { kind: 'said', text: input, files: [], told: [], base: undefined };
  }
  const items = input.map((item, at): PlacedItem => ({ item, field: `input[${at}]` }));
  const lastUser = items.findLastIndex(({ item }) => isMessage(item) && item.role === 'user');
  const results = items.slice(lastUser + 1).flatMap(resultOf);
  if (results.length > 0) return { kind: 'results', results };
  return said(items);
}

function said(items: readonly PlacedItem[]): ReadInput {
  const told = items.flatMap(({ item }) => (isTold(item) ? textOfContent(item.content) : []));
  const rest = items.filter(({ item }) => !isTold(item) && !isMute(item));
  const others = rest.findLastIndex(({ item }) => !isMessage(item) || item.role !== 'user');
  const now = rest.slice(others + 1).map(({ item, field }) => readContent(item.content, field));
  if (now.length === 0) {
    const fix = 'Let the last item be a message of a user, or bring the results of open calls.';
    throw wrong('input', 'does not end with a message of a user', fix);
  }
  const before = rest.slice(0, others + 1);
  const referred = before.findLastIndex(({ item }) => item.type === 'item_reference');
  const base = baseOf(before[referred]);
  const earlier = before.slice(referred + 1).flatMap(lineOf);
  const text = now.map((one) => one.text).join('\n');
  const files = now.flatMap((one) => one.files);
  if (text === '') throw wrong('input', 'says nothing', 'Send a text.');
  return { kind: 'said', text: withEarlier(earlier, text, 'input'), files, told, base };
}

function baseOf(referred: PlacedItem | undefined): ResponsePlace | undefined {
  if (referred === undefined) return undefined;
  const { item, field } = referred;
  const base = responseOfItem(item.id ?? '');
  if (base === undefined) {
    throw wrong(field, 'refers to no item of a response', 'Send the item itself.');
  }
  return base;
}

function isMessage({ type, role }: InputItem): boolean {
  return role !== undefined && (type === 'message' || type === undefined || type === null);
}

function isTold(item: InputItem): boolean {
  return isMessage(item) && (item.role === 'system' || item.role === 'developer');
}

/** What a client sends back and the gateway knows better. */
function isMute({ type }: InputItem): boolean {
  return type === 'reasoning' || type?.startsWith('mcp_') === true;
}

function resultOf({ item, field }: PlacedItem): readonly BroughtResult[] {
  if (item.type === 'function_call_output') {
    const output = textOfContent(item.output);
    return [{ field, answer: { id: item.call_id ?? '', kind: 'caller', output } }];
  }
  if (item.type !== 'mcp_approval_response') return [];
  const { approval_request_id: id = '', approve: isApproved = false } = item;
  return [{ field, answer: { id, kind: 'approval', isApproved } }];
}

/** What was said and done before, as a line of text. */
function lineOf({ item, field }: PlacedItem): readonly string[] {
  if (isMessage(item)) return [`${item.role}: ${textOfContent(item.content)}`];
  switch (item.type) {
    case 'function_call':
      return [`assistant: [called ${item.name ?? ''} with ${item.arguments ?? ''}]`];
    case 'function_call_output':
      return [`result: ${textOfContent(item.output)}`];
    default: {
      const problem = `has the type ${JSON.stringify((item.type ?? '').slice(0, 40))}`;
      throw wrong(field, `${problem}, which is not taken`, 'Send messages and results of calls.');
    }
  }
}
