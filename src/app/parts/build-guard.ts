import { randomUUID } from 'node:crypto';
import type { CatalogRegistry } from '../../catalog/catalog-registry.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { DefinitionPins } from '../../catalog/pins/definition-pins.ts';
import {
  DefinitionReview,
  type DefinitionReviewContext,
} from '../../catalog/pins/definition-review.ts';
import { ApprovalDesk } from '../../gateway/approvals/approval-desk.ts';
import { createWebhookNotifier } from '../../gateway/approvals/approval-notices.ts';
import { CaptureDesk } from '../../gateway/captures/capture-desk.ts';
import { createCaptureFilter } from '../../gateway/captures/capture-filter.ts';
import { createSample } from '../../gateway/captures/sample.ts';
import type { Filter } from '../../gateway/filter.ts';
import { createGuardrailFilter } from '../../gateway/guardrails/guardrail-filter.ts';
import type { Vault } from '../../identity/vault/vault.ts';
import type { Bus } from '../../kernel/bus.ts';
import type { Egress } from '../../kernel/egress.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { Seal, type SealKey } from '../../kernel/seal.ts';
import { Inspector } from '../../policy/guardrails/detect/inspector.ts';
import { GuardRules } from '../../policy/guardrails/guard-rules.ts';
import type { Storage } from '../../storage/storage.ts';

/** What trust and guardrails stand on. */
export interface GuardBase {
  readonly storage: Storage;
  readonly vault: Vault;
  readonly egress: Egress;
  readonly sealRing: readonly SealKey[];
  readonly bus: Bus;
  readonly ids: IdSource;
  readonly log: Log;
}

/** What keeps tools to their definitions, contents to guardrails, and calls to approvals. */
export interface BuiltGuard {
  readonly guardRules: GuardRules;
  readonly inspector: Inspector;
  readonly approvals: ApprovalDesk;
  readonly captureDesk: CaptureDesk;
  /** Around forwarding, the outermost first. */
  readonly filters: readonly Filter[];
}

/** Builds guardrails, approvals and the capture of calls. */
export function buildGuard(base: GuardBase): BuiltGuard {
  const { storage, egress, sealRing, bus, ids, log } = base;
  const now = Date.now;
  const guardRules = new GuardRules({
    store: storage.guardRules,
    seal: new Seal(sealRing, 'guard rule'),
    ids,
    now,
  });
  const inspector = new Inspector(log);
  const approvals = new ApprovalDesk({
    store: storage.approvals,
    seal: new Seal(sealRing, 'approval'),
    ids,
    bus,
    notifiers: [createWebhookNotifier({ egress, rules: guardRules, log, now })],
    now,
  });
  const guardrails = createGuardrailFilter({
    rules: guardRules,
    inspector,
    egress,
    ids,
    report: ({ ruleId, rule, where, action, types }, { principal, request, workId }) => {
      const { tenant, grantId } = principal;
      const what = { ruleId, rule, where, action, types: types.join(' ') };
      log.info({ ...what, tenant, grantId, method: request.method, workId }, 'a guardrail found');
    },
    now,
  });
  const captureDesk = buildCaptures(base, inspector);
  // Outermost: what a guardrail refused is captured as the refusal that its caller got.
  const filters = [createCaptureFilter(captureDesk), guardrails];
  return { guardRules, inspector, approvals, captureDesk, filters };
}

function buildCaptures({ storage, vault, ids, log }: GuardBase, inspector: Inspector): CaptureDesk {
  return new CaptureDesk({
    store: storage.captures,
    vault,
    inspector,
    sample: createSample(randomUUID()),
    ids,
    log,
    now: Date.now,
  });
}

/** Builds what tools are held to. */
export function buildPins({ storage, log }: Pick<GuardBase, 'storage' | 'log'>): DefinitionPins {
  return new DefinitionPins({ store: storage.pins, log, now: Date.now });
}

/** Builds where people review definitions. */
export function buildReview(
  pins: DefinitionPins,
  { catalog, registry }: { readonly catalog: Catalog; readonly registry: CatalogRegistry },
): DefinitionReview {
  const readToolsAgain: DefinitionReviewContext['readToolsAgain'] = (tenant, id) =>
    catalog.find(tenant, id).readToolsAgain();
  return new DefinitionReview({ pins, registry, readToolsAgain });
}
