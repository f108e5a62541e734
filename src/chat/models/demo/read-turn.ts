import type { LanguageModelV4Prompt, LanguageModelV4ToolResultPart } from '@ai-sdk/provider';

/** Where a conversation stands, as the scripted model sees it. */
export interface Turn {
  /** The texts of the last message of the user. */
  readonly question: string;
  /** What tools said since then, in order. */
  readonly results: readonly LanguageModelV4ToolResultPart[];
  /** Calls of tools in all of the conversation. */
  readonly calls: number;
}

/** Of a longer question the rest is not looked at. */
const QUESTION_CHARACTERS = 10_000;

/** Reads the last turn of a prompt. */
export function readTurn(prompt: LanguageModelV4Prompt): Turn {
  let question = '';
  let results: LanguageModelV4ToolResultPart[] = [];
  let calls = 0;
  for (const message of prompt) {
    if (message.role === 'user') {
      question = message.content
        .flatMap((part) => (part.type === 'text' ? part.text : []))
        .join(' ');
      results = [];
    } else if (message.role === 'tool') {
      results.push(...message.content.filter((part) => part.type === 'tool-result'));
    } else if (message.role === 'assistant') {
      calls += message.content.filter((part) => part.type === 'tool-call').length;
    }
  }
  return { question: question.slice(0, QUESTION_CHARACTERS), results, calls };
}
