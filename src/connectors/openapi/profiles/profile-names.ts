/** The families of clients and models that schemas can be fitted to. */
export const profileNames = ['anthropic', 'openai-strict', 'gemini', 'cursor'] as const;

/** One family of clients or models. */
export type ProfileName = (typeof profileNames)[number];

/** The longest tool name a profile takes, the service's prefix included. */
export const profileNameLengthMax: Readonly<Record<ProfileName, number>> = {
  anthropic: 64,
  'openai-strict': 64,
  gemini: 64,
  cursor: 60,
};
