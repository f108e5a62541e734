import type { Json } from '../../kernel/json.ts';
import type { StoredMessage } from '../conversations/conversation.ts';
import type { Feedback } from './store.ts';

/** A call of a tool in an example. */
export interface ExampleCall {
  readonly id: string;
  readonly tool: string;
  readonly arguments: Json;
}

/** One entry of an example, in the order in which it was said or done. */
export type ExampleTurn =
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly calls: readonly ExampleCall[] }
  | {
      readonly role: 'tool';
      readonly results: readonly {
        readonly id: string;
        readonly tool: string;
        readonly text: string;
      }[];
    };

/**
 * What of a branch is worth learning: up to the first answer that was called bad and not corrected,
 * which goes with its question; and up to the first corrected one, for what follows was said to
 * another answer. It ends with an answer; undefined when nothing is left, and with `onlyRated` when
 * no answer in it was called good or corrected.
 */
export function exampleOf(
  branch: readonly StoredMessage[],
  feedback: readonly Feedback[],
  onlyRated: boolean,
): readonly ExampleTurn[] | undefined {
  const said = new Map(feedback.map((one) => [one.messageId, one]));
  const turns: ExampleTurn[] = [];
  let ratings = 0;
  for (const message of branch) {
    const rated = message.role === 'assistant' ? said.get(message.id) : undefined;
    if (rated === undefined) {
      turns.push(turnOf(message));
    } else if (rated.corrected !== null) {
      turns.push({ role: 'assistant', text: rated.corrected, calls: [] });
      ratings += 1;
      break;
    } else if (rated.rating === 'down') {
      turns.length = Math.max(
        0,
        turns.findLastIndex(({ role }) => role === 'user'),
      );
      break;
    } else {
      turns.push(turnOf(message));
      ratings += 1;
    }
  }
  const end = turns.findLastIndex(isAnswer);
  if (end < 0 || (onlyRated && ratings === 0)) return undefined;
  return turns.slice(0, end + 1);
}

function isAnswer(turn: ExampleTurn): boolean {
  return turn.role === 'assistant' && turn.calls.length === 0 && turn.text.trim() !== '';
}

function turnOf({ role, parts }: StoredMessage): ExampleTurn {
  if (role === 'tool') {
    const results = parts.flatMap((part) =>
      part.type === 'tool_result'
        ? { id: part.callId, tool: part.tool, text: textOf(part.content) }
        : [],
    );
    return { role, results };
  }
  const text = textOf(parts);
  if (role === 'user') return { role, text };
  const calls = parts.flatMap((part) =>
    part.type === 'tool_call'
      ? { id: part.callId, tool: part.tool, arguments: part.arguments }
      : [],
  );
  return { role, text, calls };
}

/** Texts as they are, files by their type alone. */
function textOf(parts: StoredMessage['parts']): string {
  const texts = parts.flatMap((part) => {
    if (part.type === 'text') return part.text;
    return part.type === 'file' ? `[a file, ${part.mediaType}]` : [];
  });
  return texts.join('\n');
}
