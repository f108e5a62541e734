import { objectMember, stringMember, type JsonObject } from '../../kernel/json.ts';
import { cell, objectsOf } from '../cells.ts';
import type { RunEvent } from './run-events.ts';
import { shownArguments, shownCost, shownText } from './shown-text.ts';

/** Where a run is shown. */
export interface RunSinks {
  /** The model's own words; left out where only the whole answer counts. */
  readonly said: ((text: string) => void) | undefined;
  /** Everything else, in whole lines. */
  aside(text: string): void;
}

/** Shows a run as it happens. */
export class RunPrinter {
  readonly #sinks: RunSinks;
  readonly #tools = new Map<string, JsonObject>();
  #isMidLine = false;
  #steps = 0;

  constructor(sinks: RunSinks) {
    this.#sinks = sinks;
  }

  /** What a call that was shown is given, by its id. */
  argumentsOf(callId: string): string {
    return shownArguments(this.#tools.get(callId)?.['arguments']);
  }

  show({ name, data }: RunEvent): void {
    switch (name) {
      case 'text':
        return this.#say(shownText(stringMember(data, 'text') ?? ''));
      case 'reset':
        return this.#line('… that is void: the model is asked again');
      case 'tool_call':
        this.#tools.set(stringMember(data, 'id') ?? '', data);
        return this.#line(`→ ${nameOf(data)} ${shownArguments(data['arguments'])}`);
      case 'tool_result':
        return this.#result(data);
      case 'note':
        return this.#line(`· ${shownText(stringMember(data, 'text') ?? '')}`);
      case 'error':
        return this.#line(`! ${shownText(stringMember(data, 'message') ?? '')}`);
      case 'step':
        if (data['void'] !== true) this.#steps += 1;
        return undefined;
      case 'answer':
        return this.#sum(data);
      default:
        return undefined;
    }
  }

  /** Ends a line that was begun. */
  endLine(): void {
    if (this.#isMidLine) this.#sinks.said?.('\n');
    this.#isMidLine = false;
  }

  #say(text: string): void {
    if (text === '' || this.#sinks.said === undefined) return;
    this.#sinks.said(text);
    this.#isMidLine = !text.endsWith('\n');
  }

  #line(text: string): void {
    this.endLine();
    this.#sinks.aside(`${text}\n`);
  }

  #result(data: JsonObject): void {
    const status = stringMember(data, 'status') ?? '';
    const cost = shownCost(objectMember(data, 'cost'));
    const facts = [`${cell(data, 'duration_ms')} ms`, ...(cost === undefined ? [] : [cost])];
    const mark = status === 'ok' ? '←' : `← ${status}:`;
    this.#line(`${mark} ${nameOf(data)} ${facts.join(', ')}`);
    const [first] = objectsOf(data, 'content');
    const why = stringMember(first, 'text');
    if (status !== 'ok' && why !== undefined) this.#line(`  ${shownArguments(why)}`);
  }

  #sum(answer: JsonObject): void {
    this.endLine();
    if (answer['status'] !== 'finished') return;
    const usage = objectMember(answer, 'usage') ?? {};
    const cost = objectMember(answer, 'cost') ?? {};
    const amounts = objectsOf(cost, 'amounts').flatMap((one) => shownCost(one) ?? []);
    const facts = [
      `${this.#steps} ${this.#steps === 1 ? 'step' : 'steps'}`,
      `${cell(usage, 'input_tokens')} tokens in, ${cell(usage, 'output_tokens')} out` +
        (usage['estimated'] === true ? ' (estimated)' : ''),
      ...amounts,
      ...(cost['unpriced'] === true ? ['unpriced'] : []),
    ];
    const reason = stringMember(answer, 'stop_reason') ?? '';
    const end = reason === 'done' ? '' : `ended: ${reason}; `;
    this.#line(`[${end}${facts.join('; ')}]`);
  }
}

function nameOf(data: JsonObject): string {
  return shownText(stringMember(data, 'tool') ?? '');
}
