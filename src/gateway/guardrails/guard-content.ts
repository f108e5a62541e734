import { GatewayError } from '../../kernel/errors.ts';
import type { Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import {
  contentText,
  redactContent,
  type ContentText,
} from '../../policy/guardrails/detect/content-text.ts';
import type { Finding } from '../../policy/guardrails/detect/finding.ts';
import type { Inspector } from '../../policy/guardrails/detect/inspector.ts';
import type { GuardAction, LocalDetector, ReadRule } from '../../policy/guardrails/guard-rule.ts';
import type { WebhookVerdict } from '../../policy/guardrails/ask-webhook.ts';

type Rule = ReadRule<'guardrail'>;

/** What a guardrail found or could not look at; nothing of the content is in it. */
export interface GuardReport {
  readonly ruleId: string;
  readonly rule: string;
  readonly where: 'arguments' | 'results';
  readonly action: GuardAction | 'not_inspected';
  /** What was found, each kind once. */
  readonly types: readonly string[];
}

/** What looking at a content takes. */
export interface GuardContentContext {
  readonly inspector: Pick<Inspector, 'inspect'>;
  /** Asks a guardrail on another machine. */
  ask(rule: Rule, content: Json): Promise<WebhookVerdict>;
  report(found: GuardReport): void;
}

/**
 * Holds a content to rules; what it is then. Throws `guardrail_blocked`, and
 * `guardrail_unavailable` when a rule that must be kept cannot be.
 */
export async function guardContent(
  rules: readonly Rule[],
  where: 'arguments' | 'results',
  content: Json,
  context: GuardContentContext,
): Promise<Json> {
  const local = rules.filter((one) => one.rule.detector.kind !== 'webhook');
  let guarded = content;
  if (local.length > 0) guarded = await guardLocally(local, where, content, context);
  for (const rule of rules) {
    const { detector } = rule.rule;
    if (detector.kind !== 'webhook') continue;
    const report = reporter(rule, where, context);
    try {
      guarded = follow(rule, where, await context.ask(rule, guarded), guarded, report);
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'guardrail_blocked') throw error;
      report('not_inspected', []);
      if (detector.onFailure !== 'pass') throw new GatewayError('guardrail_unavailable');
    }
  }
  return guarded;
}

async function guardLocally(
  rules: readonly Rule[],
  where: 'arguments' | 'results',
  content: Json,
  context: GuardContentContext,
): Promise<Json> {
  const seen = contentText(content);
  const found = await inspect(rules, where, seen, context);
  const toRedact: Finding[] = [];
  for (const [index, rule] of rules.entries()) {
    const findings = found[index] ?? [];
    if (findings.length === 0) continue;
    const { action } = rule.rule;
    const types = [...new Set(findings.map(({ type }) => type))];
    reporter(rule, where, context)(action, types);
    if (action === 'block') throw blocked(rule, where, `it holds ${types.join(', ')}`);
    if (action === 'redact') toRedact.push(...findings);
  }
  return toRedact.length === 0 ? content : redactContent(content, seen, toRedact);
}

/** Rules that only report never stand in the way, even when nobody can look. */
async function inspect(
  rules: readonly Rule[],
  where: 'arguments' | 'results',
  { text }: ContentText,
  context: GuardContentContext,
): Promise<readonly (readonly Finding[])[]> {
  const strict = rules.find(({ rule }) => rule.action !== 'report');
  const giveUp = (error: GatewayError): readonly (readonly Finding[])[] => {
    for (const rule of rules) reporter(rule, where, context)('not_inspected', []);
    if (strict !== undefined) throw error;
    return [];
  };
  if (text.length > limits.guardrailTextCharactersMax) {
    return giveUp(blocked(strict, where, 'it is larger than a guardrail looks through'));
  }
  const detectors = rules.map(({ rule }) => rule.detector as LocalDetector);
  try {
    return await context.inspector.inspect(text, detectors);
  } catch (error) {
    return giveUp(
      error instanceof GatewayError ? error : new GatewayError('guardrail_unavailable'),
    );
  }
}

function follow(
  rule: Rule,
  where: 'arguments' | 'results',
  verdict: WebhookVerdict,
  content: Json,
  report: (action: GuardReport['action'], types: readonly string[]) => void,
): Json {
  if (verdict.action === 'allow') return content;
  const { action } = rule.rule;
  report(action, [verdict.action]);
  if (action === 'report') return content;
  if (verdict.action === 'replace' && action === 'redact') return verdict.content;
  const reason = verdict.action === 'block' ? verdict.reason : undefined;
  throw blocked(rule, where, reason ?? 'its guardrail refuses it');
}

function reporter(rule: Rule, where: GuardReport['where'], { report }: GuardContentContext) {
  return (action: GuardReport['action'], types: readonly string[]): void =>
    report({ ruleId: rule.id, rule: rule.name, where, action, types });
}

function blocked(rule: Rule | undefined, where: string, why: string): GatewayError {
  const name = rule === undefined ? '' : ` ${JSON.stringify(rule.name)}`;
  return new GatewayError(
    'guardrail_blocked',
    `The guardrail${name} refuses the ${where}: ${why}.`,
  );
}
