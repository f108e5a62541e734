import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { HeldStep, ModelStepEnd } from '../../gateway/spending/model-steps.ts';
import type { StepUsage } from '../conversations/message.ts';
import type { ModelCost, OpenModel } from '../models/model-book.ts';
import { askModel, StepFailure, type StepAnswer, type StepQuestion } from './ask-model.ts';
import { failureFacts, type FailureFactsOfModel } from './model-failure-facts.ts';
import { measureQuestion, usageOf } from './step-usage.ts';
import type { HeldCost } from './run-purse.ts';
import type { RunWork } from './run-work.ts';
import { stepEvent } from './step-event.ts';
import { StopRun } from './stop-run.ts';

/** A step that was answered, and what it used. */
export interface AskedStep {
  readonly model: OpenModel;
  readonly answer: StepAnswer;
  readonly usage: StepUsage;
  /** Undefined for an unpriced model. */
  readonly cost: ModelCost | undefined;
}

/** Makes the question for a model; asked anew for each attempt. */
export type MakeQuestion = (
  model: OpenModel,
) => Promise<Omit<StepQuestion, 'model' | 'signal' | 'check'>>;

/**
 * Asks the run's models for a step until one answers: the same once more after a pause, then the
 * next. What a model had said before it failed is void. Every attempt is reserved before it is made
 * and has a record of its own. Throws StopRun; emits a `reset` for output that is void.
 */
export async function askModels(work: RunWork, make: MakeQuestion): Promise<AskedStep> {
  const { run } = work;
  for (let tries = 1; ; tries++) {
    const model = run.models[work.modelAt];
    if (model === undefined) throw new StopRun('failed', 'There is no model to ask.');
    const { check } = work.loaded;
    const question = { ...(await make(model)), model, signal: work.signal, check };
    try {
      return await attempt(work, question);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      const facts = failureFacts(error.cause);
      if (!work.signal.aborted) {
        const { detail: reason = facts.message } = facts;
        const said = { runId: run.id, name: model.card.name, reason };
        work.context.log.warn(said, 'a model did not answer');
      }
      tries = await afterFailure(work, model, facts, tries);
    }
  }
}

/** Waits or goes to the next model; how often the one that is asked next was tried. */
async function afterFailure(
  work: RunWork,
  { card }: OpenModel,
  facts: FailureFactsOfModel,
  tries: number,
): Promise<number> {
  work.checkStopped();
  const pauseMs = facts.retryAfterMs ?? limits.chatRetryMs;
  if (facts.isWorthRetry && tries === 1 && pauseMs <= limits.chatRetryMsMax) {
    work.note(`${facts.message} It is asked once more.`);
    await pauseFor(pauseMs, work.signal);
    work.checkStopped();
    return tries;
  }
  const next = work.run.models[work.modelAt + 1];
  if (facts.isWorthFallback && next !== undefined) {
    work.modelAt += 1;
    work.note(`${facts.message} ${next.card.name} is asked instead of ${card.name}.`);
    return 0;
  }
  const code = 'upstream_failed';
  throw new StopRun(facts.isRefusal ? 'refused' : 'failed', facts.message, code);
}

async function attempt(work: RunWork, question: StepQuestion): Promise<AskedStep> {
  const { model } = question;
  const { context } = work;
  const measured = measureQuestion(question);
  const outputTokens =
    question.outputTokensMax ?? model.card.outputTokensMax ?? limits.chatAnswerTokens;
  const size = { inputTokens: measured.tokens, outputTokens };
  const money = await work.purse.hold(model, size, context.now());
  const held = await reserve(work, { model, money, bytesIn: measured.bytes });
  const settle = async (
    outcome: ModelStepEnd['outcome'],
    answer: Pick<StepAnswer, 'parts'> & { readonly usage?: StepAnswer['usage'] },
  ): Promise<{ readonly usage: StepUsage; readonly cost: ModelCost | undefined }> => {
    const usage = usageOf(answer, outcome === 'upstream_error' ? 0 : measured.tokens);
    const cost = model.costOf(usage, context.now());
    const bytesOut = Buffer.byteLength(JSON.stringify(answer.parts));
    await held.settle({ outcome, usage, cost, bytesOut });
    await money.settle(cost?.nano ?? 0n);
    return { usage, cost };
  };
  let answer: StepAnswer;
  try {
    answer = await askModel(work.loaded.sdk, question);
  } catch (error) {
    const { parts } = error instanceof StepFailure ? error : { parts: [] };
    if (parts.length > 0) work.run.journal.emit({ type: 'reset' });
    const used = await settle(parts.length === 0 ? 'upstream_error' : 'upstream_lost', { parts });
    const isPaid = used.usage.inputTokens + used.usage.outputTokens > 0;
    if (isPaid) {
      work.run.journal.emit({ ...stepEvent(work.steps + 1, { model, ...used }), isVoid: true });
    }
    throw error;
  }
  const isAborted = answer.finish === 'aborted';
  return { model, answer, ...(await settle(isAborted ? 'cancelled' : 'ok', answer)) };
}

/** Sets aside what the step may cost. Throws StopRun `cost` when there is too little. */
async function reserve(
  work: RunWork,
  step: { readonly model: OpenModel; readonly money: HeldCost; readonly bytesIn: number },
): Promise<HeldStep> {
  const { principal } = work.run;
  const { model, money, bytesIn } = step;
  try {
    return await work.context.modelSteps.begin({ principal, model: model.card.name, bytesIn });
  } catch (error) {
    await money.settle(0n);
    if (!(error instanceof GatewayError)) throw error;
    const isMoney = ['insufficient_credit', 'budget_exhausted', 'price_unbounded'];
    throw new StopRun(isMoney.includes(error.code) ? 'cost' : 'failed', error.message, error.code);
  }
}

function pauseFor(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
