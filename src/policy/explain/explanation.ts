import type { JsonObject } from '../../kernel/json.ts';

/** What somebody may want to use: a service, or one thing of it by its own name or URI. */
export interface AccessQuestion {
  readonly service: string;
  readonly tool?: string;
  readonly prompt?: string;
  readonly resource?: string;
  /** Of a tool or prompt; without them only what they decide is said. */
  readonly arguments?: JsonObject;
}

/** One thing that was looked at, in the order in which the gateway does. */
export interface AccessStep {
  readonly step:
    | 'permission'
    | 'service'
    | 'access'
    | 'plan'
    | 'rules'
    | 'rule'
    | 'arguments'
    | 'view';
  /** `noted` decides nothing by itself. */
  readonly outcome: 'passed' | 'refused' | 'noted';
  readonly text: string;
  /** The rule that is spoken of. */
  readonly rule?: { readonly id: string; readonly name: string };
}

/** Whether somebody may use something, and what decided it. */
export interface AccessExplanation {
  readonly allowed: boolean;
  readonly steps: readonly AccessStep[];
}
