import { z } from 'zod';
import { limits } from '../../../kernel/limits.ts';
import { testMentions, type Mention } from '../json-path/path-mentions.ts';
import { templateMentions } from './fill-template.ts';

const STEP_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const step = z.strictObject({
  name: z.string().regex(STEP_NAME).max(limits.toolNameLengthMax),
  operation: z.string().min(1).describe('An operationId, `METHOD /path` or tool name.'),
  arguments: z
    .record(z.string(), z.json())
    .optional()
    .describe(
      'By argument: a literal, `{"$path": "$.arguments.id"}`, `{"$path": "$.steps.find.id"}`, ' +
        '`{"$text": "Order {$.arguments.id}"}` or `{"$literal": …}`.',
    ),
  when: z
    .string()
    .optional()
    .describe('The step is left out unless this holds: `$.steps.find.total > 0`.'),
  onError: z
    .enum(['stop', 'continue'])
    .optional()
    .describe('`continue` goes on; what went wrong is then at `$.errors.<step>`.'),
  fields: z
    .array(z.string().min(1))
    .optional()
    .describe("Parts of the step's answer to keep, instead of the operation's own."),
});

const composite = z
  .strictObject({
    description: z.string().min(1),
    inputSchema: z
      .looseObject({
        type: z.literal('object'),
        properties: z.record(z.string(), z.json()).optional(),
        required: z.array(z.string()).optional(),
      })
      .optional()
      .describe('The arguments; absent = those that steps name, as their operations take them.'),
    steps: z.array(step).min(1).max(limits.compositeStepsMax),
    result: z
      .json()
      .optional()
      .describe("A template of the answer; absent = the last step's answer."),
  })
  .superRefine(({ inputSchema, steps, result }, context) => {
    const declared = inputSchema === undefined ? undefined : (inputSchema.properties ?? {});
    const check = (
      path: readonly (string | number)[],
      known: Known,
      read: MentionsReader,
    ): void => {
      for (const message of problemsOf(read, known)) {
        context.addIssue({ code: 'custom', path: [...path], message });
      }
    };
    const before = new Set<string>();
    for (const [at, { name, when, arguments: input }] of steps.entries()) {
      const known = { declared, steps: before };
      if (before.has(name)) check(['steps', at, 'name'], known, twice);
      if (when !== undefined) check(['steps', at, 'when'], known, () => testMentions(when));
      check(['steps', at, 'arguments'], known, () => templateMentions(input ?? {}));
      before.add(name);
    }
    const known = { declared, steps: before };
    check(['result'], known, () => templateMentions(result ?? null));
  });

/** A tool made of steps, each a call of an operation. */
export type CompositeConfig = z.infer<typeof composite>;

/** Composite tools by name. */
export const compositesConfig = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_-]*$/)
      .max(limits.toolNameLengthMax),
    composite,
  )
  .refine((all) => Object.keys(all).length <= limits.compositesPerServiceMax, {
    message: `at most ${limits.compositesPerServiceMax} composite tools`,
  });

type MentionsReader = () => readonly Mention[];

interface Known {
  readonly declared: Readonly<Record<string, unknown>> | undefined;
  /** Steps that have run by then. */
  readonly steps: ReadonlySet<string>;
}

const twice: MentionsReader = () => {
  throw new SyntaxError('an earlier step has this name');
};

function problemsOf(read: MentionsReader, { declared, steps }: Known): readonly string[] {
  let mentions: readonly Mention[];
  try {
    mentions = read();
  } catch (error) {
    if (error instanceof SyntaxError) return [error.message];
    throw error;
  }
  return mentions.flatMap(([place, name]) => {
    if (place === 'arguments') {
      const isUnknown = declared !== undefined && !Object.hasOwn(declared, String(name));
      return isUnknown ? [`"${name}" is no argument of the tool`] : [];
    }
    if (place !== 'steps' && place !== 'errors') {
      return ['paths start with $.arguments, $.steps or $.errors'];
    }
    return steps.has(String(name)) ? [] : [`"${name}" is no earlier step`];
  });
}
