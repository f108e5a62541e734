import { Worker } from 'node:worker_threads';
import { GatewayError } from '../../../kernel/errors.ts';
import { isJsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { DocumentAnswer } from './document-worker.ts';
import type { CompiledDocument } from '../model/compiled-document.ts';
import { prepareDocument, type DocumentJob } from './prepare-document.ts';

/** Bounds of one preparation. */
export interface PrepareBounds {
  readonly timeMs: number;
  readonly megabytes: number;
}

const bounds: PrepareBounds = {
  timeMs: limits.documentCompileMs,
  megabytes: limits.documentWorkerMegabytes,
};

const SMALL_CHARACTERS = 64 * 1024;
const SMALL_PATHS = 40;

/**
 * Prepares a document without holding up the event loop: a large one on a thread of its own, with
 * a limit of time and memory. Throws GatewayError.
 */
export async function prepareInWorker(
  job: DocumentJob,
  { timeMs, megabytes }: PrepareBounds = bounds,
): Promise<CompiledDocument> {
  if (isSmall(job)) return prepareDocument(job);
  const worker = new Worker(new URL('./document-worker.ts', import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: megabytes, stackSizeMb: 4 },
  });
  const { promise, resolve } = Promise.withResolvers<DocumentAnswer>();
  const fail = (text: string): void => resolve({ code: 'invalid_document', text });
  const timer = setTimeout(() => fail('The document takes too long to compile.'), timeMs);
  worker.once('message', resolve);
  worker.once('error', ({ message }: Error) => fail(`The document cannot be used: ${message}`));
  worker.once('exit', () => fail('The document cannot be used: its compiler stopped.'));
  const answer = await promise;
  clearTimeout(timer);
  await worker.terminate();
  if ('document' in answer) return answer.document;
  throw new GatewayError(answer.code, answer.text);
}

function isSmall({ document, files }: DocumentJob): boolean {
  return [document, ...Object.values(files)].every((each) => {
    if (typeof each === 'string') return each.length <= SMALL_CHARACTERS;
    const paths = isJsonObject(each['paths']) ? Object.keys(each['paths']) : [];
    return paths.length <= SMALL_PATHS;
  });
}
