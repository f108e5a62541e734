import { GatewayError } from '../../kernel/errors.ts';
import type { Egress } from '../../kernel/egress.ts';
import type { IdSource } from '../../kernel/ids.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { keptOutcome } from '../../mcp/kept-outcome.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import { askWebhook, type WebhookVerdict } from '../../policy/guardrails/ask-webhook.ts';
import type { Inspector } from '../../policy/guardrails/detect/inspector.ts';
import type { ReadRule } from '../../policy/guardrails/guard-rule.ts';
import type { GuardRules } from '../../policy/guardrails/guard-rules.ts';
import type { Permitted } from '../exchange.ts';
import type { Filter } from '../filter.ts';
import { guardContent, type GuardContentContext, type GuardReport } from './guard-content.ts';
import {
  concernsSubject,
  contentOf,
  guardedSubject,
  withContent,
  type GuardedSubject,
} from './guarded-parts.ts';

/** What guardrails are made from. */
export interface GuardrailContext {
  readonly rules: Pick<GuardRules, 'of' | 'secretOf'>;
  readonly inspector: Pick<Inspector, 'inspect'>;
  readonly egress: Egress;
  readonly ids: Pick<IdSource, 'next'>;
  /** Hears of everything that was found. */
  report(found: GuardReport, exchange: Permitted): void;
  now(): number;
}

type Rule = ReadRule<'guardrail'>;

/**
 * Holds arguments and results to the guardrails of the caller's tenant. Where none is about an
 * exchange, it is not in the way of it at all.
 */
export function createGuardrailFilter(context: GuardrailContext): Filter {
  const rulesFor = (where: Rule['rule']['where'], exchange: Permitted): readonly Rule[] => {
    const all = context.rules.of(exchange.principal.tenant)[where];
    if (all.length === 0) return all;
    const subject = guardedSubject(exchange);
    return subject === undefined ? [] : all.filter((one) => concernsSubject(one, subject));
  };
  return {
    concerns: (exchange) =>
      rulesFor('results', exchange).length > 0 || rulesFor('arguments', exchange).length > 0,
    needsWhole: (exchange) => rulesFor('results', exchange).length > 0,
    filter: async (exchange, next) => {
      const subject = guardedSubject(exchange);
      if (subject === undefined) return next(exchange);
      const looking = lookingFor(context, exchange, subject);
      // Read before anything is waited for: what streams is decided by the same rules.
      const forResults = rulesFor('results', exchange);
      const sent = await guardArguments(rulesFor('arguments', exchange), exchange, looking);
      const outcome = await next(sent);
      return forResults.length === 0 ? outcome : guardOutcome(forResults, outcome, looking);
    },
  };
}

function lookingFor(
  context: GuardrailContext,
  exchange: Permitted,
  { lives, tool }: GuardedSubject,
): GuardContentContext {
  const { principal, request } = exchange;
  return {
    inspector: context.inspector,
    report: (found) => context.report(found, exchange),
    ask: (rule, content): Promise<WebhookVerdict> => {
      const { detector, where } = rule.rule;
      if (detector.kind !== 'webhook') throw new GatewayError('internal');
      const address = {
        url: detector.url,
        timeoutMs: detector.timeoutMs,
        secret: context.rules.secretOf(principal.tenant, rule),
      };
      const question = {
        id: context.ids.next('gin'),
        where,
        tenant: principal.tenant,
        service: lives.map(({ service }) => service.slug).join(' '),
        tool,
        method: request.method,
        content,
      };
      return askWebhook(context.egress, address, question, () => context.now());
    },
  };
}

async function guardArguments(
  rules: readonly Rule[],
  exchange: Permitted,
  looking: GuardContentContext,
): Promise<Permitted> {
  if (rules.length === 0) return exchange;
  const content = contentOf(exchange);
  const guarded = await guardContent(rules, 'arguments', content, looking);
  return guarded === content ? exchange : withContent(exchange, objectOf(guarded));
}

async function guardOutcome(
  rules: readonly Rule[],
  outcome: McpOutcome,
  looking: GuardContentContext,
): Promise<McpOutcome> {
  const kept = keptOutcome(outcome);
  if (kept.resultType === 'input_required') {
    const asked = (kept.inputRequests ?? {}) as JsonObject;
    const guarded = await guardContent(rules, 'results', asked, looking);
    if (guarded === asked) return kept;
    return { ...kept, inputRequests: objectOf(guarded) as Record<string, JsonObject> };
  }
  const { value } = kept.result;
  const guarded = await guardContent(rules, 'results', value, looking);
  if (guarded === value) return kept;
  return { ...kept, result: JsonBytes.fromValue(objectOf(guarded)) };
}

function objectOf(guarded: Json): JsonObject {
  if (isJsonObject(guarded)) return guarded;
  throw new GatewayError('guardrail_unavailable', 'A guardrail put something unusable in place.');
}
