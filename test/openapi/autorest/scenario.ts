import type { Json, JsonObject } from '../../../src/kernel/json.ts';

/** What a call must answer. */
export type Answer =
  /** This status, 200 when none is given, without a body; only these documented headers. */
  | { readonly kind: 'nothing'; readonly status?: number; readonly headers?: JsonObject }
  | { readonly kind: 'json'; readonly value: Json }
  /** A body that is no JSON, or is broken JSON. */
  | { readonly kind: 'text'; readonly text: string }
  /** A document of XML, as text. */
  | { readonly kind: 'xml' }
  | { readonly kind: 'image'; readonly base64: string }
  /** The gateway sends nothing, or passes nothing on, and says why. */
  | { readonly kind: 'refused'; readonly says: RegExp }
  /** The server answers with this status. */
  | { readonly kind: 'failed'; readonly status: number };

/** One call of an operation and what is expected of it. */
export interface Scenario {
  readonly operation: string;
  /** Its name in the server's report; absent when the server keeps no count of it. */
  readonly reaches?: string;
  /** The tool's arguments as JSON text, for numbers that JavaScript cannot hold. */
  readonly given: JsonObject | string;
  readonly answer: Answer;
}

/** The calls of one document and the part of the report that they are measured by. */
export interface Suite {
  /** The document's file name without its ending. */
  readonly document: string;
  /** Matches the names of the scenarios that belong to the document. */
  readonly counts: RegExp;
  readonly scenarios: readonly Scenario[];
  /** Further members of the service's configuration. */
  readonly config?: JsonObject;
}

const nothing: Answer = { kind: 'nothing' };

/** A call that answers as told; without an answer none is expected. */
export const call = (
  operation: string,
  reaches: string,
  given: Scenario['given'] = {},
  answer: Answer = nothing,
): Scenario => ({ operation, reaches, given, answer });

/** A call without arguments that answers a JSON value. */
export const get = (operation: string, reaches: string, value: Json): Scenario =>
  call(operation, reaches, {}, { kind: 'json', value });

/** A call without arguments that answers text. */
export const getText = (operation: string, reaches: string, text: string): Scenario =>
  call(operation, reaches, {}, { kind: 'text', text });

/** A call with a body and an empty answer. */
export const put = (operation: string, reaches: string, body: Json): Scenario =>
  call(operation, reaches, { body });

/** A call that must not get through; the server keeps no count of such calls. */
export const refused = (operation: string, given: JsonObject, says: RegExp): Scenario => ({
  operation,
  given,
  answer: { kind: 'refused', says },
});
