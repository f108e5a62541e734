import { delimiter, dirname } from 'node:path';

/**
 * The environment of somebody who has this Node and npm and nothing of this checkout: no settings
 * of npm or of the gateway, no binaries of development dependencies, no cache of compiled code.
 */
export function userEnvironment(): Readonly<Record<string, string>> {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(?:npm_|NODE_(?:OPTIONS|PATH|COMPILE|TEST)|MCP_GATEWAY|INIT_CWD)/i.test(name) &&
      name !== 'PATH',
  );
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !/node_modules|node-gyp-bin/.test(folder));
  return {
    ...(Object.fromEntries(kept) as Readonly<Record<string, string>>),
    PATH: [dirname(process.execPath), ...path].join(delimiter),
  };
}
