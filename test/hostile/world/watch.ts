import { fork, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { insideShown } from './answers.ts';
import type { Fate } from './innocent.ts';
import { planted, type World } from './open-world.ts';

const INNOCENT = fileURLToPath(new URL('innocent.ts', import.meta.url));
const SETTLE_MS = 15_000;
const LOOK_MS = 100;
const HEALTH_MS = 1_000;
/** Beside what it waited for a processor: the machine may be busy with other things. */
const LOOP_DELAY_MS = 200;
const NANOSECONDS = 1e6;
const GROWTH_MEGABYTES = 50;
/** Connections that are kept for a while: to upstreams and of the innocent caller. */
const SPARE_FILES = 24;

interface Held {
  readonly files: number;
  readonly children: number;
  readonly megabytes: number;
}

/** Looks at the gateway after every case: what must be so whatever was sent. */
export class Watch implements Disposable {
  readonly #world: World;
  readonly #innocent: ChildProcess;
  readonly #pid: number;
  #waitedBefore = 0;
  #baseline: Held = { files: 0, children: 0, megabytes: 0 };
  calls = 0;
  #logSeen = 0;

  constructor(world: World) {
    this.#world = world;
    this.#pid = world.gateway.pid;
    const flags = [world.gateway.url, world.keys.innocent, '/mcp/calm'];
    this.#innocent = fork(INNOCENT, flags, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  /** Lets the gateway warm up, and remembers what it holds. */
  async begin(): Promise<void> {
    const { client } = this.#world;
    // What is loaded when it is first asked for is loaded now.
    const pages = ['/openapi.json', '/docs', '/.well-known/jwks.json', '/oauth/authorize'];
    for (const path of pages) await client.send('GET', path);
    // The memory that passwords are hashed in stays with the process.
    const login = { body: { login: 'nobody', password: 'no password of anybody' } };
    await Promise.all([1, 2].map(() => client.send('POST', '/auth/authenticate', login)));
    const { raw, keys } = this.#world;
    const key = keys.admin;
    const body = { slug: 'warm', kind: 'openapi', config: { document: { openapi: '3.1.0' } } };
    await client.send('POST', '/register-service?dry_run=true', { key, body });
    await raw.send(
      `GET /ws HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\n` +
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      { waitMs: 20_000, until: /\r\n\r\n/ },
    );
    // The engine of chats, and what checks arguments for it.
    const { model } = this.#world.chat;
    for (const turn of [0, 1]) {
      model.reset((ask) => (ask.turn === turn ? ask.call(['books__read', {}]) : ask.say('Hm.')));
      await client.send('POST', '/chat', { key, body: { message: 'Begin.' } });
    }
    model.reset();
    await sleep(2_000);
    await this.#fate();
    this.#waitedMs();
    this.#baseline = await this.#held();
  }

  /** What is not as it must be, in sentences; empty when all is well. */
  async look(settleMs = SETTLE_MS): Promise<readonly string[]> {
    const { gateway, canary, answers } = this.#world;
    if (gateway.hasEnded || gateway.pid !== this.#pid) return ['INV1: the process has ended'];
    const wrong: string[] = [];
    const health = await this.#health();
    if (health !== undefined) wrong.push(`INV2: ${health}`);
    const { loopDelayMs, unhandled } = await gateway.vitals();
    const waitedMs = this.#waitedMs();
    if (loopDelayMs > LOOP_DELAY_MS + waitedMs) {
      const late = `${Math.round(loopDelayMs)} ms late`;
      wrong.push(`INV3: the event loop was ${late}, ${Math.round(waitedMs)} of it for a processor`);
    }
    if (unhandled > 0) wrong.push(`INV1: ${unhandled} rejections that nobody handled`);
    wrong.push(...(await this.#settled(settleMs)));
    if (canary.hits > 0) wrong.push(`INV5: the canary was reached ${canary.hits} times`);
    wrong.push(...this.#secretsShown(answers.take()));
    const { calls, failures, slowestMs } = await this.#fate();
    this.calls += calls;
    if (failures.length > 0) wrong.push(`INV9: the innocent caller: ${failures.join('; ')}`);
    if (slowestMs > 5_000) wrong.push(`INV9: the innocent caller waited ${slowestMs} ms`);
    return wrong;
  }

  [Symbol.dispose](): void {
    this.#innocent.disconnect();
  }

  /** How long the gateway was ready to run and had no processor, since the last time. */
  #waitedMs(): number {
    const [, waited = '0'] = readFileSync(`/proc/${this.#pid}/schedstat`, 'utf8').split(' ');
    const ms = Number(waited) / NANOSECONDS;
    const since = ms - this.#waitedBefore;
    this.#waitedBefore = ms;
    return since;
  }

  async #health(): Promise<string | undefined> {
    try {
      const signal = AbortSignal.timeout(HEALTH_MS);
      const { status } = await fetch(`${this.#world.gateway.url}/health`, { signal });
      return status === 200 ? undefined : `health answers ${status}`;
    } catch (error) {
      return `health: ${String(error)}`;
    }
  }

  /** INV4 and INV7: what was held for the attack is let go, soon. */
  async #settled(settleMs: number): Promise<readonly string[]> {
    const untilMs = Date.now() + settleMs;
    for (;;) {
      const held = await this.#held();
      const wrong: string[] = [];
      if (held.megabytes > this.#baseline.megabytes + GROWTH_MEGABYTES) {
        wrong.push(`INV4: ${Math.round(held.megabytes)} MB resident`);
      }
      if (held.files > this.#baseline.files + SPARE_FILES) {
        wrong.push(`INV7: ${held.files} open files, ${this.#baseline.files} before`);
      }
      if (held.children > this.#baseline.children) wrong.push(`INV7: ${held.children} children`);
      if (wrong.length === 0 || Date.now() > untilMs) return wrong;
      await sleep(LOOK_MS);
    }
  }

  async #held(): Promise<Held> {
    const { residentMegabytes } = await this.#world.gateway.vitals(true);
    return {
      files: readdirSync(`/proc/${this.#pid}/fd`).length,
      children: childrenOf(this.#pid),
      megabytes: residentMegabytes,
    };
  }

  #fate(): Promise<Fate> {
    return new Promise((resolve) => {
      this.#innocent.once('message', (fate) => resolve(fate as Fate));
      this.#innocent.send('how was it?');
    });
  }

  /** INV6 and INV8. */
  #secretsShown(texts: readonly string[]): readonly string[] {
    const { gateway, keys, other, dataDirectory } = this.#world;
    const wrong: string[] = [];
    const secrets = Object.values(planted);
    const apiKeys = [keys.admin, keys.innocent, keys.narrow, other.key];
    for (const text of texts) {
      const secret = secrets.find((one) => text.includes(one));
      if (secret !== undefined) wrong.push(`INV6: an answer shows ${secret}`);
      const inside = insideShown(text);
      if (inside !== undefined) wrong.push(`INV8: an answer shows ${inside}`);
    }
    const { log } = gateway;
    const fresh = log.slice(Math.max(0, this.#logSeen - 100));
    this.#logSeen = log.length;
    for (const secret of [...secrets, ...apiKeys]) {
      if (fresh.includes(secret)) wrong.push(`INV6: the log shows ${secret}`);
    }
    for (const path of filesBelow(dataDirectory)) {
      const bytes = readFileSync(path);
      for (const secret of [...secrets, ...apiKeys]) {
        if (bytes.includes(secret)) wrong.push(`INV6: ${path} holds ${secret}`);
      }
    }
    return [...new Set(wrong)];
  }
}

function childrenOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? 0 : text.split(' ').length;
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
