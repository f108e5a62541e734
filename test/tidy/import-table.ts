/**
 * Who may import whom under src/: the one copy that code reads. `ARCHITECTURE.md` shows the same
 * rows to people; the checker compares the two.
 *
 * A row's `folder` is a folder under src/, a file at its root, or `group/x` for every subfolder of
 * a group. `may` lists folders, `group/x`, `store.ts` (the store interface of any domain) or
 * `everything`; `not` takes away from `everything`. Every folder may import `kernel` and itself.
 */
export interface ImportRow {
  readonly folder: string;
  readonly may: readonly string[];
  readonly not?: readonly string[];
}

/** The rows, from the inside of the house outwards. */
export const importTable: readonly ImportRow[] = [
  { folder: 'kernel', may: [] },
  { folder: 'search', may: [] },
  { folder: 'mcp', may: [] },
  { folder: 'audit', may: [] },
  { folder: 'identity', may: [] },
  { folder: 'metering', may: [] },
  { folder: 'webhooks', may: [] },
  { folder: 'upstream', may: ['mcp'] },
  { folder: 'policy', may: ['mcp', 'catalog', 'webhooks'] },
  { folder: 'egress', may: [] },
  { folder: 'catalog', may: ['mcp', 'upstream'] },
  { folder: 'billing', may: ['metering', 'webhooks'] },
  {
    folder: 'gateway',
    may: ['mcp', 'upstream', 'identity', 'catalog', 'policy', 'metering', 'audit', 'webhooks'],
  },
  { folder: 'connectors/x', may: ['search', 'mcp', 'upstream'] },
  { folder: 'jobs', may: ['store.ts'] },
  { folder: 'connectors', may: ['connectors/x', 'mcp', 'upstream'] },
  { folder: 'tool-search', may: ['search', 'mcp', 'upstream', 'catalog', 'gateway'] },
  { folder: 'chat', may: ['search', 'mcp', 'identity', 'catalog', 'gateway', 'tool-search'] },
  { folder: 'workflow', may: ['mcp', 'identity', 'catalog', 'gateway'] },
  { folder: 'storage/x', may: ['store.ts', 'storage', 'storage/stores'] },
  { folder: 'storage', may: ['store.ts'] },
  {
    folder: 'http',
    may: [
      'mcp',
      'identity',
      'catalog',
      'policy',
      'metering',
      'audit',
      'billing',
      'webhooks',
      'gateway',
      'tool-search',
      'chat',
      'workflow',
    ],
  },
  {
    folder: 'admin',
    may: ['mcp', 'upstream', 'catalog', 'gateway', 'http', 'connectors/x'],
  },
  { folder: 'stdio', may: ['mcp', 'identity', 'gateway'] },
  { folder: 'app', may: ['everything'], not: ['cli', 'main.ts'] },
  { folder: 'cli', may: ['app'] },
  { folder: 'main.ts', may: ['cli'] },
  { folder: 'index.ts', may: ['everything'], not: ['app', 'cli', 'main.ts'] },
];

/** The table as the Markdown rows that `ARCHITECTURE.md` carries. */
export function renderImportTable(table: readonly ImportRow[] = importTable): string {
  const rows = table.map(({ folder, may, not }) => {
    const allowed = may.length === 0 ? '—' : may.join(', ');
    const denied = not === undefined ? '' : ` except ${not.join(', ')}`;
    return `| ${folder} | ${allowed}${denied} |`;
  });
  return ['| folder | may import |', '|---|---|', ...rows].join('\n');
}
