import { Worker } from 'node:worker_threads';
import { StatementError } from '../statement-error.ts';
import type { SqliteAnswer, SqliteTask } from './sqlite-protocol.ts';
import { SqliteSession } from './sqlite-session.ts';
import type { WatchStart } from './watch-parent.ts';

// The entry of the child process: it does something only when it is one.
if (import.meta.main && process.send !== undefined) {
  const [, , file = '', parentId] = process.argv;
  startSqliteChild(file, Number(parentId));
}

/** Serves one database file to the parent process until the parent is gone. */
export function startSqliteChild(file: string, parentId: number): void {
  const start: WatchStart = { parentId };
  const watch = new Worker(new URL('./watch-parent.ts', import.meta.url), { workerData: start });
  watch.unref();
  const session = new SqliteSession(file);
  process.on('message', (task: SqliteTask) => {
    process.send?.(answerTask(session, task));
  });
  process.on('disconnect', () => process.exit());
}

function answerTask(session: SqliteSession, task: SqliteTask): SqliteAnswer {
  try {
    return task.kind === 'inspect'
      ? { kind: 'version', version: session.version() }
      : { kind: 'result', result: session.run(task.request) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (!(error instanceof StatementError)) return { kind: 'unusable', text };
    const { problem, code, cause } = error;
    return { kind: 'failure', problem, code, text: cause instanceof Error ? cause.message : text };
  }
}
