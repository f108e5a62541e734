import { parentPort } from 'node:worker_threads';
import { findPii } from './find-pii.ts';
import type { Finding } from './finding.ts';
import { findSecrets } from './find-secrets.ts';
import type { LocalDetector } from '../guard-rule.ts';

/** One text for the thread that inspects. */
export interface InspectTask {
  readonly id: number;
  readonly text: string;
  readonly detectors: readonly LocalDetector[];
}

/** What each detector found, in their order; or that it could not look. */
export type InspectAnswer =
  | { readonly id: number; readonly findings: readonly (readonly Finding[])[] }
  | { readonly id: number; readonly failure: string };

async function inspect({ id, text, detectors }: InspectTask): Promise<InspectAnswer> {
  try {
    const findings: (readonly Finding[])[] = [];
    for (const one of detectors) {
      findings.push(one.kind === 'pii' ? findPii(text, one.types) : await findSecrets(text));
    }
    return { id, findings };
  } catch (error) {
    return { id, failure: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (task: InspectTask) => {
  void inspect(task).then((answer) => parentPort?.postMessage(answer));
});
