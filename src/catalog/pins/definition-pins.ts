import { createHash } from 'node:crypto';
import { GatewayError } from '../../kernel/errors.ts';
import { objectMember, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { ServiceDiagnostic } from '../../upstream/contract.ts';
import type { Service } from '../store.ts';
import {
  diagnostic,
  examineTools,
  type ExaminedTool,
  type ExaminedTools,
} from './examine-tools.ts';
import type {
  DefinitionDecision,
  DefinitionPin,
  PinStamp,
  PinStore,
  SeenDefinition,
} from './store.ts';

/** A list of tools as far as it is trusted. */
export interface ReviewedTools {
  readonly tools: readonly JsonObject[];
  /** Names of tools that are there and must neither be shown nor called. */
  readonly withheld: ReadonlySet<string>;
  /** Tools whose text hides something or speaks to the model, and that nobody has approved. */
  readonly suspicious: ReadonlySet<string>;
  /** True when nothing may be called that is not in `tools`. */
  readonly isClosed: boolean;
  readonly diagnostics: readonly ServiceDiagnostic[];
  /** Changes with every pin of the service. */
  readonly stamp: string;
}

/** What pins are kept with. */
export interface DefinitionPinsContext {
  readonly store: PinStore;
  readonly log: Log;
  now(): number;
}

/** Holds the tools of services to the definitions that are trusted. */
export class DefinitionPins {
  readonly #context: DefinitionPinsContext;

  constructor(context: DefinitionPinsContext) {
    this.#context = context;
  }

  /**
   * Compares what a service lists with what is trusted of it, keeps what is new, and says what may
   * be offered. Rejects when the pins of a service under quarantine cannot be read: then nothing
   * new is offered.
   */
  async review(service: Service, listed: readonly JsonObject[]): Promise<ReviewedTools> {
    const examined = examineTools(listed);
    const policy = service.definitions ?? 'announce';
    try {
      const pins = await this.#pinsFor(service, examined);
      return judge(examined, pins, policy !== 'announce');
    } catch (error) {
      if (policy !== 'announce') throw error;
      const text = error instanceof Error ? error.message : 'unknown failure';
      this.#context.log.warn({ slug: service.slug, error: text }, 'definitions were not pinned');
      return judge(examined, [], false);
    }
  }

  list(tenant: TenantId, serviceId: string): Promise<readonly DefinitionPin[]> {
    return this.#context.store.list(tenant, serviceId);
  }

  /** Throws `conflict` when no such definition waits. */
  async decide(
    tenant: TenantId,
    serviceId: string,
    decision: Omit<DefinitionDecision, 'atMs'>,
  ): Promise<DefinitionPin> {
    const atMs = this.#context.now();
    const pin = await this.#context.store.decide(tenant, serviceId, { ...decision, atMs });
    if (pin !== undefined) return pin;
    const text = 'No such definition of this tool waits; read the definitions again.';
    throw new GatewayError('conflict', text);
  }

  /** The stamp of every service of the tenant that has pins, by its id. */
  async stamps(tenant: TenantId): Promise<ReadonlyMap<string, string>> {
    const byService = Map.groupBy(
      await this.#context.store.stamps(tenant),
      ({ serviceId }) => serviceId,
    );
    return new Map([...byService].map(([id, stamps]) => [id, stampOf(stamps)]));
  }

  async #pinsFor(service: Service, examined: ExaminedTools): Promise<readonly DefinitionPin[]> {
    const { store, now } = this.#context;
    const { tenant, id } = service;
    // A second look follows a first sight that another instance had at the same time.
    for (let look = 0; look < 2; look++) {
      const pins = await store.list(tenant, id);
      const isFirst = pins.length === 0;
      const seen = unseen(service, examined.tools, pins);
      if (seen.length === 0) return pins;
      await store.observe(tenant, id, seen, now(), isFirst);
    }
    return await store.list(tenant, id);
  }
}

/** What differs from what is kept, and whether it is trusted as it comes. */
function unseen(
  { definitions: policy = 'announce' }: Service,
  tools: readonly ExaminedTool[],
  pins: readonly DefinitionPin[],
): readonly SeenDefinition[] {
  const byTool = new Map(pins.map((pin) => [pin.tool, pin]));
  const isFirst = pins.length === 0;
  const bytes = tools.reduce((sum, { canonical }) => sum + canonical.text.length, 0);
  const isKept = bytes <= limits.pinnedDefinitionsBytesMax;
  return tools.flatMap(({ name, tool, canonical, isHazardous }) => {
    const { hash, text } = canonical;
    const pin = byTool.get(name);
    if (pin?.hash === hash || pin?.pending?.hash === hash) return [];
    const accept =
      policy === 'announce' ||
      (!isHazardous && (isFirst || (policy === 'quarantine-writes' && onlyReads(tool, pin))));
    return [{ tool: name, hash, definition: isKept ? text : null, accept }];
  });
}

/** A tool that says it only reads, and said so before when it was known. */
function onlyReads(tool: JsonObject, pin: DefinitionPin | undefined): boolean {
  const says = (one: JsonObject): boolean =>
    objectMember(one, 'annotations')?.['readOnlyHint'] === true;
  if (!says(tool)) return false;
  if (pin === undefined) return true;
  return pin.definition !== null && says(JSON.parse(pin.definition) as JsonObject);
}

function judge(
  { tools, leftOut, diagnostics }: ExaminedTools,
  pins: readonly DefinitionPin[],
  isClosed: boolean,
): ReviewedTools {
  const byTool = new Map(pins.map((pin) => [pin.tool, pin]));
  // A service that is not stored yet has no pins: all of it is first sight.
  const isTrusted = ({ name, canonical, isHazardous }: ExaminedTool): boolean =>
    !isClosed || (pins.length === 0 ? !isHazardous : byTool.get(name)?.hash === canonical.hash);
  const isSuspicious = ({ name, canonical, isHazardous }: ExaminedTool): boolean => {
    const pin = byTool.get(name);
    return isHazardous && !(pin?.hash === canonical.hash && pin.pinnedBy !== null);
  };
  const held = tools.filter((one) => !isTrusted(one)).map(({ name }) => name);
  const text = 'The definition is not the approved one; the tool is withheld until it is reviewed.';
  return {
    tools: tools.filter(isTrusted).map(({ tool }) => tool),
    withheld: new Set([...leftOut, ...held]),
    suspicious: new Set(tools.filter(isSuspicious).map(({ name }) => name)),
    isClosed,
    diagnostics: [
      ...diagnostics,
      ...held.map((name) => diagnostic('error', 'definition_changed', name, text)),
    ],
    stamp: stampOf(
      pins.map(({ tool, hash, pending }) => ({
        tool,
        hash,
        pendingHash: pending?.hash ?? null,
        pendingState: pending?.state ?? null,
      })),
    ),
  };
}

function stampOf(pins: readonly Omit<PinStamp, 'serviceId'>[]): string {
  const digest = createHash('sha256');
  for (const { tool, hash, pendingHash, pendingState } of pins.toSorted(byName)) {
    digest.update(JSON.stringify([tool, hash, pendingHash, pendingState]));
  }
  return digest.digest('base64url');
}

const byName = (a: { readonly tool: string }, b: { readonly tool: string }): number =>
  a.tool < b.tool ? -1 : 1;
