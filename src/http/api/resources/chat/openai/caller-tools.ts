import { z } from '@hono/zod-openapi';
import type { CallerToolDefinition } from '../../../../../chat/caller-terms.ts';
import type { JsonObject } from '../../../../../kernel/json.ts';
import { limits } from '../../../../../kernel/limits.ts';
import { wrong } from './sent-content.ts';

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** A function of the caller, as both protocols describe it. */
export const functionSchema = z.looseObject({
  name: z.string().regex(NAME, 'Give up to 64 letters, digits, _ and -.'),
  description: z.string().nullable().optional(),
  parameters: z.record(z.string(), z.unknown()).nullable().optional(),
});

/** Tools of the caller from their functions. Throws `invalid_params` for too many or two alike. */
export function callerToolsOf(
  functions: readonly z.output<typeof functionSchema>[],
): readonly CallerToolDefinition[] {
  const names = new Set(functions.map(({ name }) => name));
  if (names.size < functions.length) {
    throw wrong('tools', 'has two functions of one name', 'Give each a name of its own.');
  }
  const bytes = Buffer.byteLength(JSON.stringify(functions));
  if (bytes > limits.chatCallerToolsBytesMax) {
    const fix = `Describe them in up to ${limits.chatCallerToolsBytesMax} bytes.`;
    throw wrong('tools', 'is too large', fix);
  }
  return functions.map(({ name, description, parameters }) => ({
    name,
    description: description ?? '',
    // It came as JSON.
    inputSchema: (parameters ?? { type: 'object', properties: {} }) as JsonObject,
  }));
}

/** Throws `invalid_params` unless a tool that has to be called is there. */
export function checkChosen(
  choice: 'auto' | 'none' | 'required' | { readonly name: string },
  tools: readonly CallerToolDefinition[],
): typeof choice {
  if (typeof choice === 'object' && !tools.some(({ name }) => name === choice.name)) {
    throw wrong('tool_choice', 'names none of the tools', 'Name a function of `tools`.');
  }
  return choice;
}
