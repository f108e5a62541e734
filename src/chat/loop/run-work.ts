import type { CallApprovals } from '../../gateway/approvals/call-approvals.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { ModelSteps } from '../../gateway/spending/model-steps.ts';
import type { Log } from '../../kernel/log.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { ArtifactStore } from '../conversations/artifact-store.ts';
import type { ChatMessage } from '../conversations/message.ts';
import type { CheckArguments } from '../tools/argument-checker.ts';
import { readResultTool } from '../tools/read-result.ts';
import type { CallerTool, OwnTool, ToolAsk, ToolShelf } from '../tools/offered-tools.ts';
import type { CostLimit, Run, StopReason } from './agent-engine.ts';
import type { ModelSdk } from './ask-model.ts';
import type { RunPurse } from './run-purse.ts';
import { StopRun } from './stop-run.ts';

/** What the engine is made from. */
export interface AgentEngineContext {
  readonly gateway: Pick<Gateway, 'handle'>;
  readonly shelf: ToolShelf;
  readonly artifacts: ArtifactStore;
  readonly approvals: CallApprovals;
  readonly modelSteps: ModelSteps;
  /** What every run and every conversation may cost. */
  readonly costLimits: readonly CostLimit[];
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

/** One `proceed` of a run: what it may still do, and what it has done. */
export class RunWork {
  readonly context: AgentEngineContext;
  readonly run: Run;
  readonly loaded: LoadedParts;
  readonly purse: RunPurse;
  /** Epoch milliseconds after which it is out of time. */
  readonly deadlineMs: number;
  /** Aborted when its user stops it, when it is out of time, and when nobody can keep it. */
  readonly signal: AbortSignal;
  /** Those that every conversation has. */
  readonly ownTools: readonly OwnTool[];
  /** Those that run where the caller is. */
  readonly callerTools: readonly CallerTool[];
  readonly #ending = new AbortController();
  readonly #clock: NodeJS.Timeout;
  #isLate = false;
  /** Steps of this run so far. */
  steps = 0;
  samplings = 0;
  /** Which of the models answers. */
  modelAt = 0;
  #notedOnce = '';

  constructor(
    context: AgentEngineContext,
    run: Run,
    { loaded, purse }: { readonly loaded: LoadedParts; readonly purse: RunPurse },
  ) {
    this.context = context;
    this.run = run;
    this.loaded = loaded;
    this.purse = purse;
    this.ownTools = [readResultTool(context.artifacts)];
    this.callerTools = (run.caller?.tools ?? []).map(({ name: publicName, ...tool }) => {
      return { kind: 'caller', publicName, ...tool };
    });
    this.deadlineMs = context.now() + run.limits.totalMs;
    this.#clock = setTimeout(() => {
      this.#isLate = true;
      this.#ending.abort();
    }, run.limits.totalMs);
    this.signal = AbortSignal.any([run.signal, this.#ending.signal]);
  }

  /** Whose tools are asked for. */
  toolAsk(history: readonly ChatMessage[]): ToolAsk {
    const { principal, conversationId, pinned } = this.run;
    return { principal, conversationId, history, ...(pinned && { pinned }) };
  }

  /** Counts what the run did before. */
  remember(history: readonly ChatMessage[]): void {
    const mine = history.filter(({ runId, role }) => runId === this.run.id && role === 'assistant');
    this.steps += mine.length;
  }

  /** Throws StopRun when the run may not ask a model again. */
  checkLimits(): void {
    this.checkStopped();
    if (this.steps >= this.run.limits.stepsMax) throw new StopRun('steps');
    this.purse.check();
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
