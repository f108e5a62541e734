import { GatewayError } from '../../kernel/errors.ts';
import { digitsOf } from '../../kernel/json-digits.ts';
import { objectMember, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { ExchangeIo } from '../../mcp/message.ts';
import { exactNumber } from '../../upstream/exact-json.ts';
import { errorResult } from '../../upstream/tool-result.ts';
import { askOperation, type CallManner } from './call-operation.ts';
import { fillTemplate } from './fill-template.ts';
import type { OpenapiService } from './make-service.ts';
import type { CompiledComposite, CompositeStep } from './model.ts';
import { restoreArguments } from './profiles/restore-arguments.ts';
import { meets } from './select-nodes.ts';
import { answerValue, defaultResultLimits, jsonResult, textAnswer } from './to-tool-result.ts';

/** What templates take values from. */
type Values = {
  readonly arguments: JsonObject;
  readonly steps: { [step: string]: Json };
  readonly errors: { [step: string]: Json };
};

/**
 * Runs the steps of a composite tool one after the other. A step that fails ends it, unless the
 * step says to go on: the result names it and what was done before, as that is not undone.
 */
export async function callComposite(
  service: OpenapiService,
  composite: CompiledComposite,
  given: JsonObject,
  io: ExchangeIo,
  { charactersMax, keepRest, wantsProgress = false }: CallManner = {},
): Promise<JsonObject> {
  const { fullInputSchema, steps, result, tool } = composite;
  const read = fullInputSchema === undefined ? given : restoreArguments(given, fullInputSchema);
  const schema = fullInputSchema ?? tool.inputSchema;
  const problem = argumentProblem(read, schema);
  if (problem !== undefined) return errorResult(problem);
  const values: Values = { arguments: withDigits(read), steps: {}, errors: {} };
  const done: string[] = [];
  let bytes = 0;
  let last: Json = null;
  for (const [at, step] of steps.entries()) {
    if (step.when !== undefined && !meets(values, step.when)) continue;
    if (wantsProgress) await tellProgress(io, at, steps);
    const outcome = isLate(io)
      ? { failure: 'there was no time left' }
      : await runStep(service, step, values, io);
    if (outcome.failure === undefined) {
      bytes += outcome.bytes;
      if (bytes > limits.compositeResultsBytesMax) {
        return stopped(step, 'the answers are too large together', done);
      }
      last = outcome.value;
      values.steps[step.name] = last;
      done.push(step.name);
    } else if (step.onError === 'continue') {
      values.errors[step.name] = { message: outcome.failure };
    } else {
      return stopped(step, outcome.failure, done);
    }
  }
  const answer = result === undefined ? last : (fillTemplate(result, values) ?? null);
  const most = charactersMax ?? defaultResultLimits.textCharactersMax;
  if (typeof answer === 'string') return textAnswer(answer, most, keepRest);
  return jsonResult(answer, most, keepRest);
}

/** Numbers that lost digits when they were parsed become the text of all their digits. */
function withDigits(given: JsonObject): JsonObject {
  const entries = Object.entries(given).map(([name, value]): [string, Json] => {
    const digits = typeof value === 'number' ? digitsOf(given, name) : undefined;
    const exact = digits === undefined || typeof exactNumber(digits) === 'number';
    return [name, exact ? value : digits];
  });
  return Object.fromEntries(entries);
}

type StepOutcome =
  | { readonly failure?: never; readonly value: Json; readonly bytes: number }
  | { readonly failure: string };

async function runStep(
  service: OpenapiService,
  step: CompositeStep,
  values: Values,
  io: ExchangeIo,
): Promise<StepOutcome> {
  try {
    const given = fillTemplate(step.arguments, values) as JsonObject;
    const answer = await askOperation(service, step.operation, given, io, false);
    if (answer.refusal !== undefined) return { failure: answer.refusal };
    return answerValue(step.operation, answer.response);
  } catch (error) {
    // Nobody waits for the result of an exchange that was cancelled.
    const told = error instanceof GatewayError || error instanceof RangeError;
    if (!told || io.cancellation.reason !== undefined) throw error;
    return { failure: error.message };
  }
}

const isLate = ({ deadlineMs }: ExchangeIo): boolean =>
  deadlineMs !== 0 && Date.now() >= deadlineMs;

function stopped({ name }: CompositeStep, failure: string, done: readonly string[]): JsonObject {
  const before =
    done.length === 0 ? 'Nothing was done before it.' : `Done before it: ${done.join(', ')}.`;
  return errorResult(`Step "${name}" failed: ${failure}`, before);
}

async function tellProgress(
  io: ExchangeIo,
  at: number,
  steps: readonly CompositeStep[],
): Promise<void> {
  const message = steps[at]?.name ?? '';
  const params = { progress: at, total: steps.length, message };
  await io.notify({ method: 'notifications/progress', params });
}

/** Every needed argument is there, and none that the tool does not know. */
function argumentProblem(given: JsonObject, schema: JsonObject): string | undefined {
  const known = Object.keys(objectMember(schema, 'properties') ?? {});
  const { required } = schema;
  const missing = (Array.isArray(required) ? (required as readonly string[]) : []).find(
    (name) => given[name] === undefined || given[name] === null,
  );
  if (missing !== undefined) return `Argument "${missing}" is required`;
  const stranger = Object.keys(given).find((name) => !known.includes(name));
  if (stranger === undefined || schema['additionalProperties'] === true) return undefined;
  const names = known.join(', ') || 'no arguments';
  return `Argument "${stranger.slice(0, 128)}" is not known; this tool takes: ${names}`;
}
