import type { OpenModel } from '../model-book.ts';
import { demoModel } from './demo-model.ts';

const TOKENS = 1_000_000;

/** The scripted model among the models of a tenant; it asks nobody, so it costs nothing. */
export const demoEntry: OpenModel = {
  card: {
    name: 'demo/demo',
    provider: 'demo',
    contextTokens: TOKENS,
    outputTokensMax: null,
    takes: [],
    takesFilesInResults: false,
    isLanguageModel: false,
    isDefault: false,
    fallback: null,
  },
  model: demoModel,
  costOf: () => ({ nano: 0n, currency: 'USD' }),
};
