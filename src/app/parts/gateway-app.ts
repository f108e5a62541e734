import type { AuditLog } from '../../audit/audit-log.ts';
import type { BundleCatalog } from '../../catalog/bundle-catalog.ts';
import type { CatalogRegistry } from '../../catalog/catalog-registry.ts';
import type { DefinitionReview } from '../../catalog/pins/definition-review.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { TenantSnapshot } from '../../catalog/tenant-snapshot.ts';
import type { PlanBook } from '../../billing/plan-book.ts';
import type { HttpEgress } from '../../egress/http-egress.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { OwnService } from '../../gateway/own-service.ts';
import type { ManagedSessions } from '../../gateway/sessions/managed-sessions.ts';
import type { ApiStatus } from '../../http/api/framework/api-deps.ts';
import type { Doors, HttpServer } from '../../http/listener/server.ts';
import type { FirstAdmin } from '../../identity/ensure-first-admin.ts';
import type { JobRunner } from '../../jobs/job-runner.ts';
import type { RoutingTables } from '../../gateway/routing-tables.ts';
import type { Admission } from '../../identity/admission/create-admission.ts';
import type { LazyChat } from './chat/lazy-chat.ts';
import type { LazyFinder } from './lazy-finder.ts';
import type { BuiltOAuth } from './build-oauth.ts';
import type { BuiltSso } from './build-sso.ts';
import type { Authentication } from '../../identity/create-authentication.ts';
import type { KeyUses } from '../../identity/keys/key-uses.ts';
import type { Vault } from '../../identity/vault/vault.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import type { Admit, Principal, TenantId } from '../../kernel/principal.ts';
import type { UsageLog } from '../../metering/store.ts';
import type { LoadShedder } from '../../policy/limits/load-shedder.ts';
import type { Offer } from '../../policy/offer.ts';
import type { PolicyBook } from '../../policy/rules/policy-book.ts';
import type { Storage } from '../../storage/storage.ts';
import type { BuiltSpending } from './billing/build-spending.ts';
import type { BuiltGuard } from './build-guard.ts';
import type { LazyModels } from './chat/build-models.ts';
import type { BuiltWebhooks } from './build-webhooks.ts';
import type { BuiltCredentials } from './build-vault.ts';
import type { OpenedBus } from '../open-bus.ts';
import type { Config } from '../config/config-schema.ts';

/** Every part of one gateway, wired and not yet listening. */
export interface GatewayApp extends RoutingTables, BuiltGuard, BuiltSpending, BuiltWebhooks {
  readonly config: Config;
  readonly log: Log;
  readonly storage: Storage;
  readonly bus: OpenedBus;
  readonly jobs: JobRunner;
  readonly nodeId: string;
  readonly usageLog: UsageLog;
  readonly audit: AuditLog;
  readonly egress: HttpEgress;
  readonly catalog: Catalog;
  readonly bundles: BundleCatalog;
  readonly registry: CatalogRegistry;
  readonly policies: PolicyBook;
  readonly planBook: PlanBook;
  /** What the plan of a tenant offers; undefined when it changes nothing. */
  offerOf(tenant: TenantId): Offer | undefined;
  readonly models: LazyModels;
  readonly shedder: LoadShedder;
  /** What who looks after services sees of them. */
  managedViewOf(principal: Principal): TenantSnapshot;
  readonly definitions: DefinitionReview;
  readonly admission: Admission;
  readonly keyUses: KeyUses;
  readonly authentication: Authentication;
  readonly oauth: BuiltOAuth;
  readonly sso: BuiltSso;
  /** Under which URL clients reach the gateway, without a slash at the end. */
  readonly baseUrl: { current: string };
  readonly gateway: Gateway;
  /** The gateway itself as a service, when that was asked for. */
  readonly own: OwnService | undefined;
  readonly finder: LazyFinder;
  readonly doors: Doors & Disposable;
  readonly sessions: ManagedSessions;
  readonly server: HttpServer;
  readonly firstAdmin: FirstAdmin | undefined;
  readonly admit: Admit;
  /** Whoever runs the process, when that was asked for. */
  readonly localCaller: Principal | undefined;
  readonly vault: Vault;
  readonly chat: LazyChat;
  readonly ids: IdSource;
  readonly credentials: BuiltCredentials;
  /** Told to whoever asks for health. */
  readonly phase: { current: ApiStatus['phase'] };
}
