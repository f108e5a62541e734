import type { GuardRuleKind } from './store.ts';

/** Which services and tools a rule is about, as patterns with `*`; absent: all of them. */
export interface GuardScope {
  /** Slugs. */
  readonly services?: readonly string[];
  /** `{slug}__{tool}`, with the tool's own name; a rule that has them is about tools alone. */
  readonly tools?: readonly string[];
}

/** Kinds of personal data that are recognised. */
export const piiTypes = ['email', 'phone', 'credit_card', 'iban', 'national_id'] as const;

/** One of them. */
export type PiiType = (typeof piiTypes)[number];

/** What looks at a content. */
export type GuardDetector =
  | { readonly kind: 'secrets' }
  | { readonly kind: 'pii'; readonly types?: readonly PiiType[] }
  /** Somebody else's guardrail, asked by a signed POST. */
  | {
      readonly kind: 'webhook';
      readonly url: string;
      readonly timeoutMs?: number;
      /** What happens to the call when it cannot be asked; `block` when absent. */
      readonly onFailure?: 'block' | 'pass';
    };

/** One that works on this machine. */
export type LocalDetector = Exclude<GuardDetector, { readonly kind: 'webhook' }>;

/** What happens to what was found. */
export type GuardAction = 'redact' | 'block' | 'report';

/** A guardrail: what it looks at, how, and what follows. */
export interface GuardrailRule extends GuardScope {
  readonly where: 'arguments' | 'results';
  readonly detector: GuardDetector;
  readonly action: GuardAction;
}

/** Where a notice of a waiting approval goes. */
export interface NoticeTarget {
  readonly url: string;
  readonly format: 'json' | 'slack';
}

/** A rule by which somebody has to approve calls. */
export interface ApprovalRule extends GuardScope {
  /** Of the tools in scope: all, those that do not only read, or those that may destroy. */
  readonly annotations?: 'any' | 'not-read-only' | 'destructive';
  /**
   * Who is asked; `caller-or-approvers` when absent: approvers where the caller cannot answer.
   * `nobody`: not even the user of a chat, whose tools ask by themselves.
   */
  readonly ask?: 'caller' | 'approvers' | 'caller-or-approvers' | 'nobody';
  /** How long an approval may be waited for and used. */
  readonly lifeMs?: number;
  /** How long a call waits before its caller is told to repeat it. */
  readonly waitMs?: number;
  /** Whether whoever called may also approve in the inbox. */
  readonly selfApproval?: boolean;
  readonly notices?: readonly NoticeTarget[];
}

/** What a rule of each kind says. */
export interface GuardRuleShapes {
  readonly guardrail: GuardrailRule;
  readonly approval: ApprovalRule;
}

/** A rule ready to be asked. */
export interface ReadRule<Kind extends GuardRuleKind> {
  readonly id: string;
  readonly name: string;
  readonly rule: GuardRuleShapes[Kind];
  readonly sealedSecret: string | null;
  /** Whether it is about this tool of a service; null stands for anything that is no tool. */
  concerns(slug: string, tool: string | null): boolean;
}
