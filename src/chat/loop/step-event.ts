import type { RunEvent } from './agent-engine.ts';
import type { AskedStep } from './ask-models.ts';

/** What readers are told of a step that is over. */
export function stepEvent(
  step: number,
  { model, usage, cost }: Omit<AskedStep, 'answer'>,
): Extract<RunEvent, { type: 'step' }> {
  const shown = cost === undefined ? null : { nano: cost.nano.toString(), currency: cost.currency };
  return { type: 'step', step, model: model.card.name, usage, cost: shown };
}
