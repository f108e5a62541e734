import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { GatewayError } from '../../kernel/errors.ts';
import { openDatabase, type OpenDatabase } from './open-database.ts';
import type { TransactionName } from '../stores/transactions.ts';
import { usualTransactions } from '../stores/usual-transactions.ts';
import type { Steps } from '../stores/transaction.ts';
import { resultCodeOf } from './result-codes.ts';
import { StatementRunner } from './statement-runner.ts';
import type { UsageWriter } from './usage-writer.ts';
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

/** What is loaded when it is first asked for; a thread that only serves calls stays small. */
interface Late {
  usage?: UsageWriter;
  /** Why something could not be loaded. */
  failure?: unknown;
  stepsOf?: (name: TransactionName, parameters: unknown) => Steps<unknown>;
}

function serve(port: MessagePort, opened: OpenDatabase): void {
  const runner = new StatementRunner(opened.database);
  const late: Late = {};
  const perform = (task: WorkerTask): TaskResults[WorkerTask['kind']] => {
    if (task.kind === 'run') return runner.run(task.statement);
    if (task.kind === 'transact') {
      const usual = usualOf(task.name);
      const steps = usual?.(task.parameters) ?? late.stepsOf?.(task.name, task.parameters);
      if (steps === undefined) throw late.failure;
      return runner.runSteps(steps);
    }
    if (task.kind === 'insert_usage') {
      if (late.usage === undefined) throw late.failure;
      return late.usage.insert(task.lines);
    }
    if (task.kind === 'scrub') {
      opened.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return null;
    }
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
  const answerAll = (requests: readonly WorkerRequest[]): void => {
    port.postMessage(requests.map(answer));
    if (requests.some(({ task }) => task.kind === 'close')) port.close();
  };
  const loadLate = async (requests: readonly WorkerRequest[]): Promise<void> => {
    if (late.usage === undefined && requests.some(({ task }) => task.kind === 'insert_usage')) {
      const module = await import('./usage-writer.ts');
      late.usage = new module.UsageWriter(opened.database, runner);
    }
    if (late.stepsOf === undefined && requests.some(isUnusual)) {
      const [{ stepsOf }, { createTransactionMemo }] = await Promise.all([
        import('../stores/transactions.ts'),
        import('../stores/transaction-memo.ts'),
      ]);
      const memo = createTransactionMemo();
      late.stepsOf = (name, parameters) => stepsOf(name, parameters, memo);
    }
  };
  const isMissing = (request: WorkerRequest): boolean =>
    request.task.kind === 'insert_usage'
      ? late.usage === undefined
      : late.stepsOf === undefined && isUnusual(request);
  // Requests are done in the order in which they came, so those behind a loading one wait.
  const waiting: (readonly WorkerRequest[])[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      // What cannot be loaded fails as what needs it; the rest is done.
      await loadLate(next).catch((error: unknown) => (late.failure = error));
      answerAll(next);
      waiting.shift();
    }
  };
  port.on('message', (requests: readonly WorkerRequest[]) => {
    if (waiting.length === 0 && !requests.some(isMissing)) answerAll(requests);
    else if (waiting.push(requests) === 1) void work();
  });
}

function usualOf(name: TransactionName): ((parameters: unknown) => Steps<unknown>) | undefined {
  if (!Object.hasOwn(usualTransactions, name)) return undefined;
  // The caller's types have matched name and parameters.
  return usualTransactions[name as keyof typeof usualTransactions] as (
    parameters: unknown,
  ) => Steps<unknown>;
}

const isUnusual = ({ task }: WorkerRequest): boolean =>
  task.kind === 'transact' && usualOf(task.name) === undefined;

function failureOf(error: unknown): TaskFailure {
  const failure = { text: textOf(error), resultCode: resultCodeOf(error) };
  return error instanceof GatewayError ? { ...failure, code: error.code } : failure;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
