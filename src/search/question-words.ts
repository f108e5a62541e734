import { fillers } from './word-families.ts';
import { wordForms } from './word-forms.ts';
import { wordRoot } from './word-root.ts';
import { wordStem } from './word-stem.ts';

/** A word of a question. */
export interface QuestionWord {
  /** Its stem. */
  readonly word: string;
  /** As it was written, in lower case. */
  readonly form: string;
  readonly root: string;
  /** True when it looks like the name or value of something, as an argument has it. */
  readonly isName: boolean;
  /** True when it is written as initials are: `PR`. */
  readonly isInitials: boolean;
  /** The stem of the word that follows at once, when that says something too. */
  readonly next: string | undefined;
}

const QUOTED = /"([^"]*)"|“([^”]*)”|(?<=^|\s)'([^']+)'(?=\W|$)/g;
const CAPITAL = /^[^\p{L}]*\p{Lu}/u;

/**
 * The different words of a question that say what is wanted. What is quoted, written with a
 * capital inside a sentence or has digits is taken for a name.
 */
export function questionWords(question: string): readonly QuestionWord[] {
  const words = new Map<string, Omit<QuestionWord, 'word' | 'next'>>();
  const add = (text: string, isName: boolean): void => {
    for (const form of wordForms(text, (word) => word)) {
      const word = wordStem(form);
      const before = words.get(word)?.isName;
      words.set(word, {
        form,
        root: wordRoot(form),
        isName: isName && before !== false,
        isInitials: /^\P{L}*\p{Lu}{2}\P{L}*$/u.test(text),
      });
    }
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
  const following = nextWords(wordForms(question));
  const all = [...words].map(([word, one]): QuestionWord => ({
    word,
    ...one,
    next: following.get(word),
  }));
  const telling = all.filter(({ word }) => !fillers.has(word));
  return telling.length === 0 ? all : telling;
}

function nextWords(words: readonly string[]): ReadonlyMap<string, string> {
  const next = new Map<string, string>();
  for (const [at, word] of words.entries()) {
    const after = words[at + 1];
    if (after !== undefined && !fillers.has(after) && !next.has(word)) next.set(word, after);
  }
  return next;
}
