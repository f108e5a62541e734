import type { ChatRun, NumberedEvent } from '../../../../../chat/chat-run.ts';
import type { RunEvent, RunWait, StopReason } from '../../../../../chat/loop/agent-engine.ts';
import { summarizeRun } from '../../../../../chat/runs/run-summary.ts';
import { itemId, type ResponsePlace } from './response-id.ts';
import {
  approvalItem,
  callItem,
  functionItem,
  messageItem,
  outputText,
  reasoningItem,
  summaryText,
  type MadeCall,
  type OutputItem,
} from './response-items.ts';

/** An event of a response's stream, without its number. */
export type ResponseEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/** Whether a wait ends a response: what the protocol can ask, with an item of its own. */
export function endsResponse({ kind }: RunWait): boolean {
  return kind !== 'question';
}

/**
 * Reads the events of a run, from its first, as one response: the output items so far and what a
 * stream says of each event. The same events give the same, so that a stream can be read again.
 */
export class ResponseReader {
  readonly #place: ResponsePlace;
  readonly #run: ChatRun;
  readonly #callers: ReadonlySet<string>;
  readonly #calls = new Map<string, MadeCall>();
  readonly #approvals = new Map<string, string>();
  readonly #own: NumberedEvent[] = [];
  readonly #output: OutputItem[] = [];
  #open: { readonly type: 'text' | 'reasoning'; readonly at: number; text: string } | undefined;
  /** Where the response before this one began; undefined for the first. */
  before: number | undefined;
  /** Whether there is a response that begins here. */
  isKnown: boolean;
  /** How it ended; undefined while it is in progress. */
  end: { readonly reason: StopReason | 'waiting' } | undefined;

  constructor(run: ChatRun, place: ResponsePlace) {
    this.#place = place;
    this.#run = run;
    this.#callers = new Set((run.caller?.tools ?? []).map(({ name }) => name));
    this.isKnown = place.after === 0;
  }

  get output(): readonly OutputItem[] {
    return this.#output;
  }

  /** Tokens and errors of this response alone. */
  get facts() {
    const { usage, error } = summarizeRun(this.#run, [], this.#own, []);
    return { usage, error };
  }

  /** What a stream says of an event; nothing of those before the response, and behind its end. */
  *read({ seq, event }: NumberedEvent): Generator<ResponseEvent> {
    if (this.end !== undefined) return;
    this.#remember(event);
    if (seq <= this.#place.after) {
      this.#skip(seq, event);
      return;
    }
    this.#own.push({ seq, event });
    switch (event.type) {
      case 'text':
      case 'reasoning':
        yield* this.#delta(event.type, event.text);
        return;
      case 'reset':
        yield* this.#close('incomplete');
        return;
      case 'step':
        yield* this.#close();
        return;
      case 'tool_result':
        yield* this.#close();
        yield* this.#result(event.result);
        return;
      case 'waiting':
        yield* this.#close();
        for (const wait of event.waits) yield* this.#asked(wait);
        if (event.waits.some(endsResponse)) this.end = { reason: 'waiting' };
        return;
      case 'finished':
        yield* this.#close(event.reason === 'done' ? 'completed' : 'incomplete');
        this.end = { reason: event.reason };
        return;
      default:
        return;
    }
  }

  #remember(event: RunEvent): void {
    if (event.type === 'tool_call') {
      const { callId, service, tool } = event;
      this.#calls.set(callId, { service, tool, arguments: JSON.stringify(event.arguments) });
    }
    if (event.type !== 'waiting') return;
    for (const { kind, callId, id } of event.waits) {
      if (kind === 'approval') this.#approvals.set(callId, id);
    }
  }

  #skip(seq: number, event: RunEvent): void {
    if (event.type !== 'waiting' || !event.waits.some(endsResponse)) return;
    if (seq === this.#place.after) {
      this.isKnown = true;
      this.before ??= 0;
    } else this.before = seq;
  }

  *#delta(type: 'text' | 'reasoning', delta: string): Generator<ResponseEvent> {
    if (this.#open !== undefined && this.#open.type !== type) yield* this.#close();
    const open = this.#open ?? (yield* this.#begin(type));
    open.text += delta;
    const place = { item_id: this.#idAt(open.at), output_index: open.at };
    yield type === 'text'
      ? { type: 'response.output_text.delta', ...place, content_index: 0, delta, logprobs: [] }
      : { type: 'response.reasoning_summary_text.delta', ...place, summary_index: 0, delta };
  }

  *#begin(type: 'text' | 'reasoning'): Generator<ResponseEvent, { at: number; text: string }> {
    const at = this.#output.length;
    const open = { type, at, text: '' };
    this.#open = open;
    const id = itemId(type === 'text' ? 'msg' : 'rs', this.#place, at);
    const item =
      type === 'text' ? messageItem(id, 'in_progress', undefined) : reasoningItem(id, undefined);
    yield* this.#added(item);
    const place = { item_id: id, output_index: at };
    yield type === 'text'
      ? { type: 'response.content_part.added', ...place, content_index: 0, part: outputText('') }
      : {
          type: 'response.reasoning_summary_part.added',
          ...place,
          summary_index: 0,
          part: summaryText(''),
        };
    return open;
  }

  *#close(status = 'completed'): Generator<ResponseEvent> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const { at, text } = open;
    const id = this.#idAt(at);
    const place = { item_id: id, output_index: at };
    if (open.type === 'text') {
      const of = { ...place, content_index: 0 };
      yield { type: 'response.output_text.done', ...of, text, logprobs: [] };
      yield { type: 'response.content_part.done', ...of, part: outputText(text) };
      yield this.#done(at, messageItem(id, status, text));
      return;
    }
    const of = { ...place, summary_index: 0 };
    yield { type: 'response.reasoning_summary_text.done', ...of, text };
    yield { type: 'response.reasoning_summary_part.done', ...of, part: summaryText(text) };
    yield this.#done(at, reasoningItem(id, text));
  }

  *#result({ callId, tool, end, content }: ResultOf): Generator<ResponseEvent> {
    const call = this.#calls.get(callId);
    if (call === undefined || this.#callers.has(tool)) return;
    const text = content.flatMap((part) => (part.type === 'text' ? part.text : [])).join('\n');
    const at = this.#output.length;
    const approvalId = this.#approvals.get(callId) ?? null;
    const facts = { isOk: end === 'ok', text, approvalId };
    yield* this.#whole(at, callItem(itemId('mcp', this.#place, at), call, facts));
  }

  *#asked({ kind, callId, id }: RunWait): Generator<ResponseEvent> {
    const call = this.#calls.get(callId);
    if (call === undefined || kind === 'question') return;
    const at = this.#output.length;
    if (kind === 'approval') {
      yield* this.#whole(at, approvalItem(id, call));
      return;
    }
    const item = itemId('fc', this.#place, at);
    const begun = { ...call, arguments: '' };
    yield* this.#added(functionItem(item, callId, 'in_progress', begun));
    const place = { item_id: item, output_index: at };
    const given = call.arguments;
    yield { type: 'response.function_call_arguments.delta', ...place, delta: given };
    const done = 'response.function_call_arguments.done';
    yield { type: done, ...place, name: call.tool, arguments: given };
    yield this.#done(at, functionItem(item, callId, 'completed', call));
  }

  *#whole(at: number, item: OutputItem): Generator<ResponseEvent> {
    yield* this.#added(item);
    yield this.#done(at, item);
  }

  *#added(item: OutputItem): Generator<ResponseEvent> {
    const at = this.#output.push(item) - 1;
    yield { type: 'response.output_item.added', output_index: at, item };
  }

  #done(at: number, item: OutputItem): ResponseEvent {
    this.#output[at] = item;
    return { type: 'response.output_item.done', output_index: at, item };
  }

  #idAt(at: number): string {
    return this.#output[at]?.id ?? '';
  }
}

type ResultOf = Extract<RunEvent, { readonly type: 'tool_result' }>['result'];
