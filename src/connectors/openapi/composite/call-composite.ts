import { GatewayError } from '../../../kernel/errors.ts';
import { digitsOf } from '../../../kernel/json-digits.ts';
import { objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { ExchangeIo } from '../../../mcp/message.ts';
import { exactNumber } from '../../../kernel/numbers/exact-json.ts';
import { errorResult } from '../../../upstream/tool-result.ts';
import { askOperation, type CallOptions } from '../call/call-operation.ts';
import { fillTemplate } from './fill-template.ts';
import type { OpenapiService } from '../call/make-service.ts';
import type { CompiledComposite, CompositeStep } from '../model/compiled-document.ts';
import { restoreArguments } from '../profiles/restore-arguments.ts';
import { meets } from '../json-path/select-nodes.ts';
import {
  answerValue,
  defaultResultLimits,
  jsonResult,
  textAnswer,
} from '../answer/to-tool-result.ts';

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
  input: JsonObject,
  io: ExchangeIo,
  { charactersMax, keepRest, wantsProgress = false }: CallOptions = {},
): Promise<JsonObject> {
  const { fullInputSchema, steps, result, tool } = composite;
  const read = fullInputSchema === undefined ? input : restoreArguments(input, fullInputSchema);
  const schema = fullInputSchema ?? tool.inputSchema;
  const problem = argumentProblem(read, schema);
  if (problem !== undefined) return errorResult(problem);
  const values: Values = { arguments: withDigits(read), steps: {}, errors: {} };
  const done: string[] = [];
  let bytes = 0;
  let last: Json = null;
  for (const [at, step] of steps.entries()) {
    const wanted = isWanted(step, values);
    if (wanted === false) continue;
    if (wantsProgress) await tellProgress(io, at, steps);
    const outcome = wanted === true ? await runStep(service, step, values, io) : wanted;
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
  const answer = result === undefined ? { value: last } : shaped(result, values);
  if (answer.failure !== undefined) return errorResult(answer.failure, doneBefore(done));
  const { value } = answer;
  const most = charactersMax ?? defaultResultLimits.textCharactersMax;
  if (typeof value === 'string') return textAnswer(value, most, keepRest);
  return jsonResult(value, most, keepRest);
}

/** Numbers that lost digits when they were parsed become the text of all their digits. */
function withDigits(input: JsonObject): JsonObject {
  const entries = Object.entries(input).map(([name, value]): [string, Json] => {
    const digits = typeof value === 'number' ? digitsOf(input, name) : undefined;
    const exact = digits === undefined || typeof exactNumber(digits) === 'number';
    return [name, exact ? value : digits];
  });
  return Object.fromEntries(entries);
}

type StepOutcome =
  | { readonly failure?: never; readonly value: Json; readonly bytes: number }
  | { readonly failure: string };

/** Whether a step is to run, or why that cannot be told. */
function isWanted({ when }: CompositeStep, values: Values): boolean | { readonly failure: string } {
  try {
    return when === undefined || meets(values, when);
  } catch (error) {
    if (error instanceof RangeError) return { failure: `its condition fails: ${error.message}` };
    throw error;
  }
}

type Shaped = { readonly failure?: never; readonly value: Json } | { readonly failure: string };

/** The answer as the configuration wants it. */
function shaped(template: Json, values: Values): Shaped {
  try {
    return { value: fillTemplate(template, values) ?? null };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { failure: `The result cannot be made: ${error.message}.` };
  }
}

async function runStep(
  service: OpenapiService,
  step: CompositeStep,
  values: Values,
  io: ExchangeIo,
): Promise<StepOutcome> {
  if (isLate(io)) return { failure: 'there was no time left' };
  try {
    const input = fillTemplate(step.arguments, values) as JsonObject;
    const answer = await askOperation(service, step.operation, input, io, false);
    if (answer.refusal !== undefined) return { failure: answer.refusal };
    return answerValue(step.operation, answer.response);
  } catch (error) {
    // Nobody waits for the result of an exchange that was cancelled.
    const isFailure = error instanceof GatewayError || error instanceof RangeError;
    if (!isFailure || io.cancellation.reason !== undefined) throw error;
    return { failure: error.message };
  }
}

const isLate = ({ deadlineMs }: ExchangeIo): boolean =>
  deadlineMs !== 0 && Date.now() >= deadlineMs;

const stopped = ({ name }: CompositeStep, failure: string, done: readonly string[]): JsonObject =>
  errorResult(`Step "${name}" failed: ${failure}`, doneBefore(done));

const doneBefore = (done: readonly string[]): string =>
  done.length === 0 ? 'Nothing was done before it.' : `Done before it: ${done.join(', ')}.`;

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
function argumentProblem(input: JsonObject, schema: JsonObject): string | undefined {
  const known = Object.keys(objectMember(schema, 'properties') ?? {});
  const { required } = schema;
  const missing = (Array.isArray(required) ? (required as readonly string[]) : []).find(
    (name) => input[name] === undefined || input[name] === null,
  );
  if (missing !== undefined) return `Argument "${missing}" is required`;
  const unexpected = Object.keys(input).find((name) => !known.includes(name));
  if (unexpected === undefined || schema['additionalProperties'] === true) return undefined;
  const names = known.join(', ') || 'no arguments';
  return `Argument "${unexpected.slice(0, 128)}" is not known; this tool takes: ${names}`;
}
