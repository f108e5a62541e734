import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { textOf, type Came } from './client.ts';
import type { World } from './open-world.ts';
import type { ModelScript } from './evil-model.ts';

/** What `POST /chat` answered. */
export interface Said {
  readonly came: Came;
  readonly runId: string;
  readonly sessionId: string;
  readonly answer: string;
  readonly status: string;
  readonly stopReason: string;
  readonly error: string;
  readonly calls: readonly JsonObject[];
  readonly waiting: readonly JsonObject[];
  readonly links: readonly JsonObject[];
}

/** A chat with a model that follows a script; everything that was called is forgotten before. */
export class ChatTalk {
  readonly #world: World;
  readonly #key: string;

  constructor(world: World, script: ModelScript, key = world.keys.admin) {
    this.#world = world;
    this.#key = key;
    const { model, web, books, mail } = world.chat;
    model.reset(script);
    for (const one of [web, books, mail]) one.reset();
  }

  /** Goes on by another script. */
  follow(script: ModelScript): void {
    this.#world.chat.model.script = script;
  }

  /** Says something; the status must be 200. */
  async say(message: string, more: JsonObject = {}): Promise<Said> {
    const came = await this.try({ message, ...more });
    assert.equal(came.status, 200, came.text.slice(0, 300));
    return saidBy(came);
  }

  try(body: unknown, path = '/chat'): Promise<Came> {
    const signal = AbortSignal.timeout(60_000);
    return this.#world.client.send('POST', path, { key: this.#key, body, signal });
  }

  /** Answers what a run waits for, and reads what comes of it. */
  async answer(runId: string, ...answers: readonly JsonObject[]): Promise<Said> {
    const came = await this.tryAnswer(runId, ...answers);
    assert.equal(came.status, 202, came.text.slice(0, 300));
    await this.#world.client.send('GET', `/chat/runs/${runId}/events`, { key: this.#key });
    return this.read(runId);
  }

  tryAnswer(runId: string, ...answers: readonly JsonObject[]): Promise<Came> {
    return this.try({ answers }, `/chat/runs/${runId}/answers`);
  }

  async read(runId: string): Promise<Said> {
    return saidBy(await this.#world.client.send('GET', `/chat/runs/${runId}`, { key: this.#key }));
  }
}

function saidBy(came: Came): Said {
  const { json } = came;
  const list = (name: string) => (json[name] ?? []) as readonly JsonObject[];
  return {
    came,
    runId: textOf(json, 'run_id'),
    sessionId: textOf(json, 'session_id'),
    answer: textOf(json, 'answer'),
    status: textOf(json, 'status'),
    stopReason: textOf(json, 'stop_reason'),
    error: textOf((json['error'] ?? {}) as JsonObject, 'code'),
    calls: list('tool_calls'),
    waiting: list('waiting'),
    links: list('links'),
  };
}

/** The statuses of the calls, in order. */
export function statuses({ calls }: Said): readonly string[] {
  return calls.map((call) => textOf(call, 'status'));
}

/** Gives another tenant the same model. */
export async function giveModel({ client, chat }: World, key: string): Promise<void> {
  const settings = { kind: 'openai_compatible', baseUrl: chat.model.baseUrl };
  const models = [{ id: 'm', contextTokens: 1_000_000, isDefault: true }];
  const body = { name: 'own', settings, models };
  const made = await client.send('POST', '/api/v1/models/providers', { key, body });
  assert.ok([201, 409].includes(made.status), made.text);
}
