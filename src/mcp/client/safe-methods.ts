const SAFE = new Set([
  'server/discover',
  'ping',
  'tools/list',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'completion/complete',
  'tasks/get',
  'tasks/list',
]);

/** True for requests that change nothing on the server and do no harm when sent twice. */
export const isSafeMethod = (method: string): boolean => SAFE.has(method);
