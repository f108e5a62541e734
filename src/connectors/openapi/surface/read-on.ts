import type { JsonObject } from '../../../kernel/json.ts';
import { errorResult, textBlock } from '../../../upstream/tool-result.ts';
import type { UpstreamCaller } from '../../../upstream/upstream.ts';
import type { HeldAnswers } from '../answer/held-answers.ts';
import { restMeta, type KeepRest } from '../answer/to-tool-result.ts';

/** The argument by which any tool takes the cursor of the rest of its last answer. */
export const CURSOR_ARGUMENT = '_cursor';
/** The tool that lists for clients that send only arguments a schema names. */
export const READ_MORE_TOOL = 'read_more';

/** Where the rest of long answers is held, and for which service. */
export interface RestStore {
  readonly answers: HeldAnswers;
  readonly serviceId: string;
}

/** Reads on where one caller's answers of one tool were cut. */
export interface ReadOn {
  readonly keepRest: KeepRest;
  /** The page as a tool result; a cursor that is not known is a tool error. */
  page(cursor: string): JsonObject;
}

/** `advice` tells a model what to call for the rest. */
export function readOn(
  { answers, serviceId }: RestStore,
  { tenant, grantId }: UpstreamCaller,
  tool: string,
  advice: (cursor: string) => string,
): ReadOn {
  const owner = { serviceId, tenant, grantId, tool };
  return {
    keepRest(answer) {
      const cursor = answers.hold(owner, answer);
      return cursor === undefined ? undefined : { cursor, advice: advice(cursor) };
    },
    page(wanted) {
      const page = answers.page(owner, wanted);
      if (page === undefined) {
        return errorResult('The cursor is unknown or too old; ask for the answer again.');
      }
      const { text, json, cursor } = page;
      const next = cursor === undefined ? 'This is the end.' : advice(cursor);
      const meta = restMeta(cursor);
      if (!json) return { content: [textBlock(text), textBlock(next)], ...meta };
      const more = cursor === undefined ? {} : { nextCursor: cursor };
      const value = { ...(JSON.parse(text) as JsonObject), ...more };
      return {
        content: [textBlock(JSON.stringify(value)), textBlock(next)],
        structuredContent: value,
        ...meta,
      };
    },
  };
}

/** Advice for a tool that is called again with nothing but the cursor. */
export const callAgain = (cursor: string): string =>
  `For the rest, call this tool again with only ${JSON.stringify({ [CURSOR_ARGUMENT]: cursor })}.`;

/** Advice for clients that send only what a schema names. */
export const callReadMore = (cursor: string): string =>
  `For the rest, call ${READ_MORE_TOOL} with ${JSON.stringify({ cursor })}.`;
