import type { CallApprovals } from '../../gateway/approvals/call-approvals.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { ModelSteps } from '../../gateway/spending/model-steps.ts';
import type { Log } from '../../kernel/log.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { ArtifactStore } from '../conversations/artifact-store.ts';
import type { ChatMessage } from '../conversations/message.ts';
import type { ModelCost } from '../models/model-book.ts';
import type { CheckArguments } from '../tools/argument-checker.ts';
import { readResultTool } from '../tools/read-result.ts';
import type { OwnTool, ToolAsk, ToolShelf } from '../tools/offered-tools.ts';
import type { Run, StopReason } from './agent-engine.ts';
import type { ModelSdk } from './ask-model.ts';

/** What the engine is made from. */
export interface AgentEngineContext {
  readonly gateway: Pick<Gateway, 'handle'>;
  readonly shelf: ToolShelf;
  readonly artifacts: ArtifactStore;
  readonly approvals: CallApprovals;
  readonly modelSteps: ModelSteps;
  /** Whether a tenant marked a service as one whose answers may be believed. */
  isTrusted(tenant: TenantId, slug: string): boolean;
  readonly log: Log;
  now(): number;
}

/** What is loaded with the first run. */
export interface LoadedParts {
  readonly sdk: ModelSdk;
  readonly check: CheckArguments;
}

/** Ends a run where it is thrown. */
export class StopRun extends Error {
  readonly reason: StopReason;
  readonly code: string | undefined;

  constructor(reason: StopReason, message = '', code?: string) {
    super(message);
    this.name = 'StopRun';
    this.reason = reason;
    this.code = code;
  }
}

/** One `proceed` of a run: what it may still do, and what it has done. */
export class RunWork {
  readonly context: AgentEngineContext;
  readonly run: Run;
  readonly loaded: LoadedParts;
  /** Epoch milliseconds after which it is out of time. */
  readonly deadlineMs: number;
  /** Aborted when its user stops it, when it is out of time, and when nobody can keep it. */
  readonly signal: AbortSignal;
  /** Those that every conversation has. */
  readonly ownTools: readonly OwnTool[];
  readonly #ending = new AbortController();
  readonly #clock: NodeJS.Timeout;
  #isLate = false;
  /** Steps of this run so far. */
  steps = 0;
  samplings = 0;
  /** Which of the models answers. */
  modelAt = 0;
  #spentNano = 0n;
  #notedOnce = '';

  constructor(context: AgentEngineContext, run: Run, loaded: LoadedParts) {
    this.context = context;
    this.run = run;
    this.loaded = loaded;
    this.ownTools = [readResultTool(context.artifacts)];
    this.deadlineMs = context.now() + run.limits.totalMs;
    this.#clock = setTimeout(() => {
      this.#isLate = true;
      this.#ending.abort();
    }, run.limits.totalMs);
    this.signal = AbortSignal.any([run.signal, this.#ending.signal]);
  }

  /** Whose tools are asked for. */
  toolAsk(history: readonly ChatMessage[]): ToolAsk {
    const { principal, conversationId } = this.run;
    return { principal, conversationId, history };
  }

  /** Counts what the run did before. */
  remember(history: readonly ChatMessage[]): void {
    for (const { runId, role, cost, parts } of history) {
      if (runId !== this.run.id) continue;
      if (role === 'assistant') this.steps += 1;
      if (cost !== undefined) this.spend(cost);
      for (const part of parts) if (part.type === 'tool_result') this.spendTool(part.cost);
    }
  }

  /** Counts what was spent, where the run's own limit is in that currency. */
  spend({ nano, currency }: ModelCost): void {
    if (currency === this.run.limits.costMax?.currency) this.#spentNano += nano;
  }

  /** The same for what a tool cost. */
  spendTool(cost: { readonly amount: string; readonly currency: string } | undefined): void {
    if (cost === undefined) return;
    const [, whole = '0', part = ''] = /^(\d{1,15})(?:\.(\d{1,9}))?/.exec(cost.amount) ?? [];
    this.spend({ nano: BigInt(whole + part.padEnd(9, '0')), currency: cost.currency });
  }

  /** Throws StopRun when the run may not ask a model again. */
  checkLimits(): void {
    this.checkStopped();
    if (this.steps >= this.run.limits.stepsMax) throw new StopRun('steps');
    this.checkCost();
  }

  /** Throws StopRun when more than the run may cost is spent already. */
  checkCost(): void {
    const { costMax } = this.run.limits;
    if (costMax !== undefined && this.#spentNano >= costMax.nano) throw new StopRun('cost');
  }

  /** Throws StopRun when the run was stopped or is out of time. */
  checkStopped(): void {
    if (this.signal.aborted) throw new StopRun(this.stopReason);
  }

  get stopReason(): StopReason {
    return this.#isLate && !this.run.signal.aborted ? 'time' : 'stopped';
  }

  note(text: string): void {
    this.run.journal.emit({ type: 'note', text });
  }

  /** The same, unless it was the last that was said this way. */
  noteOnce(text: string): void {
    if (this.#notedOnce !== text) this.note(text);
    this.#notedOnce = text;
  }

  /** Lets go of whatever still runs. */
  end(): void {
    clearTimeout(this.#clock);
    this.#ending.abort();
  }
}
