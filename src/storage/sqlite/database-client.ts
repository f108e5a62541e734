import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { GatewayError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { StatementResult } from '../stores/transaction.ts';
import type {
  TransactionName,
  TransactionParameters,
  TransactionResult,
} from '../stores/transactions.ts';
import { toStorageError } from './storage-error.ts';
import type {
  Statement,
  TaskResults,
  WorkerAnswer,
  WorkerGreeting,
  WorkerRequest,
  WorkerStart,
  WorkerTask,
} from './worker-protocol.ts';

interface Waiting {
  readonly resolve: (result: TaskResults[WorkerTask['kind']]) => void;
  readonly reject: (error: Error) => void;
}

/** The main thread's end of the database thread: sends tasks, hands back their results. */
export class DatabaseClient {
  /** The names of the migrations that the database lacked. */
  readonly appliedMigrations: readonly string[];
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #outbox: WorkerRequest[] = [];
  #nextId = 1;
  #closing: Promise<void> | undefined;
  #ended = false;

  private constructor(worker: Worker, log: Log, appliedMigrations: readonly string[]) {
    this.appliedMigrations = appliedMigrations;
    this.#worker = worker;
    worker.on('message', (answers: readonly WorkerAnswer[]) => this.#settle(answers));
    worker.on('error', (error) => {
      log.error({ reason: String(error) }, 'the database thread failed');
    });
    worker.on('exit', () => this.#end());
  }

  /** Starts the thread and opens the folder's database on it. */
  static async start(start: WorkerStart, log: Log): Promise<DatabaseClient> {
    const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
      name: 'database',
      workerData: start,
      // The process's own flags (an inspector, a test's input) are not this thread's.
      execArgv: [],
      // Rows live for one message, so a small young generation keeps the process lean.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    const greeting = await new Promise<WorkerGreeting>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    if (!greeting.ready) {
      await worker.terminate();
      throw new GatewayError(greeting.code, greeting.text);
    }
    const { appliedMigrations } = greeting;
    if (appliedMigrations.length > 0) {
      log.info({ migrations: appliedMigrations.length }, 'the database was brought up to date');
    }
    return new DatabaseClient(worker, log, appliedMigrations);
  }

  /** Runs one statement. */
  run(statement: Statement): Promise<StatementResult> {
    return this.#request({ kind: 'run', statement });
  }

  /** Runs a named transaction inside the thread. */
  async transact<Name extends TransactionName>(
    name: Name,
    parameters: TransactionParameters<Name>,
  ): Promise<TransactionResult<Name>> {
    const result = await this.#request({ kind: 'transact', name, parameters });
    return result as TransactionResult<Name>;
  }

  /** Stores usage lines; see `UsageStore.insert`. */
  insertUsage(lines: Uint8Array): Promise<TaskResults['insert_usage']> {
    // A copy of its own, because a view would take its whole buffer along.
    return this.#request({ kind: 'insert_usage', lines: new Uint8Array(lines) });
  }

  /** Empties the write-ahead log into the database, where what was deleted is overwritten. */
  async scrub(): Promise<void> {
    await this.#request({ kind: 'scrub' });
  }

  /** Finishes what was asked for, then closes the database and ends the thread. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#ended) return;
    const exited = once(this.#worker, 'exit');
    await this.#request({ kind: 'close' });
    // The thread ends by itself once its port is closed.
    await exited;
  }

  #request<Kind extends WorkerTask['kind']>(
    task: WorkerTask & { readonly kind: Kind },
  ): Promise<TaskResults[Kind]> {
    if (this.#ended || this.#closing !== undefined) {
      return Promise.reject(new GatewayError('storage_unavailable'));
    }
    const id = this.#nextId++;
    // One message for everything asked for in the same turn of the event loop.
    if (this.#outbox.push({ id, task }) === 1) queueMicrotask(() => this.#send());
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
    });
  }

  #send(): void {
    const requests = this.#outbox;
    this.#outbox = [];
    this.#worker.postMessage(requests);
  }

  #settle(answers: readonly WorkerAnswer[]): void {
    for (const answer of answers) {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('failure' in answer) waiting?.reject(toStorageError(answer.failure));
      else waiting?.resolve(answer.result);
    }
  }

  #end(): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values())
      reject(new GatewayError('storage_unavailable'));
    this.#waiting.clear();
  }
}
