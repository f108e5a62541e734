import { parseArgs } from 'node:util';
import type { Listening } from './listen.ts';

/** What an example server is told on its command line. */
export interface ExampleFlags {
  /** 0 takes a free port. */
  readonly port: number;
  /** Where it keeps its data. */
  readonly data: string;
}

/**
 * Runs an example server as a program: prints one JSON line when it listens, and stops on a signal
 * or when the program that started it closes its standard input (`--with-parent`).
 */
export async function runExample(
  defaults: ExampleFlags,
  start: (flags: ExampleFlags) => Promise<Listening>,
): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: String(defaults.port) },
      data: { type: 'string', default: defaults.data },
      'with-parent': { type: 'boolean', default: false },
    },
  });
  const server = await start({ port: Number(values.port), data: values.data });
  console.log(JSON.stringify({ event: 'listening', url: server.url }));
  const stop = (): void => void server.close().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  if (values['with-parent']) process.stdin.once('close', stop).resume();
}
