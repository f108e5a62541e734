import type { OpenKind } from './kind.ts';
import { openaiProvider } from './openai.ts';

/** OpenAI by its Chat Completions. */
export const openaiChat: OpenKind<'openai_chat'> = (context) =>
  openaiProvider(context).chat(context.modelId);
