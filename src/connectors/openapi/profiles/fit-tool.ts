import type { JsonObject } from '../../../kernel/json.ts';
import type { CompiledTool } from '../model/compiled-document.ts';
import { fitCursor } from './fit-cursor.ts';
import { fitGemini } from './fit-gemini.ts';
import { fitOpenaiStrict } from './fit-openai-strict.ts';
import type { ProfileName } from './profile-names.ts';

/** Fits an input schema to a profile. Pure; what the compiler writes is Anthropic's already. */
export function fitSchema(schema: JsonObject, profile: ProfileName): JsonObject {
  switch (profile) {
    case 'anthropic':
      return schema;
    case 'openai-strict':
      return fitOpenaiStrict(schema);
    case 'gemini':
      return fitGemini(schema);
    case 'cursor':
      return fitCursor(schema);
  }
}

/** Anything that has a tool: an operation or a composite. */
export interface Fittable {
  readonly tool: CompiledTool;
  readonly fullInputSchema?: JsonObject;
}

/** The same with a fitted tool; the full schema is kept for reading arguments. */
export function fitTool<Each extends Fittable>(each: Each, profile: ProfileName): Each {
  const { tool } = each;
  const inputSchema = fitSchema(tool.inputSchema, profile);
  if (inputSchema === tool.inputSchema) return each;
  return { ...each, tool: { ...tool, inputSchema }, fullInputSchema: tool.inputSchema };
}
