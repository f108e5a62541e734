import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Json } from '../../kernel/json.ts';
import { evaluationLimits } from '../../kernel/limits/chat/evaluation-limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { Principal, TenantId } from '../../kernel/principal.ts';
import type { AgentBook } from '../agents/agent-book.ts';
import type { Agent, AgentSettings } from '../agents/agent.ts';
import { checkValues } from '../agents/check-agent.ts';
import type { AgentValues } from '../conversations/conversation-agent.ts';
import type { ChatDesk } from '../desk/chat-desk.ts';
import type { EvaluationCase, Expected, Report } from './case.ts';
import type { EvaluationStore } from './store.ts';
import { tryCase } from './try-case.ts';

/** What the desk needs. */
export interface EvaluationDeskOptions {
  readonly store: EvaluationStore;
  readonly agents: AgentBook;
  readonly desk: ChatDesk;
  /** The caller as it may act now; undefined when it may no more. */
  readmitted(principal: Principal): Promise<Principal | undefined>;
  readonly ids: Pick<IdSource, 'next'>;
  readonly log: Log;
  readonly now: () => number;
}

/** A question as it is given. */
export interface NewCase {
  readonly question: string;
  readonly values: AgentValues;
  readonly expected: Expected;
}

/** Tries agents. Everything that names none of a tenant rejects with `not_found`. */
export class EvaluationDesk implements AsyncDisposable {
  readonly #options: EvaluationDeskOptions;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: EvaluationDeskOptions) {
    this.#options = options;
  }

  async cases(tenant: TenantId, agentId: string): Promise<readonly EvaluationCase[]> {
    await this.#options.agents.get(tenant, agentId);
    return this.#options.store.cases(tenant, agentId);
  }

  /** Rejects with `conflict` for one too many, and `invalid_params` for a pattern that is none. */
  async addCase(tenant: TenantId, agentId: string, given: NewCase): Promise<EvaluationCase> {
    const { store, ids, now } = this.#options;
    await checkPatterns(given.expected.matches);
    const made = { ...given, id: ids.next('evc'), createdAtMs: now() };
    if (!(await store.insertCase(tenant, agentId, made))) throw new GatewayError('not_found');
    return made;
  }

  /** A question of a conversation of the caller, with the calls that answered it expected again. */
  async recordCase(
    principal: Principal,
    agentId: string,
    conversationId: string,
    messageId: string,
  ): Promise<EvaluationCase> {
    const { desk } = this.#options;
    const { conversation, messages } = await desk.conversations.read(principal, conversationId);
    const message = messages.find(({ id, role }) => id === messageId && role === 'user');
    const texts = message?.parts.flatMap((part) => (part.type === 'text' ? part.text : [])) ?? [];
    const question = texts.join('\n');
    if (message === undefined || question === '') {
      throw new GatewayError('not_found', 'There is no such question in this conversation.');
    }
    const ofRun = messages.filter(({ runId }) => runId === message.runId);
    const calls = ofRun.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.type === 'tool_call' ? part : [])),
    );
    const expected: Expected = {
      calls: calls
        .slice(0, evaluationLimits.evaluationExpectationsMax)
        .map(({ tool, arguments: given }) => ({ tool, arguments: objectOf(given) })),
      notCalled: [],
      contains: [],
      matches: [],
      stepsMax: null,
      costMax: null,
    };
    const { agent } = conversation;
    const values = agent?.id === agentId ? agent.values : {};
    return this.addCase(principal.tenant, agentId, { question, values, expected });
  }

  async removeCase(tenant: TenantId, agentId: string, id: string): Promise<void> {
    if (!(await this.#options.store.removeCase(tenant, agentId, id))) {
      throw new GatewayError('not_found');
    }
  }

  async reports(tenant: TenantId, agentId: string): Promise<readonly Report[]> {
    await this.#options.agents.get(tenant, agentId);
    return this.#options.store.reports(tenant, agentId);
  }

  async report(tenant: TenantId, agentId: string, id: string): Promise<Report> {
    const found = await this.#options.store.report(tenant, agentId, id);
    if (found === undefined) throw new GatewayError('not_found', 'There is no such report.');
    return found;
  }

  /**
   * Begins to ask every question of a version, and of the published one beside it. Without a number
   * it is the newest version. Rejects with `conflict` without cases, and while another report of
   * the agent runs; `invalid_params` when a case does not fit a version's variables.
   */
  async begin(principal: Principal, agentId: string, number: number | undefined): Promise<Report> {
    const { agents, store, ids, now } = this.#options;
    const { tenant } = principal;
    if (this.#closing.signal.aborted) throw new GatewayError('shutting_down');
    const agent = await agents.get(tenant, agentId);
    const [newest] = await agents.versions(tenant, agentId);
    const wanted = number ?? newest?.number ?? 0;
    const others = agent.published === null || agent.published === wanted ? [] : [agent.published];
    const versions = await Promise.all(
      [...others, wanted].map((one) => agents.version(tenant, agentId, one)),
    );
    const cases = await store.cases(tenant, agentId);
    if (cases.length === 0) throw new GatewayError('conflict', 'There are no cases: add one.');
    const { settings } = versions.at(-1) ?? { settings: undefined };
    for (const { values } of cases) checkValues(settings?.variables ?? [], values);
    const report: Report = {
      id: ids.next('evr'),
      agentId,
      state: 'running',
      versions: versions.map((one) => ({ number: one.number, digest: digestOf(one.settings) })),
      results: [],
      problem: null,
      createdAtMs: now(),
    };
    await store.insertReport(tenant, report, evaluationLimits.evaluationLifeMs);
    const work = this.#work(principal, agent, cases, report);
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
    return report;
  }

  /**
   * Throws `conflict` unless a report is whole, is about this very draft, and has no case that the
   * draft fails and the published version passes. What is to be published then, and the version
   * that the agent must still have.
   */
  async checkPublishable(
    tenant: TenantId,
    agentId: string,
    reportId: string,
  ): Promise<{ readonly number: number; readonly ifVersion: number }> {
    const { version: ifVersion } = await this.#options.agents.get(tenant, agentId);
    const { state, versions, results } = await this.report(tenant, agentId, reportId);
    const last = versions.at(-1);
    if (state !== 'finished' || last === undefined) {
      throw new GatewayError('conflict', 'evaluation: this report is not finished.');
    }
    const { settings } = await this.#options.agents.version(tenant, agentId, last.number);
    if (digestOf(settings) !== last.digest) {
      const text = 'evaluation: the draft was changed since: evaluate it again.';
      throw new GatewayError('conflict', text);
    }
    const worse = results.filter(({ answers }) => {
      const [one, other = one] = answers;
      const before = answers.length > 1 ? one?.failures.length === 0 : true;
      return before && (other?.failures.length ?? 1) > 0;
    });
    if (worse.length === 0) return { number: last.number, ifVersion };
    const names = worse.slice(0, 3).map(({ question }) => `"${question.slice(0, 60)}"`);
    const text = `evaluation: ${worse.length} cases fail that did not: ${names.join(', ')}.`;
    throw new GatewayError('conflict', text);
  }

  /** Ends what runs; its reports then say that it was interrupted. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
  }

  async #work(
    principal: Principal,
    agent: Agent,
    cases: readonly EvaluationCase[],
    begun: Report,
  ): Promise<void> {
    const { store, log } = this.#options;
    const { tenant } = principal;
    const { evaluationLifeMs: lifeMs, evaluationRenewMs } = evaluationLimits;
    const renewing = setInterval(() => {
      store.keepAlive(tenant, agent.id, begun.id, lifeMs).catch(() => {});
    }, evaluationRenewMs);
    let report = begun;
    try {
      for (const one of cases) {
        report = await this.#withCase(principal, agent, one, report);
        if (this.#closing.signal.aborted) return;
        await store.writeReport(tenant, report, lifeMs);
      }
      await store.writeReport(tenant, { ...report, state: 'finished' }, lifeMs);
    } catch (error) {
      const problem = error instanceof GatewayError ? error.message : 'The gateway failed at it.';
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ tenant, agentId: agent.id, reason }, 'an evaluation of an agent failed');
      const failed = { ...report, state: 'failed', problem } as const;
      await store.writeReport(tenant, failed, lifeMs).catch(() => {});
    } finally {
      clearInterval(renewing);
    }
  }

  async #withCase(
    principal: Principal,
    { slug }: Agent,
    one: EvaluationCase,
    report: Report,
  ): Promise<Report> {
    const { desk, readmitted } = this.#options;
    const { signal } = this.#closing;
    const answers = [];
    for (const { number: version } of report.versions) {
      const now = await readmitted(principal);
      if (now === undefined) throw new GatewayError('unauthenticated');
      answers.push(await tryCase(desk, now, one, { slug, version }, signal));
      if (signal.aborted) return report;
    }
    const { id: caseId, question } = one;
    return { ...report, results: [...report.results, { caseId, question, answers }] };
  }
}

function digestOf(settings: AgentSettings): string {
  const text = canonicalJson(settings as unknown as Json);
  return createHash('sha256').update(text).digest('base64url');
}

function objectOf(given: Json): Expected['calls'][number]['arguments'] {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  return isObject ? (given as Expected['calls'][number]['arguments']) : null;
}

async function checkPatterns(patterns: readonly string[]): Promise<void> {
  if (patterns.length === 0) return;
  const { RE2JS } = await import('re2js');
  for (const [at, pattern] of patterns.entries()) {
    try {
      RE2JS.compile(pattern);
    } catch {
      const text = `expected.matches[${at}]: is no regular expression that RE2 takes.`;
      throw new GatewayError('invalid_params', text);
    }
  }
}
