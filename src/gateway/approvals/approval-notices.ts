import type { Egress } from '../../kernel/egress.ts';
import type { Log } from '../../kernel/log.ts';
import { Cancellation } from '../../kernel/cancellation.ts';
import { pause } from '../../kernel/pause.ts';
import type { NoticeTarget, ReadRule } from '../../policy/guardrails/guard-rule.ts';
import type { GuardRules } from '../../policy/guardrails/guard-rules.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { postSigned } from '../../webhooks/sending/post-signed.ts';
import type { Approval } from './store.ts';

/** What approvers are told of a call that waits; its arguments are for the inbox alone. */
export interface ApprovalNotice {
  readonly approval: Approval;
  readonly rule: ReadRule<'approval'>;
  /** Names of the arguments. */
  readonly argumentNames: readonly string[];
}

/** Tells approvers that somebody waits: by webhook, by mail, by whatever is there. */
export interface Notifier {
  /** Must not be waited for by the call; a failure is the notifier's own affair. */
  notify(notice: ApprovalNotice): Promise<void>;
}

/** What the webhook notifier is made from. */
export interface WebhookNotifierContext {
  readonly egress: Egress;
  readonly rules: Pick<GuardRules, 'secretOf'>;
  readonly log: Log;
  now(): number;
}

const TRIES = 3;
const RETRY_MS = 1_000;
const SEND_MS = 5_000;

/** Sends notices to the addresses of the rule, signed with its secret. */
export function createWebhookNotifier(context: WebhookNotifierContext): Notifier {
  return {
    notify: async (notice) => {
      const targets = notice.rule.rule.notices ?? [];
      await Promise.all(targets.map((target) => deliver(context, notice, target)));
    },
  };
}

async function deliver(
  context: WebhookNotifierContext,
  notice: ApprovalNotice,
  target: NoticeTarget,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(context, notice, target);
    } catch (error) {
      if (attempt < TRIES) {
        await pause(RETRY_MS * attempt, new Cancellation());
        continue;
      }
      const { id } = notice.approval;
      const text = error instanceof Error ? error.message : 'unknown failure';
      context.log.warn(
        { approvalId: id, error: text },
        'a notice of an approval was not delivered',
      );
      return;
    }
  }
}

async function send(
  { egress, rules, now }: WebhookNotifierContext,
  { approval, rule, argumentNames }: ApprovalNotice,
  { url, format }: NoticeTarget,
): Promise<void> {
  const message = format === 'slack' ? slackMessage(approval) : plain(approval, argumentNames);
  const { tenant, id } = approval;
  const secret = rules.secretOf(tenant, rule);
  const secrets = secret === undefined ? [] : [secret];
  const body = JSON.stringify(message);
  const post = { url, id, body, secrets, atMs: now(), timeoutMs: SEND_MS };
  await postSigned(egress, post, (response) => {
    response.discard();
    if (response.status >= 300) throw new Error(`answered with status ${response.status}`);
  });
}

function plain(approval: Approval, argumentNames: readonly string[]): JsonObject {
  return {
    event: 'approval.requested',
    approvalId: approval.id,
    service: approval.serviceSlug,
    tool: approval.tool,
    argumentNames: [...argumentNames],
    askedBy: approval.subjectId,
    actor: approval.actor,
    createdAtMs: approval.createdAtMs,
    expiresAtMs: approval.expiresAtMs,
    approve: `/api/v1/approvals/${approval.id}/approve`,
    deny: `/api/v1/approvals/${approval.id}/deny`,
  };
}

/** The shape that Slack's incoming webhooks take, and others after them. */
function slackMessage({ id, serviceSlug, tool, subjectId, expiresAtMs }: Approval): JsonObject {
  const until = new Date(expiresAtMs).toISOString();
  const text =
    `*A call waits for approval* \`${id}\`\n` +
    `Tool: \`${escaped(tool)}\` of \`${escaped(serviceSlug)}\`\n` +
    `Asked by: ${escaped(subjectId)}, until ${until}`;
  const plainText = `A call of ${escaped(serviceSlug)} waits for approval: ${id}`;
  return { text: plainText, blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] };
}

/** What Slack reads as markup, and what would end the code it stands in. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[`\p{C}]/gu, ' ');
}
