import { importTable, renderImportTable } from '../import-table.ts';
import type { Repository, Violation } from '../repository.ts';

const document = 'ARCHITECTURE.md';

/** The rows of the first Markdown table whose header names a folder and what it may import. */
function documentedRows(markdown: string): string[] | undefined {
  const lines = markdown.split('\n').map((line) => line.trim());
  const header = lines.findIndex((line) => /^\|\s*folder\s*\|\s*may import\s*\|$/i.test(line));
  if (header === -1) return undefined;
  const rest = lines.slice(header + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return end === -1 ? rest : rest.slice(0, end);
}

/** A row without code marks and with single spaces. */
function plain(row: string): string {
  return row.replaceAll('`', '').replace(/\s+/g, ' ').trim();
}

/** The import table that people read is the one the checker enforces. */
export function tableRules({ files }: Repository): Violation[] {
  const file = files.find(({ path }) => path === document);
  if (file === undefined) return [];
  const at = { rule: 'import-table-document', path: document, line: 1 };
  const shown = documentedRows(file.text)?.map(plain);
  if (shown === undefined) return [{ ...at, text: 'has no table "folder | may import"' }];
  const enforced = renderImportTable(importTable).split('\n').slice(2).map(plain);
  return [
    ...enforced
      .filter((row) => !shown.includes(row))
      .map((row) => ({ ...at, text: `lacks ${row}` })),
    ...shown
      .filter((row) => !enforced.includes(row))
      .map((row) => ({ ...at, text: `shows ${row}, which test/tidy/import-table.ts does not` })),
  ];
}
