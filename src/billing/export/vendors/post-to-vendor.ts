import { Cancellation } from '../../../kernel/cancellation.ts';
import type { Egress, EgressResponse } from '../../../kernel/egress.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { retryAfterSeconds } from '../../../kernel/http/retry-after.ts';
import { limits } from '../../../kernel/limits.ts';
import { VendorDelay } from './vendor.ts';

/** The way out that vendors are reached by. */
export type VendorEgress = Pick<Egress, 'request'>;

/** A request to a vendor. */
export interface VendorPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a vendor answered when it took the request, or found a fault in it. */
export interface VendorAnswer {
  readonly isTaken: boolean;
  readonly text: string;
  readonly problem: string;
}

/** Statuses by which a vendor says that what was sent is wrong, and will be the next time. */
const FAULTS = new Set([400, 413, 422]);

/** Posts to a vendor. Rejects with VendorDelay for whatever may be better later. */
export async function postToVendor(egress: VendorEgress, post: VendorPost): Promise<VendorAnswer> {
  const cancellation = new Cancellation();
  const timer = setTimeout(() => cancellation.cancel('deadline'), limits.exportSendMs);
  timer.unref();
  try {
    const headersTimeoutMs = limits.exportSendMs;
    const request = { ...post, method: 'POST', cancellation, headersTimeoutMs };
    const response = await egress.request(request);
    const bytes = await response.bytes(limits.exportAnswerBytesMax);
    return readAnswer(response, bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof VendorDelay) throw error;
    throw delayOf(error);
  } finally {
    clearTimeout(timer);
  }
}

/** The delay that a failed connection means. */
export function delayOf(error: unknown): VendorDelay {
  if (!(error instanceof GatewayError)) return new VendorDelay('It could not be sent.', false);
  const isCertain = error.code === 'upstream_unavailable' || error.code === 'egress_denied';
  return new VendorDelay(`${error.code}: ${error.message}`, isCertain);
}

/** What a status means that is no success: a fault of what was sent, or a delay that is thrown. */
export function checkStatus(status: number, headers: Readonly<Record<string, string>>): void {
  if (FAULTS.has(status)) return;
  const seconds = retryAfterSeconds(headers);
  const retryAfterMs = seconds === undefined ? undefined : seconds * 1000;
  throw new VendorDelay(`It answered with status ${status}.`, status < 500, retryAfterMs);
}

function readAnswer({ status, headers }: EgressResponse, text: string): VendorAnswer {
  const isTaken = status >= 200 && status < 300;
  if (!isTaken) checkStatus(status, headers);
  return { isTaken, text, problem: `It answered with status ${status}: ${text.slice(0, 200)}` };
}
