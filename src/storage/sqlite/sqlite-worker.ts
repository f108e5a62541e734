import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { GatewayError } from '../../kernel/errors.ts';
import { openDatabase, type OpenDatabase } from './open-database.ts';
import { stepsOf } from '../stores/transactions.ts';
import { resultCodeOf } from './result-codes.ts';
import { StatementRunner } from './statement-runner.ts';
import { UsageWriter } from './usage-writer.ts';
import type {
  TaskFailure,
  TaskResults,
  WorkerAnswer,
  WorkerGreeting,
  WorkerRequest,
  WorkerStart,
  WorkerTask,
} from './worker-protocol.ts';

// The entry of the database thread: the only file here that does something when it is loaded.
if (parentPort !== null) startSqliteWorker(parentPort, workerData as WorkerStart);

/** Opens the database, says so, and then does what it is asked until it is told to close. */
export function startSqliteWorker(port: MessagePort, options: WorkerStart): void {
  let opened: OpenDatabase;
  try {
    opened = openDatabase(options);
  } catch (error) {
    const code =
      error instanceof GatewayError && error.code === 'conflict' ? 'conflict' : 'internal';
    port.postMessage({ ready: false, code, text: textOf(error) } satisfies WorkerGreeting);
    port.close();
    return;
  }
  serve(port, opened);
  const { appliedMigrations } = opened;
  port.postMessage({ ready: true, appliedMigrations } satisfies WorkerGreeting);
}

function serve(port: MessagePort, opened: OpenDatabase): void {
  const runner = new StatementRunner(opened.database);
  const usage = new UsageWriter(opened.database, runner);
  const perform = (task: WorkerTask): TaskResults[WorkerTask['kind']] => {
    if (task.kind === 'run') return runner.run(task.statement);
    if (task.kind === 'transact') return runner.runSteps(stepsOf(task.name, task.parameters));
    if (task.kind === 'insert_usage') return usage.insert(task.lines);
    opened.close();
    return null;
  };
  const answer = ({ id, task }: WorkerRequest): WorkerAnswer => {
    try {
      return { id, result: perform(task) };
    } catch (error) {
      return { id, failure: failureOf(error) };
    }
  };
  port.on('message', (requests: readonly WorkerRequest[]) => {
    port.postMessage(requests.map(answer));
    if (requests.some(({ task }) => task.kind === 'close')) port.close();
  });
}

function failureOf(error: unknown): TaskFailure {
  const failure = { text: textOf(error), resultCode: resultCodeOf(error) };
  return error instanceof GatewayError ? { ...failure, code: error.code } : failure;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
