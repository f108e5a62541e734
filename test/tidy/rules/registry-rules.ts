import type { Violation } from '../repository.ts';

const reference = 'docs/reference/errors.md';

/** The codes a reference page documents: those in a heading or in a table's first cell. */
export function documentedCodes(markdown: string): string[] {
  const codes = markdown.matchAll(
    /^(?:#{2,6}\s+`?([a-z][a-z0-9_]*)`?\s*$|\|\s*`([a-z][a-z0-9_]*)`)/gm,
  );
  return [...codes].map(([, heading, cell]) => heading ?? cell ?? '');
}

/** Every registered error code is documented, and no other is. */
export function errorRules(codes: readonly string[], markdown: string): Violation[] {
  const documented = documentedCodes(markdown);
  const at = { rule: 'error-reference', path: reference, line: 1 };
  return [
    ...codes
      .filter((code) => !documented.includes(code))
      .map((code) => ({ ...at, text: `the error ${code} is not documented` })),
    ...documented
      .filter((code) => !codes.includes(code))
      .map((code) => ({ ...at, text: `the documented error ${code} does not exist` })),
    ...documented
      .filter((code, index) => documented.indexOf(code) !== index)
      .map((code) => ({ ...at, text: `the error ${code} is documented twice` })),
  ];
}

/** Every limit is named in a test; `tests` are the texts of the test files. */
export function limitRules(names: readonly string[], tests: readonly string[]): Violation[] {
  return names
    .filter((name) => !tests.some((text) => new RegExp(`\\b${name}\\b`).test(text)))
    .map((name) => ({
      rule: 'limit-test',
      path: 'src/kernel/limits.ts',
      line: 1,
      text: `no test names the limit ${name}`,
    }));
}
