import { makeDatabase } from './postgres-databases.ts';

/** What a gateway process in a test is told about its database. */
export interface GatewayDatabase extends AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * A database of its own for one gateway in a test. `TEST_DATABASE_URL` names a PostgreSQL server
 * whose user may make databases; without it the gateway keeps everything in its data folder.
 */
export async function gatewayDatabase(
  given: Readonly<Record<string, string>> = {},
): Promise<GatewayDatabase> {
  const serverUrl = process.env['TEST_DATABASE_URL'];
  if (serverUrl === undefined || given['MCP_GATEWAY_DATABASE_URL'] !== undefined) {
    return { environment: given, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const database = await makeDatabase(serverUrl);
  return {
    environment: { ...given, MCP_GATEWAY_DATABASE_URL: database.url },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
