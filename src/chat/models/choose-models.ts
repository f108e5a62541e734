import { GatewayError } from '../../kernel/errors.ts';
import type { OpenModel } from './model-book.ts';

const NAMED_MAX = 20;

/**
 * The models of a tenant, the one first that is asked when nobody names one: the default, or
 * without one the first language model there is, or else the script.
 */
export function inOrder(models: readonly OpenModel[]): readonly OpenModel[] {
  const first =
    models.find(({ card }) => card.isDefault) ??
    models.find(({ card }) => card.isLanguageModel) ??
    models[0];
  if (first === undefined) return models;
  const isDefault = { ...first, card: { ...first.card, isDefault: true } };
  return [isDefault, ...models.filter((one) => one !== first)];
}

/**
 * The model of this name, or without one the first, and those to fall back to. A model's own id is
 * a name too when one provider alone has it. Throws GatewayError `model_not_configured` and
 * `model_unknown`.
 */
export function chooseModels(
  models: readonly OpenModel[],
  name: string | undefined,
): readonly OpenModel[] {
  const [first] = models;
  if (first === undefined) throw new GatewayError('model_not_configured');
  const chosen = name === undefined ? first : named(models, name);
  const others = models.filter((one) => one !== chosen && one.card.fallback !== null);
  const byPlace = others.toSorted((one, other) => placeOf(one) - placeOf(other));
  // Whoever asked for the script wants the script.
  return chosen.card.isLanguageModel ? [chosen, ...byPlace] : [chosen];
}

function named(models: readonly OpenModel[], name: string): OpenModel {
  const exact = models.find(({ card }) => card.name === name);
  if (exact !== undefined) return exact;
  const same = models.filter(({ card }) => card.name.slice(card.provider.length + 1) === name);
  const [only] = same;
  if (only !== undefined && same.length === 1) return only;
  const known = (same.length > 1 ? same : models).map(({ card }) => `"${card.name}"`);
  const more = known.length > NAMED_MAX ? ` and ${known.length - NAMED_MAX} more` : '';
  const those = known.slice(0, NAMED_MAX).join(', ') + more;
  throw new GatewayError(
    'model_unknown',
    same.length > 1
      ? `Several providers have a model of that name: say which, ${those}.`
      : `There is no model of that name here; there are ${those}.`,
  );
}

function placeOf({ card }: OpenModel): number {
  return card.fallback ?? Number.POSITIVE_INFINITY;
}
