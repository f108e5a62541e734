/** A module that reaches outside the process or fixes an architecture, and where it may be used. */
export interface Door {
  readonly modules: readonly string[];
  /** Folders under src/ as the import table writes them; none means nowhere. */
  readonly folders: readonly string[];
  /** Named imports that open nothing and are free everywhere. */
  readonly harmless?: readonly string[];
}

/**
 * One door each: the only folders whose code may load these modules. Imports of types alone are
 * free, for they leave nothing at run time.
 */
export const doors: readonly Door[] = [
  { modules: ['node:child_process'], folders: ['connectors/mcp-stdio', 'connectors/sql'] },
  { modules: ['node:sqlite'], folders: ['storage/sqlite', 'connectors/sql'] },
  {
    modules: ['node:http', 'node:https', 'node:http2'],
    folders: ['http', 'egress'],
    harmless: ['STATUS_CODES', 'METHODS', 'validateHeaderName', 'validateHeaderValue'],
  },
  {
    modules: ['node:net', 'node:tls'],
    folders: ['http', 'egress'],
    harmless: ['BlockList', 'isIP', 'isIPv4', 'isIPv6'],
  },
  { modules: ['node:dns', 'node:dns/promises', 'node:dgram', 'undici'], folders: ['egress'] },
  { modules: ['ws'], folders: ['http', 'egress'] },
  { modules: ['hono', '@hono/node-server', '@hono/zod-openapi'], folders: ['http'] },
  { modules: ['swagger-ui-dist'], folders: ['http'] },
  { modules: ['kysely'], folders: ['storage', 'storage/x'] },
  { modules: ['pg'], folders: ['storage/postgres', 'connectors/sql'] },
  { modules: ['mysql2'], folders: ['connectors/sql'] },
  { modules: ['ioredis'], folders: ['storage/redis'] },
  {
    modules: ['node:worker_threads'],
    folders: ['app', 'connectors/openapi', 'connectors/sql', 'policy', 'storage/x'],
  },
  // No sandbox: a clock around synchronous code that foreign schemas make long.
  { modules: ['node:vm'], folders: ['chat'] },
  {
    modules: ['node:cluster', 'node:inspector', 'node:repl', 'node:wasi'],
    folders: [],
  },
];
