import {
  isJsonObject,
  objectMember,
  stringMember,
  type Json,
  type JsonObject,
} from '../../kernel/json.ts';
import { objectsOf } from '../cells.ts';
import { shownText } from './shown-text.ts';

/** Asks a person for a line; undefined when nobody answers any more. */
export type AskLine = (prompt: string) => Promise<string | undefined>;

/** What a run's wait is answered with, as `POST /chat/runs/{run}/answers` takes it. */
export async function answerWaits(
  answer: JsonObject,
  argumentsOf: (callId: string) => string,
  ask: AskLine,
): Promise<readonly JsonObject[]> {
  const answers: JsonObject[] = [];
  for (const wait of objectsOf(answer, 'waiting')) {
    const id = stringMember(wait, 'id') ?? '';
    answers.push(
      wait['kind'] === 'approval'
        ? { id, ...(await approval(wait, argumentsOf, ask)) }
        : { id, response: await question(wait, ask) },
    );
  }
  return answers;
}

async function approval(
  wait: JsonObject,
  argumentsOf: (callId: string) => string,
  ask: AskLine,
): Promise<JsonObject> {
  const tool = shownText(stringMember(wait, 'tool') ?? '');
  const given = argumentsOf(stringMember(wait, 'call_id') ?? '');
  for (;;) {
    const said = await ask(`? May it call ${tool} ${given}? yes, no, always: `);
    const word = said?.trim().toLowerCase();
    if (word === undefined || word === 'n' || word === 'no') return { approve: false };
    if (word === 'y' || word === 'yes') return { approve: true };
    if (word === 'a' || word === 'always') return { approve: true, always: true };
  }
}

/** An ElicitResult: what a person says to a question of a service. */
async function question(wait: JsonObject, ask: AskLine): Promise<JsonObject> {
  const asked = shownText(`${stringMember(wait, 'tool')} asks: ${stringMember(wait, 'message')}`);
  const url = stringMember(wait, 'url');
  if (url !== undefined) {
    const said = await ask(`? ${asked}\n  Go to ${shownText(url)}. Done? yes, no: `);
    return { action: /^y/i.test(said?.trim() ?? '') ? 'accept' : 'decline' };
  }
  const schema = objectMember(wait, 'schema') ?? {};
  const properties = Object.entries(objectMember(schema, 'properties') ?? {});
  const required = schema['required'];
  const content: Record<string, Json> = {};
  const agreed = await ask(`? ${asked}\n  Answer it? yes, no: `);
  if (!/^y/i.test(agreed?.trim() ?? '')) return { action: 'decline' };
  for (const [name, of] of properties) {
    const field = isJsonObject(of) ? of : {};
    const isRequired = Array.isArray(required) && required.includes(name);
    const value = await askField(name, field, isRequired, ask);
    if (value === null) return { action: 'cancel' };
    if (value !== undefined) content[name] = value;
  }
  return { action: 'accept', content };
}

/** The value of a field; undefined to leave it out, null when nobody answers. */
async function askField(
  name: string,
  field: JsonObject,
  isRequired: boolean,
  ask: AskLine,
): Promise<Json | undefined> {
  const title = stringMember(field, 'description') ?? stringMember(field, 'title') ?? name;
  const options = field['enum'];
  const choice = Array.isArray(options) ? ` (${options.map(String).join(', ')})` : '';
  const type = stringMember(field, 'type') ?? 'string';
  const hint = choice === '' && type !== 'string' ? ` (${type})` : choice;
  for (;;) {
    const line = await ask(`  ${shownText(title + hint)}: `);
    if (line === undefined) return null;
    const said = line.trim();
    if (said === '' && !isRequired) return undefined;
    const value = readField(said, type);
    const isOne = !Array.isArray(options) || options.some((option) => option === value);
    if (said !== '' && value !== undefined && isOne) return value;
  }
}

function readField(said: string, type: string): Json | undefined {
  if (type === 'boolean') {
    if (/^(y|yes|true)$/i.test(said)) return true;
    return /^(n|no|false)$/i.test(said) ? false : undefined;
  }
  if (type !== 'number' && type !== 'integer') return said;
  const value = Number(said);
  return Number.isFinite(value) && (type === 'number' || Number.isInteger(value))
    ? value
    : undefined;
}
