import { estimateTokens } from '../../kernel/estimate-tokens.ts';
import type { ChatMessage, MessagePart, ToolResultPart } from '../conversations/message.ts';

/** What stands in the place of a result that was left out. */
export const LEFT_OUT = '[left out to fit the window; call the tool again if it is needed]';

/** Roughly what a picture or a page costs in any model. */
const FILE_TOKENS = 1_500;

/** A branch as it fits, and what was left out for it. */
export interface FittedHistory {
  readonly history: readonly ChatMessage[];
  readonly resultsLeftOut: number;
  readonly messagesLeftOut: number;
}

/**
 * Makes a branch fit into a number of tokens: the contents of the oldest results go first, those of
 * the last step last of all; then whole turns, the oldest first, but never the one that goes on.
 * Calls and their results stay together. Of what cannot be made to fit the smallest is returned.
 */
export function fitHistory(branch: readonly ChatMessage[], tokensMax: number): FittedHistory {
  let tokens = branch.reduce((sum, { parts }) => sum + tokensOf(parts), 0);
  const history = [...branch];
  let resultsLeftOut = 0;
  const empty = (isMeant: (at: number) => boolean): void => {
    for (let at = 0; at < history.length && tokens > tokensMax; at++) {
      const message = history[at] as ChatMessage;
      if (message.role !== 'tool' || !isMeant(at)) continue;
      const parts = message.parts.map((part) => {
        if (tokens <= tokensMax || part.type !== 'tool_result') return part;
        const saved = tokensOf([part]) - tokensOf([withoutContent(part)]);
        if (saved <= 0) return part;
        tokens -= saved;
        resultsLeftOut += 1;
        return withoutContent(part);
      });
      history[at] = { ...message, parts };
    }
  };
  const last = history.findLastIndex(({ role }) => role === 'tool');
  empty((at) => at !== last);
  let first = 0;
  const turnStarts = history.flatMap(({ role }, at) => (role === 'user' ? [at] : []));
  for (const start of turnStarts.slice(1)) {
    if (tokens <= tokensMax) break;
    const turn = history.slice(first, start);
    tokens -= turn.reduce((sum, { parts }) => sum + tokensOf(parts), 0);
    first = start;
  }
  empty(() => true);
  return { history: history.slice(first), resultsLeftOut, messagesLeftOut: first };
}

/** About how many tokens parts of a message are. */
export function tokensOf(parts: readonly MessagePart[]): number {
  return parts.reduce((sum, part) => sum + tokensOfPart(part), 0);
}

function tokensOfPart(part: MessagePart): number {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return estimateTokens(part.text);
    case 'file':
      return FILE_TOKENS;
    case 'tool_call':
      return estimateTokens(JSON.stringify(part.arguments)) + estimateTokens(part.tool);
    case 'tool_result':
      return tokensOf(part.content) + estimateTokens(part.tool);
  }
}

function withoutContent(part: ToolResultPart): ToolResultPart {
  return { ...part, content: [{ type: 'text', text: LEFT_OUT }] };
}
