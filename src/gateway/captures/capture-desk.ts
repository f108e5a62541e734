import type { Vault } from '../../identity/vault/vault.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Inspector } from '../../policy/guardrails/detect/inspector.ts';
import { readScope } from '../../policy/guardrails/guard-rules.ts';
import { capturedContent } from './captured-content.ts';
import type { Sample } from './sample.ts';
import {
  CAPTURE_OWNER,
  type Capture,
  type CaptureQuery,
  type CaptureSetting,
  type CaptureStore,
  type CaptureTotals,
} from './store.ts';

/** What captures are kept with. */
export interface CaptureDeskContext {
  readonly store: CaptureStore;
  readonly vault: Pick<Vault, 'seal' | 'read'>;
  readonly inspector: Pick<Inspector, 'inspect'>;
  readonly sample: Sample;
  readonly ids: Pick<IdSource, 'next'>;
  readonly log: Log;
  now(): number;
}

/** A call that ended and is to be kept; contents as they travelled, `null` for none. */
export type CapturedCall = Omit<Capture, 'id' | 'atMs' | 'expiresAtMs' | 'bytes'> & CaptureContent;

/** What was said in a call. */
export interface CaptureContent {
  readonly arguments: Json;
  readonly result: Json;
}

interface InForce {
  readonly setting: CaptureSetting;
  concerns(slug: string, tool: string | null): boolean;
}

/** Where tenants turn capturing on and off, and what was captured is kept and shown. */
export class CaptureDesk {
  readonly #context: CaptureDeskContext;
  readonly #inForce = new Map<TenantId, InForce>();
  readonly #pending = new Set<Promise<void>>();

  constructor(context: CaptureDeskContext) {
    this.#context = context;
  }

  /** Whether a call is to be captured; at once, and without effect. */
  wants(tenant: TenantId, slug: string, tool: string | null, attemptId: string): boolean {
    const own = this.#inForce.get(tenant);
    if (own === undefined || own.setting.untilMs <= this.#context.now()) return false;
    return own.concerns(slug, tool) && this.#context.sample(attemptId, own.setting.sampleRate);
  }

  /** Whether any tenant captures anything. */
  get isOn(): boolean {
    return this.#inForce.size > 0;
  }

  /** Reads again what the tenant captures. */
  async load(tenant: TenantId): Promise<void> {
    const setting = await this.#context.store.setting(tenant);
    if (setting === undefined || setting.untilMs <= this.#context.now()) {
      this.#inForce.delete(tenant);
      return;
    }
    const { services, tools } = setting;
    const scope = {
      ...(services === null ? {} : { services }),
      ...(tools === null ? {} : { tools }),
    };
    this.#inForce.set(tenant, { setting, concerns: readScope(scope) });
  }

  /** What is set, over or not, and how much is kept. */
  async show(
    tenant: TenantId,
  ): Promise<{ readonly setting: CaptureSetting | undefined; readonly totals: CaptureTotals }> {
    const { store } = this.#context;
    return { setting: await store.setting(tenant), totals: await store.totals(tenant) };
  }

  async turnOn(
    tenant: TenantId,
    setting: Omit<CaptureSetting, 'version'>,
  ): Promise<CaptureSetting> {
    const kept = await this.#context.store.putSetting(tenant, setting);
    await this.load(tenant);
    return kept;
  }

  /** What was captured stays until it expires; false when nothing was set. */
  async turnOff(tenant: TenantId): Promise<boolean> {
    const isChanged = await this.#context.store.deleteSetting(tenant);
    this.#inForce.delete(tenant);
    return isChanged;
  }

  /** Those that have not expired, the newest first. */
  list(
    tenant: TenantId,
    query: Pick<CaptureQuery, 'before' | 'userId' | 'rowsMax'>,
  ): Promise<readonly Capture[]> {
    return this.#context.store.list(tenant, { ...query, nowMs: this.#context.now() });
  }

  /** One with what was said in it. Throws `not_found`. */
  async get(
    tenant: TenantId,
    id: string,
  ): Promise<{ readonly capture: Capture; readonly content: CaptureContent }> {
    const { store, vault, now } = this.#context;
    const capture = await store.get(tenant, id, now());
    const text = capture && (await vault.read(rowOf(capture)));
    if (capture === undefined || text === undefined) {
      throw new GatewayError('not_found', 'There is no such capture, or it has expired.');
    }
    return { capture, content: JSON.parse(text) as CaptureContent };
  }

  removeAll(tenant: TenantId): Promise<number> {
    return this.#context.store.deleteAll(tenant);
  }

  /**
   * Redacts and keeps a call beside its answer, which waits for nothing. What cannot be looked
   * through is not kept, and neither is what comes while too many wait.
   */
  keep(call: CapturedCall): void {
    const own = this.#inForce.get(call.tenant);
    if (own === undefined || this.#pending.size >= limits.capturesPendingMax) return;
    const work = this.#keep(call, own.setting)
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.#context.log.warn({ tenant: call.tenant, reason }, 'a call could not be captured');
      })
      .finally(() => this.#pending.delete(work));
    this.#pending.add(work);
  }

  /** Resolves when everything so far is kept or given up. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #keep(call: CapturedCall, { keepHours }: CaptureSetting): Promise<void> {
    const { store, vault, ids, now } = this.#context;
    const { arguments: given, result, ...facts } = call;
    const { inspector } = this.#context;
    const content = {
      arguments: await capturedContent(given, inspector),
      result: await capturedContent(result, inspector),
    };
    const text = JSON.stringify(content satisfies CaptureContent);
    const atMs = now();
    const capture: Capture = {
      ...facts,
      id: ids.next('cap'),
      atMs,
      expiresAtMs: atMs + keepHours * 3_600_000,
      bytes: Buffer.byteLength(text),
    };
    const sealed = await vault.seal(rowOf(capture), text);
    await store.insert(call.tenant, capture, sealed, limits.captureBytesPerTenantMax);
  }
}

function rowOf({ tenant, serviceId, id }: Capture) {
  return { tenant, owner: CAPTURE_OWNER, serviceId, name: id };
}
