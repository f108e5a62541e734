import type { RunEvent } from './agent-engine.ts';
import type { StepUsage } from '../conversations/message.ts';
import type { ModelCost, OpenModel } from '../models/model-book.ts';

/** What is known of a step that is over. */
export interface StepFacts {
  readonly model: OpenModel;
  readonly usage: StepUsage;
  /** Undefined for an unpriced model. */
  readonly cost: ModelCost | undefined;
}

/** What readers are told of a step that is over. */
export function stepEvent(
  step: number,
  { model, usage, cost }: StepFacts,
): Extract<RunEvent, { type: 'step' }> {
  const shown = cost === undefined ? null : { nano: cost.nano.toString(), currency: cost.currency };
  return { type: 'step', step, model: model.card.name, usage, cost: shown };
}
