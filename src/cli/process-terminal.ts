import type { Terminal } from './command.ts';

/** The terminal of this process. A reader that goes away (`| head`) is no failure. */
export function processTerminal(): Terminal {
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  return {
    out: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
  };
}
