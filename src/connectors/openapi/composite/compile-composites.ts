import { objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import type { CompositeConfig } from './composite-config.ts';
import { compositeSchema } from './composite-schema.ts';
import type {
  CompiledComposite,
  CompiledOperation,
  CompositeStep,
  Diagnostic,
} from '../model/compiled-document.ts';

/** What composite tools are made from. */
export interface CompositeSources {
  /** Everything a step may call, what models do not see included. */
  readonly operations: readonly CompiledOperation[];
  /** Names that other tools have. */
  readonly taken: ReadonlySet<string>;
}

/** The composite tools that can work, and why others cannot. */
export interface CompiledComposites {
  readonly composites: readonly CompiledComposite[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Compiles composite tools. One whose step calls an operation that is gone, gives it what it does
 * not take or leaves out what it needs is not offered, and a diagnostic says why.
 */
export function compileComposites(
  configured: Readonly<Record<string, CompositeConfig>>,
  { operations, taken }: CompositeSources,
): CompiledComposites {
  const known = new Map<string, CompiledOperation>();
  // The most specific name wins: an operationId may equal another operation's tool name.
  for (const keyOf of [toolName, operationId, id]) {
    for (const operation of operations) known.set(keyOf(operation), operation);
  }
  const composites: CompiledComposite[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [name, config] of Object.entries(configured)) {
    const problem = taken.has(name) ? 'another tool has this name' : problemOf(config, known);
    if (problem === undefined) composites.push(compileOne(name, config, known));
    else diagnostics.push(notOffered(name, problem));
  }
  return { composites, diagnostics };
}

const toolName = ({ tool }: CompiledOperation): string => tool.name;
const operationId = (operation: CompiledOperation): string => operation.operationId ?? operation.id;
const id = (operation: CompiledOperation): string => operation.id;

/** True for operations that some step calls, whether they are offered or not. */
export function usedByComposites(
  configured: Readonly<Record<string, CompositeConfig>>,
): (operation: { readonly id: string; readonly operationId: string | undefined }) => boolean {
  const named = new Set(
    Object.values(configured).flatMap(({ steps }) => steps.map(({ operation }) => operation)),
  );
  return (operation) =>
    named.has(operation.id) ||
    (operation.operationId !== undefined && named.has(operation.operationId));
}

function compileOne(
  name: string,
  { description, inputSchema, steps, result }: CompositeConfig,
  known: ReadonlyMap<string, CompiledOperation>,
): CompiledComposite {
  const compiled = steps.map((step): CompositeStep => {
    const operation = known.get(step.operation) as CompiledOperation;
    const { fields } = step;
    return {
      name: step.name,
      operation:
        fields === undefined ? operation : { ...operation, plan: { ...operation.plan, fields } },
      arguments: step.arguments ?? {},
      when: step.when,
      onError: step.onError,
    };
  });
  const template = result as Json | undefined;
  return {
    tool: {
      name,
      description,
      inputSchema: (inputSchema as JsonObject | undefined) ?? compositeSchema(compiled, template),
      annotations: annotationsOf(compiled),
    },
    steps: compiled,
    result: template,
  };
}

function problemOf(
  { steps }: CompositeConfig,
  known: ReadonlyMap<string, CompiledOperation>,
): string | undefined {
  for (const step of steps) {
    const operation = known.get(step.operation);
    const says = `step "${step.name}"`;
    if (operation === undefined) {
      return `${says} calls "${step.operation}", which is no operation of the document`;
    }
    const supplied = Object.keys(step.arguments ?? {});
    const { inputSchema } = operation.tool;
    const takes = objectMember(inputSchema, 'properties') ?? {};
    const unexpected = supplied.find((argument) => !Object.hasOwn(takes, argument));
    if (unexpected !== undefined) {
      return `${says} gives "${unexpected}", which ${whyNot(operation, unexpected)}`;
    }
    const required = inputSchema['required'];
    const missing = (Array.isArray(required) ? (required as readonly Json[]) : []).find(
      (argument) => typeof argument === 'string' && !supplied.includes(argument),
    );
    if (missing !== undefined) return `${says} does not give "${missing as string}"`;
  }
  return undefined;
}

function whyNot({ plan }: CompiledOperation, argument: string): string {
  if (Object.hasOwn(plan.fixed ?? {}, argument)) return 'the configuration fixes';
  const unseen = plan.unseen?.includes(argument) === true;
  return unseen ? 'the configuration hides' : 'the operation does not take';
}

/** A tool is only as harmless as its least harmless step. */
function annotationsOf(steps: readonly CompositeStep[]): JsonObject {
  const all = steps.map(({ operation }) => operation.tool.annotations);
  const every = (hint: string): boolean => all.every((each) => each[hint] === true);
  if (every('readOnlyHint')) return { readOnlyHint: true };
  const destroys = all.some((each) => each['destructiveHint'] === true);
  const repeatable = all.every(
    (each) => each['readOnlyHint'] === true || each['idempotentHint'] === true,
  );
  return {
    ...(destroys ? { destructiveHint: true } : {}),
    ...(repeatable ? { idempotentHint: true } : {}),
  };
}

const notOffered = (name: string, problem: string): Diagnostic => ({
  severity: 'error',
  code: 'composite_left_out',
  text: `"${name}" is not offered: ${problem}.`,
});
