import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadDocument } from '../../../src/connectors/openapi/document/load-document.ts';
import { converterBounds, type Converter } from './converter.ts';
import type { Measured } from './measure-conversion.ts';

const run = promisify(execFile);
const MEASURE = join(import.meta.dirname, 'measure-conversion.ts');
const ROUNDS = 3;

/** What a converter takes for one large document, and what comes out. */
export interface LargeScore extends Measured {
  /** Of the list that a client gets. */
  readonly listBytes: number;
}

/** The best of some runs, each in a process of its own; undefined when one of them fails. */
export async function measurePeer(
  converter: Converter,
  folder: string,
  file: string,
): Promise<LargeScore | undefined> {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return undefined;
  const heap = `--max-old-space-size=${converterBounds.heapMegabytes}`;
  const quiet = '--disable-warning=ExperimentalWarning';
  const runs: Measured[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { stdout } = await run(
        process.execPath,
        [heap, quiet, MEASURE, converter.name, folder, file],
        { timeout: converterBounds.openMs, killSignal: 'SIGKILL' },
      );
      runs.push(JSON.parse(stdout) as Measured);
    }
    const { root } = loadDocument(readFileSync(file));
    await using served = await converter.open(root, 'http://127.0.0.1:9');
    const listBytes = Buffer.byteLength(JSON.stringify({ tools: served.tools }));
    const [best] = runs.toSorted((one, two) => one.ms - two.ms);
    return best === undefined ? undefined : { ...best, listBytes };
  } catch {
    return undefined;
  }
}
