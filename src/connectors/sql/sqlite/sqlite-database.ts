import { fork, type ChildProcess } from 'node:child_process';
import { GatewayError } from '../../../kernel/errors.ts';
import type { SqliteConfig } from '../config.ts';
import type { Database, DatabaseConnection, RunRequest, RunResult } from '../database.ts';
import { StatementError } from '../statement-error.ts';
import type { SqliteAnswer, SqliteTask } from './sqlite-protocol.ts';

const CHILD = new URL('./sqlite-child.ts', import.meta.url);
/** A child gets nothing of the gateway's environment. */
const NO_ENVIRONMENT = {};
const MEMORY_MEGABYTES = 256;

/**
 * A SQLite file, served by child processes. A statement of SQLite cannot be stopped from within
 * its own process, nor by ending a thread; a process can be killed, and takes the memory with it.
 */
export function createSqliteDatabase(config: SqliteConfig): Database {
  return {
    connect: () => Promise.resolve(new SqliteConnection(config.file)),
    async inspect(connection) {
      return `SQLite ${await (connection as SqliteConnection).version()}`;
    },
  };
}

class SqliteConnection implements DatabaseConnection {
  readonly #child: ChildProcess;
  #waiting: ((answer: SqliteAnswer) => void) | undefined;
  #ended = false;

  constructor(file: string) {
    this.#child = fork(CHILD, [file, String(process.pid)], {
      env: NO_ENVIRONMENT,
      execArgv: [
        '--disable-warning=ExperimentalWarning',
        `--max-old-space-size=${MEMORY_MEGABYTES}`,
      ],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      cwd: '/',
    });
    this.#child.on('message', (answer: SqliteAnswer) => this.#settle(answer));
    this.#child.on('error', () => this.close());
    this.#child.on('exit', () => this.#end());
    // Between statements the child keeps nobody alive.
    this.#child.unref();
    this.#child.channel?.unref();
  }

  get usable(): boolean {
    return !this.#ended;
  }

  async version(): Promise<string> {
    const answer = await this.#ask({ kind: 'inspect' });
    if (answer.kind === 'version') return answer.version;
    const text = 'The database file cannot be opened: it must exist and be a SQLite database.';
    throw new GatewayError('invalid_configuration', text, { cause: answer });
  }

  async run(request: RunRequest): Promise<RunResult> {
    const answer = await this.#ask({ kind: 'run', request });
    switch (answer.kind) {
      case 'result':
        return answer.result;
      case 'failure': {
        const { problem, code, text } = answer;
        throw new StatementError(problem, code, text, new Error(text));
      }
      default: {
        this.close();
        const cause = answer.kind === 'unusable' ? new Error(answer.text) : undefined;
        throw new GatewayError('upstream_failed', undefined, { cause });
      }
    }
  }

  close(): void {
    this.#child.kill('SIGKILL');
    this.#end();
  }

  #ask(task: SqliteTask): Promise<SqliteAnswer> {
    return new Promise((resolve) => {
      if (this.#ended) {
        resolve({ kind: 'unusable', text: 'the process has ended' });
        return;
      }
      this.#waiting = resolve;
      this.#child.channel?.ref();
      this.#child.send(task, (error) => {
        if (error !== null) this.close();
      });
    });
  }

  #settle(answer: SqliteAnswer): void {
    this.#child.channel?.unref();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(answer);
  }

  #end(): void {
    this.#ended = true;
    this.#settle({ kind: 'unusable', text: 'the process has ended' });
  }
}
