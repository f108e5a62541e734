import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { sqlConnector } from '../../src/connectors/sql/connector.ts';
import { openConnector } from './open-connector.ts';

/** Runs one statement on a SQLite file and tells the process id of the child that runs it. */
export async function runInChild(file: string, sql: string): Promise<number> {
  const service = await openConnector(sqlConnector, {
    dialect: 'sqlite',
    file,
    statements: [{ name: 'run', description: 'Runs.', sql, timeoutMs: 60_000 }],
  });
  void service.call('run');
  for (;;) {
    const { pid } = process;
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    // Time to start and to be deep in the statement.
    if (child !== undefined && child !== '') return await pause(1_000, Number(child));
    await pause(20);
  }
}

if (import.meta.main && process.send !== undefined) {
  const [, , file = '', sql = ''] = process.argv;
  process.send({ child: await runInChild(file, sql) });
}
