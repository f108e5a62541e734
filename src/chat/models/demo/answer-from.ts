import type { LanguageModelV4ToolResultPart } from '@ai-sdk/provider';

/** How every answer of the scripted model begins. */
export const DISCLAIMER =
  'This is the built-in demo, no language model: it follows a script and understands nothing.';

const SHOWN_CHARACTERS = 800;

/** Says what came back of each call. */
export function answerFrom(results: readonly LanguageModelV4ToolResultPart[]): string {
  const lines = results.map(({ toolName, output }) => {
    const { text: wrapped, isError } = textOf(output);
    const { text, mark } = unwrapped(wrapped);
    const shown =
      text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS).toWellFormed()} …` : text;
    return isError
      ? `I called ${toolName}, and it failed: ${shown}${mark}`
      : `I called ${toolName}, and it said: ${shown}${mark}`;
  });
  return [DISCLAIMER, ...lines].join('\n\n');
}

/** What the loop puts around a result, and the mark by which it is cited. */
const WRAPPED = /^<tool_result id="(t\d+)"[^>]*>\n?(.*?)\n?<\/tool_result>$/s;

function unwrapped(text: string): { readonly text: string; readonly mark: string } {
  const [, id, inner] = WRAPPED.exec(text) ?? [];
  return id === undefined ? { text, mark: '' } : { text: inner ?? '', mark: ` [${id}]` };
}

function textOf(output: LanguageModelV4ToolResultPart['output']): {
  readonly text: string;
  readonly isError: boolean;
} {
  switch (output.type) {
    case 'text':
      return { text: output.value, isError: false };
    case 'json':
      return { text: JSON.stringify(output.value), isError: false };
    case 'error-text':
      return { text: output.value, isError: true };
    case 'error-json':
      return { text: JSON.stringify(output.value), isError: true };
    case 'execution-denied':
      return { text: output.reason ?? 'it was not allowed', isError: true };
    case 'content': {
      const texts = output.value.map((part) =>
        part.type === 'text' ? part.text : `(a file: ${part.type})`,
      );
      return { text: texts.join('\n'), isError: false };
    }
  }
}
