import { randomInt } from 'node:crypto';
import { estimateTokens } from '../../kernel/estimate-tokens.ts';
import { limits } from '../../kernel/limits.ts';
import { stringMember } from '../../kernel/json.ts';
import type { ChatMessage, MessagePart, ToolCallPart } from '../conversations/message.ts';
import type { ModelCard } from '../models/model-book.ts';
import type { OfferedTool, ToolOffer } from '../tools/offered-tools.ts';
import { textOf } from '../conversations/text-of.ts';
import { ToolNames } from '../tools/tool-names.ts';
import type { StopReason } from './agent-engine.ts';
import type { ToldTool } from './ask-model.ts';
import { askModels, type AskedStep, type MakeQuestion } from './ask-models.ts';
import { buildPrompt } from './build-prompt.ts';
import { CitationFilter } from './citation-filter.ts';
import { fitHistory } from './fit-history.ts';
import { heldNote } from './held-note.ts';
import { outwardLinks, outwardNote } from './outward-links.ts';
import { stepEvent } from './step-event.ts';
import { systemText } from './system-text.ts';
import type { RunWork } from './run-work.ts';

/**
 * Asks for one step and writes it down; nothing follows from it before that. Why the run is over
 * with it, or undefined when there are calls to make. Throws StopRun.
 */
export async function runStep(
  work: RunWork,
  history: readonly ChatMessage[],
): Promise<StopReason | undefined> {
  const { run, context } = work;
  const offer = await context.shelf.offer(work.toolAsk(history));
  const held = heldNote(offer.held ?? []);
  if (held !== undefined && work.steps === 0) work.note(held);
  const tools = offeredTo(work, offer);
  const names = new ToolNames([...tools.map(({ publicName }) => publicName), ...toolsIn(history)]);
  const marks = marksIn(history);
  const toldTools = tools.map((tool) => told(tool, names));
  let citations = new CitationFilter(new Set(marks));
  const say = (text: string): void => {
    if (text !== '') run.journal.emit({ type: 'text', text });
  };
  const make: MakeQuestion = async ({ card }) => {
    // A step that is asked for again says everything again.
    citations = new CitationFilter(new Set(marks));
    const system = systemText(run.system, offer.hint, run.caller?.instructions);
    const fitted = fitHistory(
      history,
      roomIn(card, system, toldTools, run.sampling?.outputTokensMax),
    );
    tellLeftOut(work, fitted);
    const prompt = await buildPrompt(fitted.history, {
      card,
      names,
      isTrusted: (slug) => context.isTrusted(run.principal.tenant, slug),
      file: (id) => context.artifacts.get(placeOf(work), id),
    });
    return {
      ...run.sampling,
      system,
      prompt,
      tools: toldTools,
      ...wishesOf(work, names),
      text: (text) => say(citations.push(text)),
      textEnd: () => say(citations.end()),
      reasoning: (text) => run.journal.emit({ type: 'reasoning', text }),
    };
  };
  const asked = await askModels(work, make);
  if (citations.removed > 0) {
    work.note(`${citations.removed} citations of calls that were never made were taken out.`);
  }
  return await writeStep(work, asked, { names, marks, offer: tools, history });
}

interface StepPlace {
  readonly names: ToolNames;
  readonly marks: readonly string[];
  readonly offer: ToolOffer['tools'];
  readonly history: readonly ChatMessage[];
}

async function writeStep(
  work: RunWork,
  asked: AskedStep,
  place: StepPlace,
): Promise<StopReason | undefined> {
  const { journal } = work.run;
  const { answer, model, usage, cost } = asked;
  // What was cut may have lost a half of its last call: none of them is made.
  const isWhole = answer.finish === 'stop' || answer.finish === 'calls';
  const parts = partsOf(answer.parts, place, isWhole);
  const calls = parts.filter((part) => part.type === 'tool_call');
  for (const { callId, mark, tool, arguments: given } of calls) {
    const found = place.offer.find(({ publicName }) => publicName === tool);
    const service = found?.kind === 'service' ? found.live.service.slug : slugOf(tool);
    journal.emit({ type: 'tool_call', callId, mark, service, tool, arguments: given });
  }
  const note = outwardNote(outwardLinks(textOf(parts), place.history));
  if (note !== undefined) work.note(note);
  work.steps += 1;
  journal.emit(stepEvent(work.steps, asked));
  const facts = { model: model.card.name, usage, cost };
  // A model that was stopped before it said anything leaves nothing behind.
  if (parts.length > 0 || isWhole) await journal.append('assistant', parts, facts);
  return reasonOf(work, answer.finish, calls.length);
}

function reasonOf(
  work: RunWork,
  finish: AskedStep['answer']['finish'],
  calls: number,
): StopReason | undefined {
  if (finish === 'aborted') return work.stopReason;
  if (finish === 'length' || finish === 'refused') return finish;
  return calls === 0 ? 'done' : undefined;
}

/** The answer as it is kept: marks of calls that never were are out, calls have ids of ours. */
function partsOf(
  answered: AskedStep['answer']['parts'],
  { names, marks }: StepPlace,
  isWhole: boolean,
): readonly MessagePart[] {
  const parts: MessagePart[] = [];
  let number = marks.length;
  for (const part of answered) {
    if (part.type === 'text') {
      const filter = new CitationFilter(new Set(marks));
      const text = filter.push(part.text) + filter.end();
      parts.push({ ...part, text });
    } else if (part.type === 'reasoning') {
      parts.push(part);
    } else if (isWhole) {
      number += 1;
      const { name, arguments: given, providerData } = part;
      const call = { callId: newCallId(), mark: `t${number}`, tool: names.meant(name) };
      const data = providerData === undefined ? {} : { providerData };
      parts.push({ type: 'tool_call', ...call, arguments: given, ...data });
    }
  }
  return parts;
}

const ID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Nine letters and digits: what the strictest provider (Mistral) takes as the id of a call. */
function newCallId(): string {
  return Array.from({ length: 9 }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join('');
}

function marksIn(history: readonly ChatMessage[]): readonly string[] {
  return callsIn(history).map(({ mark }) => mark);
}

function toolsIn(history: readonly ChatMessage[]): readonly string[] {
  return callsIn(history).map(({ tool }) => tool);
}

function callsIn(history: readonly ChatMessage[]): readonly ToolCallPart[] {
  return history.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool_call'));
}

/** What a model is shown: the caller's tools hide others of their names. */
function offeredTo({ run, ownTools, callerTools }: RunWork, offer: ToolOffer) {
  if (run.caller?.toolChoice === 'none') return [];
  const taken = new Set(callerTools.map(({ publicName }) => publicName));
  const others = [...ownTools, ...offer.tools].filter(({ publicName }) => !taken.has(publicName));
  return [...others, ...callerTools];
}

/** How the caller wants to be answered; a tool is demanded of the first step alone. */
function wishesOf({ run, steps }: RunWork, names: ToolNames) {
  const { toolChoice, outputTokensMax, temperature, topP } = run.caller ?? {};
  const isDemand = toolChoice !== undefined && toolChoice !== 'auto' && toolChoice !== 'none';
  return {
    ...(isDemand &&
      steps === 0 && {
        toolChoice: toolChoice === 'required' ? toolChoice : { name: names.sent(toolChoice.name) },
      }),
    ...(outputTokensMax !== undefined && { outputTokensMax }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
  };
}

function told(tool: OfferedTool, names: ToolNames): ToldTool {
  const name = names.sent(tool.publicName);
  if (tool.kind !== 'service') return { name, ...pick(tool.description, tool.inputSchema) };
  const { definition } = tool;
  const description = stringMember(definition, 'description') ?? stringMember(definition, 'title');
  const schema = definition['inputSchema'];
  return { name, ...pick(description ?? '', (schema ?? {}) as ToldTool['inputSchema']) };
}

function pick(description: string, inputSchema: ToldTool['inputSchema']) {
  return { description, inputSchema };
}

/** Tokens that are left for what was said. */
function roomIn(
  card: ModelCard,
  system: string,
  tools: readonly ToldTool[],
  outputTokensMax: number | undefined,
): number {
  const answer = outputTokensMax ?? card.outputTokensMax ?? limits.chatAnswerTokens;
  const kept = Math.min(answer, Math.floor(card.contextTokens / 4));
  const told = tools.reduce((sum, tool) => sum + estimateTokens(JSON.stringify(tool)), 0);
  return card.contextTokens - kept - told - estimateTokens(system);
}

function tellLeftOut(
  work: RunWork,
  { resultsLeftOut: results, messagesLeftOut: messages }: ReturnType<typeof fitHistory>,
): void {
  if (results === 0 && messages === 0) return;
  const what = [
    ...(results > 0 ? [`${results} earlier results of tools`] : []),
    ...(messages > 0 ? [`${messages} earlier messages`] : []),
  ];
  work.noteOnce(
    `The conversation is longer than the model reads: ${what.join(' and ')} were left out.`,
  );
}

function placeOf({ run: { principal, conversationId } }: RunWork) {
  return { tenant: principal.tenant, conversationId };
}

function slugOf(tool: string): string | null {
  const [slug = '', own] = tool.split('__');
  return own === undefined ? null : slug;
}
