import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { Principal, Subject, TenantId } from '../../kernel/principal.ts';
import type { ConversationAgent } from '../conversations/conversation-agent.ts';
import type { ToolResultPart } from '../conversations/message.ts';
import type { AgentEngine, RunRest } from '../loop/agent-engine.ts';
import type { OpenPreset, RunPreset } from '../agents/open-preset.ts';
import type { ChatStore } from '../store.ts';
import type { RunStart, StartRefusal, TakenRun } from '../chat-run.ts';
import type { LiveRun } from './live-run.ts';
import { openCallsOf, StoredJournal } from './run-journal.ts';
import { startRefused } from './start-refused.ts';
import type { EventBounds } from './run-outbox.ts';

/** What keeping runs needs from the rest of the gateway. */
export interface RunKeeperOptions {
  readonly store: ChatStore;
  readonly engine: AgentEngine;
  /** What a run goes by; see there for what it rejects with. */
  readonly openPreset: OpenPreset;
  /** The caller with no more than tools of these patterns. */
  narrow(principal: Principal, tools: readonly string[]): Principal;
  /** What a run's subject may do now; undefined when its grant is over or nobody can tell. */
  readmit(left: {
    readonly tenant: TenantId;
    readonly subject: Subject;
    readonly grantId: string;
    readonly credentialId: string;
  }): Promise<Principal | undefined>;
  /** The digest of a tool's definition as this caller sees it; undefined for no such tool. */
  digestOf(principal: Principal, tool: string): string | undefined;
  /** Tells the other instances that a run is to end; they would notice when they next look. */
  stopAsked?(tenant: TenantId, runId: string): void;
  /** Who works here: the node. */
  readonly holder: string;
  readonly ids: Pick<IdSource, 'next'>;
  readonly log: Log;
  readonly now: () => number;
  readonly bounds?: EventBounds;
}

/** A run to be started. */
export type NewRun = Omit<RunStart, 'holder' | 'lifeMs'> & {
  /** What its conversation goes by. */
  readonly agent: ConversationAgent | null;
};

/**
 * Works on runs: starts them beside the request that asked, holds them by a lease that it renews,
 * goes on with those that wait once they are answered, and with those whose instance died.
 */
export class RunKeeper {
  readonly #options: RunKeeperOptions;
  readonly #live = new Map<string, LiveRun>();
  readonly #taking = new Set<string>();
  readonly #closing = new AbortController();

  constructor(options: RunKeeperOptions) {
    this.#options = options;
  }

  /** Aborted when this instance lets go of its runs. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** The run when this instance works on it. */
  live(runId: string): LiveRun | undefined {
    return this.#live.get(runId);
  }

  /** Starts a run and returns; the message is kept then. Throws what `startRefused` says. */
  async begin(principal: Principal, start: NewRun): Promise<LiveRun> {
    const { store, openPreset, holder } = this.#options;
    if (this.closing.aborted) throw new GatewayError('shutting_down');
    const { agent, ...given } = start;
    const preset = await openPreset(principal.tenant, { agent, model: start.run.model });
    const lease = { holder, lifeMs: limits.chatLeaseMs };
    const taken = await store.runs.start(principal.tenant, { ...given, ...lease });
    if (isRefusal(taken)) throw startRefused(taken);
    return this.#work(taken, principal, preset);
  }

  /** Ends a run: at once when it is worked on here, soon when elsewhere. False when it is over. */
  async stop(tenant: TenantId, runId: string, principal: Principal): Promise<boolean> {
    const { store } = this.#options;
    if (!(await store.runs.askStop(tenant, runId))) return false;
    const live = this.#live.get(runId);
    if (live !== undefined) {
      this.#end(live, 'stopped');
      return true;
    }
    this.#options.stopAsked?.(tenant, runId);
    if ((await store.runs.get(tenant, runId))?.status === 'waiting') {
      await this.resume(tenant, runId, principal);
    }
    return true;
  }

  /**
   * Goes on with a run that nobody works on, for this principal or for whoever it was begun by.
   * False when there was nothing to take. One that was left behind ends when it was attached to
   * its reader.
   */
  async resume(
    tenant: TenantId,
    runId: string,
    asker?: Principal,
    isLeftBehind = false,
  ): Promise<boolean> {
    const { store, holder, openPreset } = this.#options;
    if (this.closing.aborted || this.#live.has(runId) || this.#taking.has(runId)) return false;
    this.#taking.add(runId);
    try {
      const taken = await store.runs.take(tenant, runId, holder, limits.chatLeaseMs);
      if (taken === undefined) return false;
      const principal = asker ?? (await this.#readmitted(taken));
      const { agent } = taken.conversation;
      const preset = await openPreset(tenant, { agent, model: taken.run.model }).catch(
        (error: unknown) => error as Error,
      );
      const live = this.#work(taken, principal, preset);
      // Whoever read its answer went with the process that it was asked at.
      if (isLeftBehind && taken.run.caller?.isAttached === true) this.#end(live, 'stopped');
      return true;
    } finally {
      this.#taking.delete(runId);
    }
  }

  /** Goes on with runs that nobody works on. */
  async adopt(signal: AbortSignal): Promise<void> {
    const { store, holder, log } = this.#options;
    const rowsMax = limits.chatAdoptRows + this.#live.size;
    for (const { tenant, id } of await store.runs.orphans(holder, rowsMax)) {
      if (signal.aborted) return;
      if (!(await this.resume(tenant, id, undefined, true))) continue;
      log.info({ tenant, runId: id }, 'a chat run goes on that another process left');
    }
  }

  /** Ends a run that is worked on here, when somebody asked for that elsewhere. */
  async lookForStop(tenant: string, runId: string): Promise<void> {
    const live = this.#live.get(runId);
    if (live === undefined || live.run.tenant !== tenant) return;
    const run = await this.#options.store.runs.get(live.run.tenant, runId);
    if (run?.isStopAsked === true) this.#end(live, 'stopped');
  }

  /** Ends the runs of a grant that is over. */
  revoked(tenant: string, grantId: string): void {
    for (const live of this.#live.values()) {
      const isMeant = live.principal.tenant === tenant && live.principal.grantId === grantId;
      if (isMeant) this.#end(live, 'not_allowed');
    }
  }

  /** Lets go of all runs, for another process to go on with. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    const all = [...this.#live.values()];
    await Promise.all(
      all.map(async (live) => {
        await live.journal.flush().catch(() => {});
        live.journal.close(new GatewayError('shutting_down'));
        this.#end(live, 'shutdown');
        await live.done;
      }),
    );
  }

  async #readmitted({ run, conversation }: TakenRun): Promise<Principal | undefined> {
    const { tenant, grantId, credentialId } = run;
    const left = { tenant, subject: conversation.owner, grantId, credentialId };
    const principal = await this.#options.readmit(left);
    return principal?.permissions.actions.has('chat.use') === true ? principal : undefined;
  }

  /** Who a run acts as: its user, with no more than its agent may use. */
  #acting(principal: Principal, id: string, allowed: readonly string[] | null): Principal {
    const { narrow } = this.#options;
    const narrowed = allowed === null ? principal : narrow(principal, allowed);
    return { ...narrowed, actor: { kind: 'chat', id } };
  }

  #end(live: LiveRun, why: NonNullable<LiveRun['end']>): void {
    if (live.end !== undefined) return;
    live.end = why;
    live.controller.abort(new GatewayError('cancelled'));
  }

  #work(taken: TakenRun, principal: Principal | undefined, preset: RunPreset | Error): LiveRun {
    const { store, ids, now, digestOf, bounds } = this.#options;
    const { run, fence } = taken;
    const allowed = preset instanceof Error ? null : preset.allowed;
    const acting = principal && this.#acting(principal, run.id, allowed);
    const journal = new StoredJournal({
      store,
      taken,
      ids,
      now,
      ...(bounds && { bounds }),
      digestOf: (tool) => acting && digestOf(live.principal, tool),
      written: (events) => live.listeners.forEach((listener) => listener(events)),
      stopAsked: () => this.#end(live, 'stopped'),
      lost: () => this.#end(live, 'lost'),
    });
    const live: LiveRun = {
      run,
      fence,
      journal,
      controller: new AbortController(),
      listeners: new Set(),
      principal: acting as Principal,
      allowed,
      end: undefined,
      heldAtMs: now(),
      done: Promise.resolve(),
    };
    this.#live.set(run.id, live);
    if (run.isStopAsked) this.#end(live, 'stopped');
    else if (principal === undefined) this.#end(live, 'not_allowed');
    live.done = this.#proceed(live, taken, preset);
    return live;
  }

  async #proceed(live: LiveRun, taken: TakenRun, preset: RunPreset | Error): Promise<void> {
    const { log } = this.#options;
    const { run, fence } = live;
    const renewing = setInterval(() => void this.#renew(live, taken), limits.chatLeaseRenewMs);
    try {
      const rest = await this.#asked(live, preset);
      await this.#rest(live, rest);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // Its lease runs out, and whoever looks for orphans then goes on with it.
      if (live.end !== 'lost' && live.end !== 'shutdown') {
        log.warn({ tenant: run.tenant, runId: run.id, reason }, 'a chat run could not be kept');
      }
    } finally {
      clearInterval(renewing);
      live.journal.close(new GatewayError('conflict', 'The run is another’s.'));
      if (live.end === 'shutdown') {
        await this.#options.store.runs.renew(run.tenant, fence, 0).catch(() => {});
      }
      this.#live.delete(run.id);
      live.listeners.forEach((listener) => listener(undefined));
    }
  }

  /** What the engine makes of it, unless it is to end before it begins. */
  async #asked(live: LiveRun, preset: RunPreset | Error): Promise<RunRest> {
    const { engine } = this.#options;
    const { run, journal, controller } = live;
    if (live.end !== undefined) return { state: 'finished', reason: 'stopped' };
    if (preset instanceof Error) {
      const code = preset instanceof GatewayError ? preset.code : 'internal';
      journal.emit({ type: 'error', code, message: preset.message });
      return { state: 'finished', reason: 'failed' };
    }
    const left = Math.max(1, run.limits.totalMs - run.workedMs);
    const { models, system, pinned, sampling } = preset;
    return engine.proceed({
      id: run.id,
      conversationId: run.conversationId,
      get principal() {
        return live.principal;
      },
      models,
      system,
      pinned,
      sampling,
      limits: { ...run.limits, totalMs: left },
      ...(run.caller && { caller: run.caller }),
      journal,
      signal: controller.signal,
    });
  }

  async #rest(live: LiveRun, rest: RunRest): Promise<void> {
    const { journal, end } = live;
    if (end === 'lost' || end === 'shutdown') return;
    if (end === undefined && rest.state === 'waiting') {
      await journal.rest({ status: 'waiting', waits: rest.waits });
      return;
    }
    if (end === 'not_allowed') {
      const message = canReadmit(live.run.grantId) ? NOT_ALLOWED : NOBODY_TO_ASK;
      journal.emit({ type: 'error', code: 'unauthenticated', message });
    }
    await this.#repair(live);
    const own = rest.state === 'finished' ? rest.reason : 'stopped';
    const forced = { stopped: 'stopped', not_allowed: 'failed' } as const;
    await journal.rest({ status: 'finished', reason: end === undefined ? own : forced[end] });
  }

  /** A call without a result would make providers refuse the conversation for good. */
  async #repair({ journal }: LiveRun): Promise<void> {
    const calls = openCallsOf(await journal.history());
    if (calls.length === 0) return;
    const states = await journal.openCalls();
    const results = calls.map(({ callId, tool }): ToolResultPart => {
      const state = states.get(callId);
      if (state?.state === 'ended') return state.result;
      const isBegun = state?.state === 'running';
      const text = isBegun
        ? 'The run ended while this was called: it may or may not have been done.'
        : 'The run ended before this was called.';
      const content = [{ type: 'text', text }] as const;
      const facts = { content, durationMs: 0, usageId: null };
      return {
        type: 'tool_result',
        callId,
        tool,
        end: isBegun ? 'interrupted' : 'denied',
        ...facts,
      };
    });
    await journal.append('tool', results);
  }

  /** Holds on to a run while its grant is good. */
  async #renew(live: LiveRun, taken: TakenRun): Promise<void> {
    const { store, now, log } = this.#options;
    const { tenant, id: runId } = live.run;
    try {
      const held = await store.runs.renew(tenant, live.fence, limits.chatLeaseMs);
      if (held === undefined) return this.#lose(live);
      live.heldAtMs = now();
      if (held.isStopAsked) this.#end(live, 'stopped');
      await this.#lookAgain(live, taken);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ tenant, runId, reason }, 'the lease of a chat run could not be renewed');
      // By now another instance may have it.
      if (now() - live.heldAtMs >= limits.chatLeaseMs) this.#lose(live);
    }
  }

  #lose(live: LiveRun): void {
    live.journal.close(new GatewayError('conflict', 'The run is another’s.'));
    this.#end(live, 'lost');
  }

  async #lookAgain(live: LiveRun, { conversation }: TakenRun): Promise<void> {
    const left = live.principal;
    // Nobody can be asked about a token of another issuer: it was good when the run began.
    if (!canReadmit(left.grantId)) return;
    const { tenant, grantId, credentialId } = left;
    const again = await this.#options.readmit({
      tenant,
      subject: conversation.owner,
      grantId,
      credentialId,
    });
    if (again === undefined || !again.permissions.actions.has('chat.use')) {
      this.#end(live, 'not_allowed');
    } else live.principal = this.#acting(again, live.run.id, live.allowed);
  }
}

const NOT_ALLOWED = 'Whoever began this may not go on with it: sign in again and send it anew.';
const NOBODY_TO_ASK =
  'This was begun with a token of another issuer, and nobody can be asked whether it still ' +
  'holds: send it anew. With a key or a login of this gateway it would have gone on.';

/**
 * Whether anybody can be asked, without its secret, what a grant still allows: a token of another
 * issuer leaves nothing behind.
 */
export function canReadmit(grantId: string): boolean {
  return /^(key|crt|grt)_/.test(grantId);
}

function isRefusal(taken: TakenRun | StartRefusal): taken is StartRefusal {
  return 'refused' in taken;
}
