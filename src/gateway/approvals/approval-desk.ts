import type { Bus } from '../../kernel/bus.ts';
import type { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import { isJsonObject, type Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { actorText, type Principal, type TenantId } from '../../kernel/principal.ts';
import type { Seal } from '../../kernel/seal.ts';
import type { ReadRule } from '../../policy/guardrails/guard-rule.ts';
import type { Notifier } from './approval-notices.ts';
import type { Approval, ApprovalState, ApprovalStore } from './store.ts';

/** What approvals are kept with. */
export interface ApprovalDeskContext {
  readonly store: ApprovalStore;
  /** Seals the arguments: they are for approvers, not for whoever reads the database. */
  readonly seal: Seal;
  readonly ids: Pick<IdSource, 'next'>;
  readonly bus: Bus;
  readonly notifiers: readonly Notifier[];
  now(): number;
}

/** A call that somebody has to approve. */
export interface CallToApprove {
  readonly principal: Principal;
  readonly binding: string;
  readonly rule: ReadRule<'approval'>;
  readonly serviceId: string;
  readonly serviceSlug: string;
  readonly tool: string;
  readonly arguments: Json;
}

/** An approval with the arguments it is about, for those who decide. */
export interface ShownApproval {
  readonly approval: Approval;
  readonly state: ApprovalState;
  readonly arguments: Json;
}

/** Where approvals are asked for, seen and decided, on whichever instance. */
export class ApprovalDesk {
  readonly #context: ApprovalDeskContext;

  constructor(context: ApprovalDeskContext) {
    this.#context = context;
  }

  now(): number {
    return this.#context.now();
  }

  /** The approval of this call: one that is there, or a new one, of which approvers are told. */
  async request(call: CallToApprove): Promise<Approval> {
    const { store, seal, ids, notifiers } = this.#context;
    const { principal, rule, binding, serviceId, serviceSlug, tool } = call;
    const { tenant, grantId, subject } = principal;
    const text = JSON.stringify(call.arguments);
    if (Buffer.byteLength(text) > limits.approvalArgumentsBytesMax) {
      const most = limits.approvalArgumentsBytesMax;
      const problem = `Arguments of more than ${most} bytes cannot be approved; send less.`;
      throw new GatewayError('approval_denied', problem);
    }
    const id = ids.next('apr');
    const nowMs = this.now();
    const made: Approval = {
      id,
      tenant,
      binding,
      state: 'waiting',
      ruleId: rule.id,
      serviceId,
      serviceSlug,
      tool,
      sealedArguments: seal.seal(text, `${tenant}/${id}`),
      subjectId: subject.id,
      grantId,
      actor: actorText(principal),
      selfApproval: rule.rule.selfApproval === true,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + (rule.rule.lifeMs ?? limits.approvalLifeMs),
      decidedAtMs: null,
      decidedBy: null,
      reason: null,
      workId: null,
    };
    const approval = await store.request(tenant, made, limits.approvalsWaitingMax);
    if (approval.id === id && rule.rule.ask !== 'caller') {
      const argumentNames = isJsonObject(call.arguments) ? Object.keys(call.arguments) : [];
      for (const one of notifiers) void one.notify({ approval, rule, argumentNames });
    }
    return approval;
  }

  get(tenant: TenantId, id: string): Promise<Approval | undefined> {
    return this.#context.store.get(tenant, id);
  }

  /** The caller's own answer to the question it was asked. */
  async answer(tenant: TenantId, id: string, isApproved: boolean): Promise<Approval | undefined> {
    return await this.#decide(tenant, id, isApproved, 'caller', null);
  }

  /** Somebody's word. Throws `not_found`, `forbidden` (one's own call) and `conflict`. */
  async decide(
    { tenant, subject, grantId }: Principal,
    id: string,
    isApproved: boolean,
    reason: string | null,
  ): Promise<ShownApproval> {
    const before = await this.get(tenant, id);
    if (before === undefined) throw noSuchApproval();
    const isOwn = before.subjectId === subject.id || before.grantId === grantId;
    if (isOwn && isApproved && !before.selfApproval) {
      const text = 'Somebody else has to approve this call: it is your own.';
      throw new GatewayError('forbidden', text);
    }
    const after = await this.#decide(tenant, id, isApproved, subject.id, reason);
    if (after !== undefined) return this.#shown(after);
    const now = await this.get(tenant, id);
    if (now === undefined) throw noSuchApproval();
    const state = stateOf(now, this.now());
    throw new GatewayError('conflict', `The approval does not wait any more: it is ${state}.`);
  }

  /** The newest first. */
  async list(tenant: TenantId, state?: ApprovalState): Promise<readonly ShownApproval[]> {
    const query = { state, nowMs: this.now(), rowsMax: limits.apiPageRowsMax };
    const found = await this.#context.store.list(tenant, query);
    return found.map((one) => this.#shown(one));
  }

  /** Throws `not_found`. */
  async show(tenant: TenantId, id: string): Promise<ShownApproval> {
    const found = await this.get(tenant, id);
    if (found === undefined) throw noSuchApproval();
    return this.#shown(found);
  }

  /** Takes the approval for a call, at most once. */
  use(approval: Approval, workId: string): Promise<boolean> {
    const { tenant, id, binding } = approval;
    return this.#context.store.use(tenant, id, { binding, workId, atMs: this.now() });
  }

  /** Notes a later round of an approved call; false when it came before. */
  noteRound(tenant: TenantId, hash: string): Promise<boolean> {
    const expiresAtMs = this.now() + limits.parkedCallMs;
    return this.#context.store.noteRound(tenant, hash, expiresAtMs);
  }

  /** Waits until the approval is decided, or for so long; what it is then. */
  async wait(approval: Approval, waitMs: number, cancellation: Cancellation): Promise<Approval> {
    const untilMs = this.now() + waitMs;
    let known = approval;
    while (stateOf(known, this.now()) === 'waiting') {
      const leftMs = untilMs - this.now();
      if (leftMs <= 0 || cancellation.reason !== undefined) break;
      await this.#untilTold(known.id, Math.min(leftMs, limits.approvalPollMs), cancellation);
      known = (await this.get(known.tenant, known.id)) ?? known;
    }
    return known;
  }

  /** Hints from other instances may be lost, so nobody waits for one alone. */
  async #untilTold(id: string, longestMs: number, cancellation: Cancellation): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        undoHint();
        undoCancel();
        resolve();
      };
      const timer = setTimeout(end, longestMs);
      const undoHint = this.#context.bus.on('approval.decided', ({ approvalId }) => {
        if (approvalId === id) end();
      });
      let undoCancel: () => void = () => {};
      undoCancel = cancellation.onCancel(() => queueMicrotask(end));
    });
  }

  async #decide(
    tenant: TenantId,
    id: string,
    isApproved: boolean,
    by: string,
    reason: string | null,
  ): Promise<Approval | undefined> {
    const verdict = isApproved ? 'approved' : 'denied';
    const decision = { verdict, by, reason, atMs: this.now() } as const;
    const after = await this.#context.store.decide(tenant, id, decision);
    if (after !== undefined) this.#context.bus.emit('approval.decided', { tenant, approvalId: id });
    return after;
  }

  #shown(approval: Approval): ShownApproval {
    const { tenant, id, sealedArguments } = approval;
    const text = this.#context.seal.open(sealedArguments, `${tenant}/${id}`);
    return {
      approval,
      state: stateOf(approval, this.now()),
      arguments: text === undefined ? null : (JSON.parse(text) as Json),
    };
  }
}

/** Where an approval stands now: what nobody decided or used in time is denied. */
export function stateOf({ state, expiresAtMs }: Approval, nowMs: number): ApprovalState {
  return state !== 'used' && expiresAtMs <= nowMs ? 'denied' : state;
}

function noSuchApproval(): GatewayError {
  return new GatewayError('not_found', 'There is no such approval.');
}
