import { StatementError } from '../statement-error.ts';
import type { SqliteAnswer, SqliteTask } from './sqlite-protocol.ts';
import { SqliteSession } from './sqlite-session.ts';

// The entry of the child process: it does something only when it is one.
if (import.meta.main && process.send !== undefined) startSqliteChild(process.argv[2] ?? '');

/** Serves one database file to the parent process until the channel to it closes. */
export function startSqliteChild(file: string): void {
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
