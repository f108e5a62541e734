import type { ExtensionOutcome, McpOutcome } from '../mcp/message.ts';
import type { TaskReference } from './task-reference.ts';

/** A call that goes on as a task. */
export interface TaskOutcome extends ExtensionOutcome {
  /** See `taskText`. */
  readonly task: string;
}

/** True for the outcome of a call that goes on as a task. */
export function isTask(outcome: McpOutcome): outcome is TaskOutcome {
  return outcome.resultType === 'extension' && 'task' in outcome;
}

/** A task as usage records name it: who keeps it, and its id there. */
export function taskText(keeper: TaskReference['keeper'], id: string): string {
  return `${keeper}:${id}`;
}

/** Reads what `taskText` wrote. */
export function readTaskText(text: string): Pick<TaskReference, 'keeper' | 'id'> {
  const keeper = text.startsWith('gateway:') ? 'gateway' : 'upstream';
  return { keeper, id: text.slice(keeper.length + 1) };
}
