import type { Repository, TextFile, Violation } from '../repository.ts';

/** Joins the parts of a word that this file itself may not hold. */
const spell = (...parts: string[]): string => parts.join('');

const homes = [spell('wo', 'rk'), spell('ro', 'ot'), spell('Us', 'ers')].join('|');

/** Patterns no file of the repository may hold, and what each of them is. */
const forbidden: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`(?<![\\w.$}])/(?:${homes})/`), 'a path of one machine'],
  [new RegExp(spell('[A-Z]:\\\\{1,2}Us', 'ers\\\\')), 'a path of one machine'],
  [new RegExp(spell('-----BEGIN [A-Z ]*PRIV', 'ATE KEY-----')), 'a private key'],
  [/\b(?:AKIA[0-9A-Z]{16}|gh[opsu]_[A-Za-z0-9]{36}|npm_[A-Za-z0-9]{36})\b/, 'a credential'],
];

/** The lock file and npm's settings must not tie the project to one registry. */
const perFile: Readonly<Record<string, readonly [RegExp, string]>> = {
  'package-lock.json': [/"resolved":\s*"https?:/, 'a registry address'],
  '.npmrc': [/^\s*(?:@[\w-]+:)?registry\s*=|_auth/i, 'a registry address'],
};

const rule = 'forbidden-word';

function inFile({ path, text }: TextFile): Violation[] {
  const own = perFile[path];
  const patterns = own === undefined ? forbidden : [...forbidden, own];
  return text
    .split('\n')
    .flatMap((content, index) =>
      patterns
        .filter(([pattern]) => pattern.test(content))
        .map(([, what]) => ({ rule, path, line: index + 1, text: `holds ${what}` })),
    );
}

/** No file names one machine, one registry or a secret. */
export function forbiddenWords({ files }: Repository): Violation[] {
  return files.flatMap(inFile);
}
