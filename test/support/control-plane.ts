import { seller } from './invoice-world.ts';
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type {
  ServiceInput,
  ServicePreview,
  ServiceOutline,
  ServicePage,
  ServiceRegistry,
  ServiceView,
} from '../../src/catalog/service-view.ts';
import { asProblem } from './as-problem.ts';
import { memoryPolicy } from './memory-policy.ts';
import { createAddressRate } from '../../src/identity/authentication/address-rate.ts';
import { createTokenCredentials } from '../../src/identity/tokens/token-credentials.ts';
import { Seal } from '../../src/kernel/seal.ts';
import { signInWorld, type SignInWorld } from './sign-in-world.ts';
import { createBaseUrl } from '../../src/http/listener/base-url.ts';
import { callers, filledIdentity, maker, newTenant, NOW_MS, type Caller } from './api-callers.ts';
import type { AuditAct } from '../../src/audit/audit-act.ts';
import type { ChainedEvent } from '../../src/audit/store.ts';
import { memoryAuditLog, memoryAuditStore, memoryRetention } from './memory-audit-store.ts';
import type { ApiDeps, ApiStatus } from '../../src/http/api/framework/api-deps.ts';
import { createApi, type Api, type ApiEnvironment } from '../../src/http/api/create-api.ts';
import type { ApiRoute } from '../../src/http/api/framework/define-route.ts';
import { createOriginGuard } from '../../src/http/listener/origin-guard.ts';
import { errorCodes } from '../../src/http/api/framework/openapi-document.ts';
import { problemSchema } from '../../src/http/api/framework/problem.ts';
import { checkVersion } from '../../src/kernel/check-version.ts';
import { type ErrorCode, errorRegistry, GatewayError } from '../../src/kernel/errors.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { memoryPrivacy } from './memory-privacy.ts';
import { memorySso } from './memory-sso.ts';
import type { LogFields } from '../../src/kernel/log.ts';
import type { Principal } from '../../src/kernel/principal.ts';
import { memoryUsage } from './memory-usage.ts';
import type { UsageRecord } from '../../src/metering/usage-fields.ts';
import { usageRecord as sampleRecord } from './usage-record.ts';

export { addCallersKey, callers, NOW_MS, type Caller } from './api-callers.ts';

/** What a test wants to send. */
export interface Sent {
  readonly as?: Caller;
  /** Sent as JSON; a string goes as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The address it comes from. */
  readonly from?: string;
}

/** What came back: already checked against the route's own schemas. */
export interface Came {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body, or undefined when it is not JSON. */
  readonly json: unknown;
}

/** A control plane on fakes kept in memory. */
export class ControlPlane {
  readonly registry = new FakeRegistry();
  readonly logged: (LogFields & { readonly message: string })[] = [];
  readonly identity = filledIdentity();
  readonly usage: UsageRecord[] = [];
  /** What the audit log was told. */
  readonly acts: AuditAct[] = [];
  /** What the audit log holds. */
  readonly chain: ChainedEvent[] = [];
  /** Calls of collaborators in their order. */
  readonly calls: string[] = [];
  phase: ApiStatus['phase'] = 'ready';
  readonly world: SignInWorld;
  readonly deps: ApiDeps;
  readonly api: Api;

  /** `more` are the routes of other doors. */
  constructor(
    change: Partial<ApiDeps> = {},
    more: readonly ApiRoute[] = [],
    baseUrl = 'http://127.0.0.1',
  ) {
    this.world = signInWorld({ baseUrl, stores: this.identity });
    this.deps = { ...this.#deps(), ...change };
    this.api = createApi(this.deps, more);
  }

  /** Puts a user into its tenant, with the roles of the principal. */
  addUser(person: Principal): void {
    const { account, membership } = newTenant(person);
    this.identity.addUser(person.tenant, membership, account);
  }

  /** Sends one request; asserts that the answer is one the route declares. */
  async send(method: string, path: string, sent: Sent = {}): Promise<Came> {
    const headers = new Headers(sent.headers);
    if (sent.as !== undefined) headers.set('Authorization', `Bearer ${sent.as}`);
    if (sent.body !== undefined && !headers.has('content-type')) {
      headers.set('Content-Type', 'application/json');
    }
    const init: RequestInit = { method, headers };
    if (sent.body !== undefined) {
      init.body = typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body);
    }
    const request = new Request(`http://127.0.0.1${path}`, init);
    const response = await this.api.fetch(request, sent.from === undefined ? {} : from(sent.from));
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    const json: unknown = isJson && text !== '' ? JSON.parse(text) : undefined;
    this.#checkAnswer(method, path, response, json);
    return { status: response.status, headers: response.headers, text, json };
  }

  /** The route a request belongs to. */
  routeOf(method: string, path: string): ApiRoute | undefined {
    const { pathname } = new URL(path, 'http://127.0.0.1');
    return this.api.routes.find(
      (route) =>
        route.method.toUpperCase() === method &&
        route.paths.some((known) =>
          new RegExp(`^${known.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
        ),
    );
  }

  #checkAnswer(method: string, path: string, response: Response, json: unknown): void {
    const route = this.routeOf(method, path);
    if (route === undefined) return;
    const declared = route.answers[response.status];
    if (declared !== undefined) {
      const isStream = response.headers.get('content-type') === declared.streamType;
      if (declared.schema !== undefined && !isStream) declared.schema.parse(json);
      return;
    }
    const form = route.errorForm;
    const type = form?.mediaType ?? 'application/problem+json; charset=utf-8';
    assert.equal(response.headers.get('content-type'), type);
    const problem = form === undefined ? problemSchema.parse(json) : asProblem(json);
    form?.schema.parse(json);
    assert.equal(problem.status, response.status);
    assert.ok(
      errorCodes(route).includes(problem.code),
      `${method} ${path} answers ${problem.code}, which it does not declare`,
    );
  }

  #deps(): ApiDeps {
    const line = (fields: LogFields, message: string) => {
      this.logged.push({ ...fields, message });
    };
    return {
      registry: this.registry,
      usage: memoryUsage(this.usage, this.calls),
      drainUsage: () => {
        this.calls.push('drain');
        return Promise.resolve();
      },
      identity: this.identity,
      billing: this.identity,
      seller,
      oauth: {
        clients: this.identity.oauthClients,
        grants: this.identity.grants,
        listed: this.identity.oauthGrants,
        seal: new Seal([{ id: 'k1', secret: Buffer.alloc(32, 1) }], 'oauth'),
      },
      sso: memorySso(this.world, this.identity),
      baseUrlOf: createBaseUrl(undefined),
      admit: (token = '') => {
        if (Object.hasOwn(callers, token)) return callers[token as Caller];
        return admitLogin(this.world, token);
      },
      keyMaker: maker,
      revoked: (tenant, grantId) => {
        this.calls.push(`revoked ${tenant} ${grantId}`);
      },
      policy: memoryPolicy({ now: () => NOW_MS, callers: Object.values(callers) }),
      audit: memoryAuditLog(this.acts, this.calls),
      reconciliations: this.identity.reconciliations,
      auditStore: memoryAuditStore(this.chain),
      retention: memoryRetention(),
      privacy: memoryPrivacy(this.identity, this.calls),
      authentication: this.world.authentication,
      signInRate: createAddressRate(() => this.world.clock.ms),
      originGuard: createOriginGuard({
        allowedHosts: [],
        allowedOrigins: ['https://console.example'],
      }),
      status: () => ({
        phase: this.phase,
        startedAtMs: NOW_MS - 5_000,
        version: '1.2.3',
        services: { ready: 2, starting: 1, failed: 0, disabled: 0 },
      }),
      log: { debug: line, info: line, warn: line, error: line },
      ids: new IdSource(() => NOW_MS),
      now: () => NOW_MS,
    };
  }
}

/** A registry that keeps what it is given and answers as the real one promises to. */
export class FakeRegistry implements ServiceRegistry {
  readonly views: ServiceView[] = [];
  /** What `register` was given. */
  readonly inputs: ServiceInput[] = [];
  /** What a change was given, by service. */
  readonly changes: unknown[] = [];
  /** Thrown by the next call of any method. */
  failure: unknown;

  register(caller: Principal, input: ServiceInput): Promise<ServiceView> {
    return this.#run(() => {
      this.inputs.push(input);
      if (input.kind === 'mcp-stdio' && !caller.permissions.actions.has('services.operate'))
        throw new GatewayError('forbidden');
      return this.add(caller, input);
    });
  }

  preview(caller: Principal, input: ServiceInput): Promise<ServicePreview> {
    return this.#run(() => {
      if (input.kind === 'mcp-stdio' && !caller.permissions.actions.has('services.operate'))
        throw new GatewayError('forbidden');
      return {
        kind: input.kind,
        slug: input.slug ?? 'new',
        title: input.title ?? 'New',
        tools: [{ name: 'echo', title: null, description: 'Echoes.', tokens: 12 }],
        promptNames: [],
        resourceUris: [],
        diagnostics: [{ severity: 'warning', code: 'odd', text: 'Odd.' }],
        tokens: 12,
      };
    });
  }

  /** Puts a service into the tenant of the caller. */
  add(caller: Principal, input: ServiceInput): ServiceView {
    const slug = input.slug ?? `service-${this.views.length + 1}`;
    const taken = this.views.some(
      ({ service }) => service.slug === slug && service.tenant === caller.tenant,
    );
    if (taken) throw new GatewayError('conflict');
    const view: ServiceView = {
      service: {
        id: `svc_${this.views.length + 1}`,
        tenant: caller.tenant,
        slug,
        kind: input.kind,
        title: input.title ?? slug,
        enabled: true,
        config: input.config,
        createdAtMs: NOW_MS,
        updatedAtMs: NOW_MS,
        version: 1,
      },
      secretNames: Object.keys(input.secrets ?? {}),
      health: {
        state: 'ready',
        sinceMs: NOW_MS,
        lastError: null,
        lastSuccessAtMs: NOW_MS,
        era: 'modern',
        protocolVersion: '2026-07-28',
        serverInfo: { name: 'fake', version: '1' },
        origins: [],
      },
      tools: [{ name: 'echo', publicName: `${slug}__echo`, title: null, description: 'Echoes.' }],
      promptNames: ['greet'],
      resourceUris: ['file:///a'],
      diagnostics: [],
      changes: null,
    };
    this.views.push(view);
    return view;
  }

  list(caller: Principal, page: ServicePage = {}): Promise<readonly ServiceOutline[]> {
    return this.#run(() =>
      this.views
        .filter(({ service }) => service.tenant === caller.tenant)
        .filter(({ service }) => page.after === undefined || service.id > page.after)
        .slice(0, page.limit)
        .map(({ service, health, tools, promptNames, resourceUris }) => ({
          service,
          health,
          counts: {
            tools: tools.length,
            prompts: promptNames.length,
            resources: resourceUris.length,
          },
        })),
    );
  }

  get(caller: Principal, idOrSlug: string): Promise<ServiceView> {
    return this.#run(() => this.#find(caller, idOrSlug));
  }

  update(
    caller: Principal,
    idOrSlug: string,
    change: object,
    ifVersion?: number,
  ): Promise<ServiceView> {
    return this.#run(() => {
      const view = this.#find(caller, idOrSlug);
      checkVersion(view.service.version, ifVersion);
      this.changes.push(change);
      const { secrets: _secrets, ...visible } = change as Record<string, unknown>;
      const version = view.service.version + 1;
      const changed = { ...view, service: { ...view.service, ...visible, version } };
      this.views[this.views.indexOf(view)] = changed;
      return changed;
    });
  }

  remove(caller: Principal, idOrSlug: string, ifVersion?: number): Promise<void> {
    return this.#run(() => {
      const view = this.#find(caller, idOrSlug);
      checkVersion(view.service.version, ifVersion);
      this.views.splice(this.views.indexOf(view), 1);
    });
  }

  refresh(caller: Principal, idOrSlug: string): Promise<ServiceView> {
    return this.#run(() => this.#find(caller, idOrSlug));
  }

  #find(caller: Principal, idOrSlug: string): ServiceView {
    const view = this.views.find(
      ({ service }) =>
        service.tenant === caller.tenant && (service.id === idOrSlug || service.slug === idOrSlug),
    );
    if (view === undefined) throw new GatewayError('not_found');
    return view;
  }

  async #run<Result>(action: () => Result): Promise<Result> {
    const { failure } = this;
    if (failure !== undefined) throw failure as Error;
    return action();
  }
}

/** A usage record with an id that sorts by `number`. */
export function usageRecord(number: number, change: Partial<UsageRecord> = {}): UsageRecord {
  return sampleRecord({
    id: `use_${String(number).padStart(6, '0')}`,
    nodeId: 'node',
    credentialId: 'key_a_admin',
    userId: 'usr_a_admin',
    tool: 'echo',
    upstreamEra: 'modern',
    upstreamMs: 4,
    startedAtMs: NOW_MS + number,
    endedAtMs: NOW_MS + number + 5,
    durationMs: 5.25,
    ...change,
  });
}

/** The body of a problem with this code and the registered status. Asserts both. */
export function problemOf(came: Came, code: ErrorCode) {
  const isOther = came.headers.get('content-type') === 'application/scim+json';
  const problem = isOther ? asProblem(came.json) : problemSchema.parse(came.json);
  assert.equal(problem.code, code, came.text);
  assert.equal(came.status, errorRegistry[code].status);
  return problem;
}

/** Lets in by an access token of the world. */
async function admitLogin({ authentication }: SignInWorld, token: string): Promise<Principal> {
  const { accessTokens, findHolder } = authentication;
  const kind = createTokenCredentials(accessTokens, findHolder);
  const found = kind.recognises(token) ? await kind.lookUp(token, '/api') : undefined;
  if (found === undefined) throw new GatewayError('unauthenticated');
  return found.principal;
}

function from(remoteAddress: string): ApiEnvironment {
  return { incoming: { headers: {}, socket: { remoteAddress } as Socket } };
}
