import { fileURLToPath } from 'node:url';
import type { HostileGroup } from './case.ts';
import { groups } from './suite.ts';

/** Where the table of cases is kept. */
export const TABLE_FILE = fileURLToPath(new URL('../../THREATS.md', import.meta.url));

const intro = `# Threats

What is sent to the gateway on purpose, and what must come of it. \`npm run hostile\` sends every
case to a running gateway. After each case the same process must still answer within a second, its
event loop must not have been late, memory, files and children must be back where they were, a
listener that nobody may reach must be untouched, planted secrets must be in no answer, log or
file, and no answer may show the inside. Another caller calls a tool ten times a second all the
while and must not notice.

This file is written by \`npm run hostile -- --table\`.
`;

/** The cases as Markdown. */
export function threatTable(): string {
  return `${intro}${groups.map(section).join('')}`;
}

function section({ heading, cases }: HostileGroup): string {
  const run = cases.filter((one) => one.run !== undefined);
  const left = cases.filter((one) => one.run === undefined);
  const rows = run.map(
    ({ id, title, expected }) => `| ${id} | ${cell(title)} | ${cell(expected)} |`,
  );
  const absent = left.map(({ id, title, missing = '' }) => `- ${id} ${title}: ${missing}`);
  const head = `\n## ${heading}\n\n| case | sent | must come of it |\n|---|---|---|\n`;
  const table = `${head}${rows.join('\n')}\n`;
  return absent.length === 0 ? table : `${table}\nNot run:\n\n${absent.join('\n')}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}
