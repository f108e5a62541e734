/** The revision the neutral model follows and the modern doors serve. */
export const MODERN_VERSION = '2026-07-28';

/** Modern revisions served downstream and spoken upstream, newest first. */
export const modernVersions: readonly string[] = [MODERN_VERSION];

/** The legacy revision offered when a client asks for one that is not served. */
export const LEGACY_VERSION = '2025-11-25';

/** Legacy revisions served downstream and spoken upstream, newest first. */
export const legacyVersions: readonly string[] = [
  LEGACY_VERSION,
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
];

/** Legacy revisions in which several messages may travel as one batch. */
export const batchVersions: ReadonlySet<string> = new Set(['2025-03-26', '2024-11-05']);

/** Envelope keys of `_meta` that belong to one hop and never travel on (basic/index, "_meta"). */
export const meta = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
  progressToken: 'progressToken',
} as const;

/** JSON-RPC codes with a meaning in MCP. */
export const rpcCode = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
  /** Legacy only: resource not found. */
  legacyResourceNotFound: -32002,
  /** 2025-11-25 only: the caller must visit a URL first. */
  legacyUrlElicitationRequired: -32042,
} as const;

/** Methods whose result may be `input_required` (basic/patterns/mrtr, "Supported Requests"). */
export const inputMethods: ReadonlySet<string> = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
]);

/** Client requests of 2026-07-28 and of the extensions the gateway routes. */
export const modernMethods: ReadonlySet<string> = new Set([
  'server/discover',
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'completion/complete',
  'subscriptions/listen',
  'tasks/get',
  'tasks/update',
  'tasks/cancel',
  'skills/list',
  'skills/get',
  'resources/directory/read',
]);

/** Client requests of legacy revisions that have the same name in the neutral model. */
export const legacyMethods: ReadonlySet<string> = new Set([
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'completion/complete',
  'skills/list',
  'skills/get',
  'resources/directory/read',
]);

/** How the gateway names itself on the wire. */
export const implementation = { name: 'mcp-gateway', version: '0.1.0' } as const;

/** True for a request that only listens: it ends with its client and has no deadline. */
export const isListen = ({ method }: { readonly method: string }): boolean =>
  method === 'subscriptions/listen';
