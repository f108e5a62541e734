import type { ProfileName } from '../../../src/connectors/openapi/profiles/profile-names.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';

/** A tool as a converter lists it. */
export interface ListedTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: JsonObject;
  readonly outputSchema?: JsonObject;
}

/** What a call of a tool answered. */
export interface CallAnswer {
  readonly isError: boolean;
  readonly text: string;
}

/** One document as a converter serves it. */
export interface ServedDocument extends AsyncDisposable {
  readonly tools: readonly ListedTool[];
  /** The operation (`GET /path`) a tool calls, where the converter says so. */
  operationOf(tool: ListedTool): string | undefined;
  /** The tool as it is listed to a family of clients, by a converter that knows them. */
  fitted?(tool: ListedTool, profile: ProfileName): ListedTool;
  /** Calls a tool. Rejects when the converter refuses, dies or takes too long. */
  call(name: string, given: JsonObject): Promise<CallAnswer>;
}

/** Something that makes tools of API documents. */
export interface Converter {
  readonly name: string;
  /**
   * Serves a document, whose API is at the base URL, if one is given, instead of where it says.
   * Rejects when it does not take the document.
   */
  open(document: JsonObject, baseUrl?: string): Promise<ServedDocument>;
}

/** What one document may take of a converter: a start and a list; a call; memory. */
export const converterBounds = { openMs: 60_000, callMs: 10_000, heapMegabytes: 2_048 } as const;
