import { fillers } from './word-families.ts';
import { wordForms } from './word-forms.ts';

/** A word of a question. */
export interface QuestionWord {
  readonly word: string;
  /** True when it looks like the name or value of something, as an argument has it. */
  readonly isName: boolean;
}

const QUOTED = /"([^"]*)"|“([^”]*)”|(?<=^|\s)'([^']+)'(?=\W|$)/g;
const CAPITAL = /^[^\p{L}]*\p{Lu}/u;

/**
 * The different words of a question that say what is wanted. What is quoted, written with a
 * capital inside a sentence or has digits is taken for a name.
 */
export function questionWords(question: string): readonly QuestionWord[] {
  const words = new Map<string, boolean>();
  const add = (text: string, isName: boolean): void => {
    for (const word of wordForms(text)) words.set(word, isName && words.get(word) !== false);
  };
  const rest = question.replaceAll(QUOTED, (_, ...groups: readonly (string | undefined)[]) => {
    add(groups.slice(0, 3).find((group) => group !== undefined) ?? '', true);
    return ' ';
  });
  let isFirst = true;
  for (const raw of rest.split(/\s+/)) {
    if (raw === '') continue;
    add(raw, (!isFirst && CAPITAL.test(raw)) || /[\d@]/.test(raw));
    isFirst = /[.?!:]$/.test(raw);
  }
  const all = [...words].map(([word, isName]) => ({ word, isName }));
  const telling = all.filter(({ word }) => !fillers.has(word));
  return telling.length === 0 ? all : telling;
}
