import type { Egress } from '../../kernel/egress.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { postSigned } from '../../webhooks/sending/post-signed.ts';

/** What another machine is asked about. */
export interface WebhookQuestion {
  readonly id: string;
  readonly where: 'arguments' | 'results';
  readonly tenant: string;
  readonly service: string;
  readonly tool: string | null;
  readonly method: string;
  readonly content: Json;
}

/** What it says: let it pass, refuse it, or put another content in its place. */
export type WebhookVerdict =
  | { readonly action: 'allow' }
  | { readonly action: 'block'; readonly reason: string | undefined }
  | { readonly action: 'replace'; readonly content: Json };

/** Where and how to ask. */
export interface WebhookAddress {
  readonly url: string;
  readonly timeoutMs: number | undefined;
  readonly secret: string | undefined;
}

const REASON_CHARACTERS = 200;

/** Asks a guardrail on another machine. Throws when it gives no usable answer in time. */
export async function askWebhook(
  egress: Egress,
  { url, timeoutMs = limits.guardrailInspectMs, secret }: WebhookAddress,
  question: WebhookQuestion,
  now: () => number,
): Promise<WebhookVerdict> {
  const post = {
    url,
    id: question.id,
    body: JSON.stringify(question),
    secrets: secret === undefined ? [] : [secret],
    atMs: now(),
    timeoutMs,
  };
  return await postSigned(egress, post, async (response) => {
    if (response.status !== 200) {
      response.discard();
      throw new Error(`the guardrail answered with status ${response.status}`);
    }
    const bytes = await response.bytes(limits.guardrailWebhookBytesMax);
    return readVerdict(JSON.parse(bytes.toString('utf8')) as unknown);
  });
}

function readVerdict(said: unknown): WebhookVerdict {
  const verdict: JsonObject = isJsonObject(said) ? said : {};
  const { action, reason, content } = verdict;
  if (action === 'allow') return { action };
  if (action === 'block') {
    const text = typeof reason === 'string' ? reason.slice(0, REASON_CHARACTERS) : undefined;
    return { action, reason: text };
  }
  if (action === 'replace' && content !== undefined) return { action, content };
  throw new Error('the guardrail answered neither allow, block nor replace');
}
