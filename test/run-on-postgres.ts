import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findPostgres, startPostgres } from './support/start-postgres.ts';

/**
 * Runs a command with a PostgreSQL server of its own, where every gateway that the tests start
 * gets a database: `node test/run-on-postgres.ts node test/run-tests.ts`.
 */

const programs = findPostgres();
if (programs === undefined) throw new Error('PostgreSQL is not installed');
const [command, ...words] = process.argv.slice(2);
if (command === undefined) throw new Error('Give a command.');
await using server = await startPostgres(programs);
const child = spawn(command, words, {
  stdio: 'inherit',
  env: { ...process.env, TEST_DATABASE_URL: server.url },
});
const [code] = (await once(child, 'exit')) as [number | null];
process.exitCode = code ?? 1;
