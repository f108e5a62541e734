import type { ActedCall } from '../../gateway/approvals/call-approvals.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, objectMember, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { ChatMessage, ToolCallPart, ToolResultPart } from '../conversations/message.ts';
import { callTool, FailedCall } from '../tools/call-tool.ts';
import type { OfferedTool, OwnTool, ServiceTool } from '../tools/offered-tools.ts';
import { shownText, toolContent, type KeepArtifact } from '../tools/tool-content.ts';
import type { CallState, RunAnswer, RunWait } from './agent-engine.ts';
import { answerInputs, givenAnswers } from './answer-inputs.ts';
import { needsApproval } from './approval-policy.ts';
import { INTERRUPTED } from './build-prompt.ts';
import { costOf, errorText, ownResult } from './call-result.ts';
import type { DataFlow } from './data-flow.ts';
import type { RunWork } from './run-work.ts';
import { StopRun } from './stop-run.ts';

/** What the calls of a step have in common. */
export interface CallRound {
  /** Up to the message with the calls. */
  readonly history: readonly ChatMessage[];
  readonly answers: readonly RunAnswer[];
  readonly alwaysAllowed: ReadonlySet<string>;
  readonly taintedBy: ReadonlySet<string>;
  readonly flow: DataFlow;
  /** The tool behind a name, shown in this step or not. */
  find(publicName: string): OfferedTool | undefined;
}

/** Where a call comes to rest. */
export type SettledCall =
  | { readonly result: ToolResultPart }
  | { readonly waits: readonly RunWait[] };

/**
 * Goes on with one call from wherever it stands. That it runs is durable before it reaches its
 * service; found so by another process it is interrupted and never made again by itself.
 */
export async function settleCall(
  work: RunWork,
  round: CallRound,
  call: ToolCallPart,
  state: CallState | undefined,
): Promise<SettledCall> {
  if (state?.state === 'ended') return { result: state.result };
  if (state?.state === 'running') return { result: ownResult(call, 'interrupted', INTERRUPTED) };
  const tool = round.find(call.tool);
  if (tool === undefined) {
    const name = JSON.stringify(call.tool.slice(0, 200));
    return { result: ownResult(call, 'error', `There is no tool of the name ${name} here.`) };
  }
  const most = limits.chatArgumentBytesMax;
  if (Buffer.byteLength(JSON.stringify(call.arguments)) > most) {
    const text = `The call was not made, its arguments are above ${most} bytes.`;
    return { result: ownResult(call, 'error', text) };
  }
  const schema = tool.kind === 'service' ? schemaOf(tool) : tool.inputSchema;
  const problem = work.loaded.check(schema, call.arguments);
  if (problem !== undefined || !isJsonObject(call.arguments)) {
    const text = `The call was not made, its arguments are not valid: ${problem}`;
    return { result: ownResult(call, 'error', text) };
  }
  if (work.signal.aborted) return { result: notMade(call) };
  const made = new MadeCall(work, round, call, call.arguments);
  if (tool.kind === 'own') return { result: await made.ofChat(tool) };
  if (tool.kind === 'caller') return await made.ofCaller();
  return await made.ofService(tool, state);
}

/** The result of a call that was not made because its run ended. */
export function notMade(call: ToolCallPart): ToolResultPart {
  return ownResult(call, 'error', 'The call was not made: the run ended before.');
}

function schemaOf({ definition }: ServiceTool): JsonObject {
  return objectMember(definition, 'inputSchema') ?? { type: 'object' };
}

class MadeCall {
  readonly #work: RunWork;
  readonly #round: CallRound;
  readonly #call: ToolCallPart;
  readonly #given: JsonObject;
  readonly #startedMs = performance.now();

  constructor(work: RunWork, round: CallRound, call: ToolCallPart, given: JsonObject) {
    this.#work = work;
    this.#round = round;
    this.#call = call;
    this.#given = given;
  }

  /** A tool of the chat itself only reads: it may be called as often as one likes. */
  async ofChat(tool: OwnTool): Promise<ToolResultPart> {
    try {
      const said = await tool.run(this.#given, this.#work.toolAsk(this.#round.history));
      // What it reads in pieces must not become another long result.
      const text = said.slice(0, 2 * limits.chatReadCharactersMax);
      return ownResult(this.#call, 'ok', text, { durationMs: this.#ms() });
    } catch (error) {
      return this.#failed(error, null);
    }
  }

  /** A tool of the caller is not called here: its call goes back, and a result is waited for. */
  async ofCaller(): Promise<SettledCall> {
    const { callId, tool, mark } = this.#call;
    const answer = this.#round.answers.find(({ id, kind }) => id === callId && kind === 'caller');
    if (answer?.kind !== 'caller') {
      const message = 'The caller runs this tool and brings its result.';
      const wait: RunWait = { callId, tool, kind: 'caller', id: callId, message };
      return await this.#wait({ state: 'waiting', waits: [wait] });
    }
    const content = [await shownText(answer.output, mark, this.#keep)];
    const facts = { durationMs: 0, usageId: null, isCallers: true } as const;
    return { result: { type: 'tool_result', callId, tool, end: 'ok', content, ...facts } };
  }

  async ofService(tool: ServiceTool, state: CallState | undefined): Promise<SettledCall> {
    try {
      const waits = state?.state === 'waiting' ? state.waits : [];
      if (state?.state === 'waiting' && waits.some(({ kind }) => kind === 'question')) {
        return await this.#answered(tool, state);
      }
      return await this.#approved(tool, waits[0]);
    } catch (error) {
      // What ends the run, or cannot be written down, is no result of the call.
      if (!(error instanceof CallRefused)) throw error;
      return { result: this.#failed(error.cause, null) };
    }
  }

  /** Makes the call when nobody has to approve it, or somebody has. */
  async #approved(tool: ServiceTool, asked: RunWait | undefined): Promise<SettledCall> {
    const { approvals } = this.#work.context;
    const acted = this.#acted(tool);
    const ruled = approvals.ruled(acted);
    if (asked === undefined && !this.#mustAsk(tool, ruled)) return await this.#make(tool, {});
    let wait = asked;
    if (wait !== undefined) {
      const { id } = wait;
      const answer = this.#round.answers.find((one) => one.id === id && one.kind === 'approval');
      if (answer?.kind === 'approval') {
        await refusable(approvals.answer(acted, id, answer.isApproved));
      }
    } else {
      wait = await this.#ask(acted);
    }
    let stand = await refusable(approvals.stand(acted, wait.id));
    if (stand === 'used' || stand === 'other') {
      // Another call took it, or the tool is not what it was: this one is asked for anew.
      wait = await this.#ask(acted);
      stand = await refusable(approvals.stand(acted, wait.id));
    }
    if (stand === 'denied') return { result: this.#denied() };
    if (stand !== 'approved') return await this.#wait({ state: 'waiting', waits: [wait] });
    // Where a rule asked, the spine takes the approval when the call reaches it.
    const isOurs = ruled === 'open' || ruled === 'exempt';
    if (isOurs && !(await refusable(approvals.use(acted, wait.id, this.#call.callId)))) {
      // Of two calls that are the same, another was first.
      return await this.#wait({ state: 'waiting', waits: [await this.#ask(acted)] });
    }
    return await this.#make(tool, {});
  }

  /** Goes on with a call whose service asked something. */
  async #answered(
    tool: ServiceTool,
    state: Extract<CallState, { state: 'waiting' }>,
  ): Promise<SettledCall> {
    const { inputs, left } = givenAnswers(this.#call, state.waits, this.#round.answers);
    if (left.length === state.waits.length) return { waits: left };
    const all = { ...state.inputs, ...inputs };
    if (left.length > 0) return await this.#wait({ ...state, waits: left, inputs: all });
    return await this.#make(tool, { inputResponses: all, requestState: state.requestState });
  }

  async #make(
    tool: ServiceTool,
    first: {
      readonly inputResponses?: JsonObject;
      readonly requestState?: string | undefined;
    },
  ): Promise<SettledCall> {
    const { run, context, signal, deadlineMs } = this.#work;
    const { callId } = this.#call;
    await run.journal.noteCall(callId, { state: 'running' });
    let { inputResponses, requestState } = first;
    try {
      for (let rounds = 0; rounds < limits.inputRoundsMax; rounds++) {
        const { answer, usageId } = await callTool(context.gateway, {
          principal: run.principal,
          tool: tool.publicName,
          given: this.#given,
          ...(inputResponses === undefined ? {} : { inputResponses }),
          ...(requestState === undefined ? {} : { requestState }),
          deadlineMs,
          signal,
          progress: (progress) => run.journal.emit({ type: 'tool_progress', callId, progress }),
        });
        if (answer.state === 'done') return { result: await this.#done(answer.result, usageId) };
        const { waits, inputs } = await answerInputs(this.#work, this.#call, answer.inputRequests);
        ({ requestState } = answer);
        if (waits.length > 0) {
          const kept = requestState === undefined ? {} : { requestState };
          return await this.#wait({ state: 'waiting', waits, inputs, ...kept });
        }
        inputResponses = inputs;
      }
      throw new GatewayError('upstream_failed', 'The service keeps asking for more.');
    } catch (error) {
      if (error instanceof StopRun) throw error;
      if (error instanceof FailedCall) return { result: this.#failed(error.cause, error.usageId) };
      if (error instanceof GatewayError) return { result: this.#failed(error, null) };
      throw error;
    }
  }

  async #wait(state: Extract<CallState, { state: 'waiting' }>): Promise<SettledCall> {
    await this.#work.run.journal.noteCall(this.#call.callId, state);
    return { waits: state.waits };
  }

  async #ask(acted: ActedCall): Promise<RunWait> {
    const { callId, tool } = this.#call;
    const asked = await refusable(this.#work.context.approvals.request(acted));
    return { callId, tool, kind: 'approval', ...asked };
  }

  #mustAsk(
    tool: ServiceTool,
    ruled: ReturnType<RunWork['context']['approvals']['ruled']>,
  ): boolean {
    const { alwaysAllowed, taintedBy, flow } = this.#round;
    const { context, run } = this.#work;
    const { definition, live, publicName } = tool;
    const { slug } = live.service;
    return needsApproval({
      definition,
      slug,
      isTrusted: context.isTrusted(run.principal.tenant, slug),
      ruled,
      isAlwaysAllowed: alwaysAllowed.has(publicName),
      taintedBy,
      carries: () => flow.carriedBy(this.#given, { slug, definition }),
    });
  }

  #acted({ live, name }: ServiceTool): ActedCall {
    const { principal } = this.#work.run;
    return { principal, live, tool: name, arguments: this.#given };
  }

  async #done(result: JsonObject, usageId: string | null): Promise<ToolResultPart> {
    const { callId, tool, mark } = this.#call;
    const content = await toolContent(result, mark, this.#keep);
    const end = result['isError'] === true ? 'error' : 'ok';
    const cost = costOf(result);
    const durationMs = this.#ms();
    const part = { type: 'tool_result', callId, tool, end, content, durationMs, usageId } as const;
    return cost === undefined ? part : { ...part, cost };
  }

  #failed(error: unknown, usageId: string | null): ToolResultPart {
    const more = { durationMs: this.#ms(), usageId };
    if (this.#work.signal.aborted) {
      const text = 'The run ended while this call ran: nobody knows whether it was done.';
      return ownResult(this.#call, 'interrupted', text, more);
    }
    const isKnown = error instanceof Error && ('code' in error || 'rpcCode' in error);
    if (!isKnown) {
      const text = error instanceof Error ? error.message : String(error);
      const { id } = this.#work.run;
      this.#work.context.log.error({ runId: id, error: text }, 'a call of a chat failed');
    }
    const isDenied = error instanceof GatewayError && error.code === 'approval_denied';
    return ownResult(this.#call, isDenied ? 'denied' : 'error', errorText(error), more);
  }

  #denied(): ToolResultPart {
    const text = 'The call was not approved, and it was not made. Do not try it again unasked.';
    return ownResult(this.#call, 'denied', text, { durationMs: this.#ms() });
  }

  readonly #keep: KeepArtifact = (artifact) => {
    const { run, context } = this.#work;
    const { principal, conversationId } = run;
    return context.artifacts.put({ tenant: principal.tenant, conversationId }, artifact);
  };

  #ms(): number {
    return Math.round(performance.now() - this.#startedMs);
  }
}

/** What an approval was refused with: the model is told, and the run goes on. */
class CallRefused extends Error {
  constructor(cause: unknown) {
    super('The call was refused.', { cause });
    this.name = 'CallRefused';
  }
}

async function refusable<Value>(asked: Promise<Value>): Promise<Value> {
  try {
    return await asked;
  } catch (error) {
    throw new CallRefused(error);
  }
}
