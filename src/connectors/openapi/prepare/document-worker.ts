import { parentPort, workerData } from 'node:worker_threads';
import { GatewayError, type ErrorCode } from '../../../kernel/errors.ts';
import type { CompiledDocument } from '../model/compiled-document.ts';
import { prepareDocument, type DocumentJob } from './prepare-document.ts';

/** What the thread answers. */
export type DocumentAnswer =
  | { readonly document: CompiledDocument }
  | { readonly code: ErrorCode; readonly text: string };

function work(): DocumentAnswer {
  try {
    return { document: prepareDocument(workerData as DocumentJob) };
  } catch (error) {
    if (error instanceof GatewayError) return { code: error.code, text: error.message };
    const text = error instanceof Error ? error.message : String(error);
    return { code: 'invalid_document', text: `The document cannot be used: ${text}` };
  }
}

parentPort?.postMessage(work());
