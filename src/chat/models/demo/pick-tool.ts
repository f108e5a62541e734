import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider';

/** A word of a tool's name says more about it than one of its description. */
const NAME_WEIGHT = 3;
const WORDS_OF_ALL: ReadonlySet<string> = new Set(
  (
    'a an and are at be by can do for from get give how in is it me my of on or please show tell ' +
    'the this to use what which with you'
  ).split(' '),
);

/**
 * The tool whose name and description have the most words of the question; the first one of equals,
 * and none when no word fits.
 */
export function pickTool(
  question: string,
  tools: readonly LanguageModelV4FunctionTool[],
): LanguageModelV4FunctionTool | undefined {
  const asked = wordsOf(question);
  let best: LanguageModelV4FunctionTool | undefined;
  let bestScore = 0;
  for (const tool of tools) {
    const [inName, inText] = [wordsOf(tool.name), wordsOf(tool.description ?? '')];
    let score = 0;
    for (const word of asked) {
      if (inName.has(word)) score += NAME_WEIGHT;
      else if (inText.has(word)) score += 1;
    }
    if (score > bestScore) [best, bestScore] = [tool, score];
  }
  return best;
}

/** Words in small letters without their commonest endings: `getForecasts` → forecast. */
function wordsOf(text: string): ReadonlySet<string> {
  const parts = text
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu);
  const words = (parts ?? []).map((word) => word.replace(/(?<=\p{L}{3})(?:ing|ed|es|s)$/u, ''));
  return new Set(words.filter((word) => !WORDS_OF_ALL.has(word)));
}
