import { GatewayError } from '../kernel/errors.ts';
import { stringMember, type JsonObject } from '../kernel/json.ts';
import type { Log } from '../kernel/log.ts';
import { ConnectionNeeded } from '../kernel/oauth/upstream-oauth.ts';
import type { HeaderPlan } from '../mcp/wire/header-plan.ts';
import { callerKey } from '../mcp/client/caller.ts';
import type { ClientProfile } from '../mcp/message.ts';
import type {
  Discovery,
  ListKind,
  OriginHealth,
  ServiceDiagnostic,
  Upstream,
  UpstreamCaller,
  UpstreamChange,
} from '../upstream/contract.ts';
import { StartFailure } from '../upstream/start-failure.ts';
import { callerOf, listKinds } from '../upstream/upstream.ts';
import { discoverInTime, listInTime } from './ask-in-time.ts';
import { capabilityProfileKey, fullClient } from './lists/capability-profile.ts';
import type { ToolChanges } from './compare-tools.ts';
import { differingLists } from './lists/differing-lists.ts';
import { ListReader } from './lists/list-reader.ts';
import { emptyListing, type Listing, type ReadListing } from './lists/listing.ts';
import { ProfileListings } from './lists/profile-listings.ts';
import { ServiceListing, type ReviewTools } from './service-listing.ts';
import type { ServiceHealth, ServiceState } from './service-view.ts';
import type { Service } from './store.ts';
import { unreadDiscovery } from './unread-discovery.ts';
import { UpstreamWatch, type Watch } from './upstream-watch.ts';

/** What a live service needs from around it. */
export interface ServiceRuntimeContext {
  readonly log: Log;
  /** Opens the upstream of the service; `changed` hears what the upstream reports. */
  open(
    service: Service,
    signal: AbortSignal,
    changed: (change: UpstreamChange) => void,
  ): Promise<Upstream>;
  /** Says which of the listed tools may be offered; without it all may. */
  readonly review?: ReviewTools;
  /**
   * A user whose account the lists may be read with, once, where the service itself has none;
   * absent where nobody has accounts.
   */
  readonly reader?: (service: Service) => Promise<UpstreamCaller | undefined>;
  /** The service's lists are other than before. */
  listsChanged(live: ServiceRuntime, lists: readonly ListKind[]): void;
  resourceUpdated(live: ServiceRuntime, uri: string): void;
}

const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;

/** A registered service with its upstream: opens it, keeps it open, knows its lists. */
export class ServiceRuntime implements AsyncDisposable {
  #service: Service;
  readonly #context: ServiceRuntimeContext;
  readonly #life = new AbortController();
  #state: ServiceState = 'starting';
  #sinceMs = Date.now();
  #lastError: string | null = null;
  /** The same for who may see the service's configuration. */
  #lastDetail: string | null = null;
  #lastSuccessAtMs: number | null = null;
  #upstream: Upstream | undefined;
  #discovery: Discovery | undefined;
  readonly #listing: ServiceListing;
  #origins: readonly OriginHealth[] = [];
  readonly #profiles: ProfileListings;
  readonly #reader: ListReader;
  #watch: UpstreamWatch | undefined;
  #retry: NodeJS.Timeout | undefined;
  #backoffMs = BACKOFF_FIRST_MS;
  /** Each user has an account there: what the service says of itself was told to one of them. */
  #isPersonal = false;

  constructor(service: Service, context: ServiceRuntimeContext) {
    this.#service = service;
    this.#context = context;
    this.#listing = new ServiceListing(context.review, () => context.listsChanged(this, listKinds));
    this.#profiles = new ProfileListings(
      async (client) => this.#listing.trusted(await this.#read(client)),
      () => this.#profileRead(),
    );
    this.#reader = new ListReader({
      read: () => this.#readAll(),
      changed: (lists) => context.listsChanged(this, lists),
      failed: (error) => this.#readFailed(error),
    });
    if (!service.enabled) this.#state = 'disabled';
  }

  get service(): Service {
    return this.#service;
  }

  /** Gives the service the title and slug that were chosen after it was reached. */
  renamed(service: Service): this {
    this.#service = service;
    return this;
  }

  /** What the upstream said of itself; undefined until it was reached. */
  get discovery(): Discovery | undefined {
    return this.#discovery;
  }

  /**
   * Everything the service has and that may be offered: what a client is listed that can do
   * everything, and what others are listed besides. It stays for a while when the service is away.
   */
  get listing(): Listing {
    return this.#listing.isShown ? this.#profiles.with(this.#listing.current) : emptyListing;
  }

  /** False for a tool that must not be called, whoever asks for it. */
  mayCall(tool: string): boolean {
    return this.#listing.mayCall(tool);
  }

  /** Whether the tool's text hides something or speaks to the model, and nobody approved it. */
  isSuspicious(tool: string): boolean {
    return this.#listing.isSuspicious(tool);
  }

  /** True when what the service itself would answer to a list must not, or cannot, be shown. */
  get isListedHere(): boolean {
    return this.#state === 'ready' ? this.#listing.isCut : this.#listing.isShown;
  }

  /** What is wrong or doubtful in what the service says of itself. */
  get diagnostics(): readonly ServiceDiagnostic[] {
    return [...(this.#discovery?.diagnostics ?? []), ...this.#listing.diagnostics];
  }

  /** The state of the pins that the lists were held to; undefined before there is a list. */
  get pinStamp(): string | undefined {
    return this.#listing.pinStamp;
  }

  get health(): ServiceHealth {
    return {
      state: this.#state,
      sinceMs: this.#sinceMs,
      lastError: this.#lastDetail ?? this.#lastError,
      lastSuccessAtMs: this.#lastSuccessAtMs,
      era: this.#discovery?.era ?? null,
      protocolVersion: this.#discovery?.protocolVersion ?? null,
      serverInfo: this.#discovery?.serverInfo ?? null,
      origins: this.#origins,
    };
  }

  /** What the last change of the tools was; null while they are the first. */
  get changes(): ToolChanges | null {
    return this.#listing.changes;
  }

  /** Takes the place of an earlier life of the same service, whose tools are compared. */
  succeed(before: ServiceRuntime): void {
    this.#listing.succeed(before.#listing);
  }

  /** The open upstream. Throws `upstream_unavailable` when the service is not ready. */
  get upstream(): Upstream {
    if (this.#upstream !== undefined && this.#state === 'ready') return this.#upstream;
    const why = this.#lastError === null ? '' : ` Last error: ${this.#lastError}`;
    const text = `The service ${this.service.slug} is ${this.#state}.${why}`;
    throw new GatewayError('upstream_unavailable', text);
  }

  /** Opens and discovers once. Throws what went wrong; nothing is retried. */
  async start(): Promise<void> {
    this.#enter('starting');
    try {
      await this.#connect();
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** Opens and discovers, and keeps trying with growing pauses until it works or is disposed. */
  keepStarted(): Promise<void> {
    return this.start().catch(() => this.#retryLater());
  }

  /** Reads the tools again; what fails leaves the old ones. */
  readToolsAgain(): Promise<void> {
    return this.#upstream === undefined ? Promise.resolve() : this.#reader.now(['tools']);
  }

  /** Reads the lists again. Throws what went wrong; the old lists are kept then. */
  async refresh(): Promise<void> {
    if (this.#upstream === undefined) return await this.start();
    if (this.#isPersonal) return await this.#learn(this.#upstream);
    this.#discovery = await discoverInTime(this.#upstream, this.#service, this.#life.signal);
    await this.#reader.now(listKinds);
  }

  /** A user has connected an account: what could not be read before may be read with it. */
  async connectionMade(): Promise<void> {
    const upstream = this.#state === 'ready' ? this.#upstream : undefined;
    if (upstream !== undefined && this.#isPersonal) await this.#learn(upstream);
  }

  /** The lists as this client may see them. */
  listingFor(client: ClientProfile): Promise<Listing> {
    const isOne = this.#isPersonal || this.#discovery?.listsVaryByCapabilities !== true;
    const isFull =
      capabilityProfileKey(client.capabilities) === capabilityProfileKey(fullClient.capabilities);
    return isOne || isFull ? Promise.resolve(this.#listing.current) : this.#profiles.of(client);
  }

  /** What a tool wants mirrored into headers, or undefined when it mirrors nothing. */
  headerPlanOf(tool: string): HeaderPlan | undefined {
    return this.#listing.headerPlanOf(tool);
  }

  /** Watches resources until the watch is ended. */
  watch(uris: readonly string[]): Watch {
    return this.#watch?.watch(uris) ?? { ready: Promise.resolve(), end: () => {} };
  }

  noteSuccess(): void {
    this.#lastSuccessAtMs = Date.now();
  }

  noteFailure(text: string): void {
    this.#lastError = text;
    this.#lastDetail = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#retry);
    this.#listing[Symbol.dispose]();
    this.#reader[Symbol.dispose]();
    this.#enter('disabled');
    this.#life.abort();
    await this.#close();
  }

  /** Lists and watches are read as the service itself, for everybody. */
  get #caller(): UpstreamCaller {
    const { tenant, id } = this.service;
    return callerOf(tenant, `service:${id}`);
  }

  async #connect(): Promise<void> {
    await this.#close();
    const { signal } = this.#life;
    signal.throwIfAborted();
    const upstream = await this.#context.open(this.service, signal, (change) =>
      this.#onChange(upstream, change),
    );
    this.#upstream = upstream;
    this.#profiles.clear();
    this.#isPersonal = false;
    try {
      this.#discovery = await discoverInTime(upstream, this.#service, signal);
      await this.#listing.keep(this.service, await this.#read(fullClient));
    } catch (error) {
      if (!(error instanceof ConnectionNeeded)) throw error;
      this.#isPersonal = true;
    }
    signal.throwIfAborted();
    this.#backoffMs = BACKOFF_FIRST_MS;
    this.#lastError = this.#lastDetail = null;
    this.noteSuccess();
    this.#enter('ready');
    if (this.#isPersonal) return await this.#learn(upstream);
    this.#watch = new UpstreamWatch(upstream, this.#caller, {
      lists: (lists) => this.#reader.announced(lists, false),
      resource: (uri) => this.#context.resourceUpdated(this, uri),
    });
    this.#watch.open();
    this.#context.listsChanged(this, listKinds);
  }

  /**
   * Reads what the service says of itself with the account of one user, once: nothing stays open
   * with it. Until somebody has one, there are no lists.
   */
  async #learn(upstream: Upstream): Promise<void> {
    try {
      const reader = await this.#context.reader?.(this.service);
      if (reader === undefined) this.#discovery ??= unreadDiscovery(this.service);
      else {
        const discovery = await discoverInTime(upstream, this.#service, this.#life.signal, reader);
        const read = await listInTime(upstream, this.#service, discovery, fullClient, reader);
        await this.#listing.keep(this.service, read);
        this.#discovery = discovery;
      }
    } catch (error) {
      this.#discovery ??= unreadDiscovery(this.service);
      this.noteFailure(textOf(error));
    }
    this.#context.listsChanged(this, listKinds);
  }

  async #close(): Promise<void> {
    const upstream = this.#upstream;
    this.#upstream = undefined;
    this.#watch?.[Symbol.dispose]();
    this.#watch = undefined;
    await upstream?.[Symbol.asyncDispose]();
  }

  #read(client: ClientProfile): Promise<ReadListing> {
    const upstream = this.#upstream;
    const discovery = this.#discovery;
    if (upstream === undefined || discovery === undefined) {
      const text = `The service ${this.service.slug} is being opened anew.`;
      return Promise.reject(new GatewayError('upstream_unavailable', text));
    }
    return listInTime(upstream, this.#service, discovery, client, this.#caller);
  }

  #onChange(upstream: Upstream | undefined, change: UpstreamChange): void {
    if (upstream === undefined || upstream !== this.#upstream) return;
    if (change.kind === 'lists') {
      // What is announced in the session of a caller may be so in no other.
      const isOfOne = change.caller !== undefined && change.caller !== callerKey(this.#caller);
      this.#reader.announced(change.lists, isOfOne);
    } else if (change.kind === 'resource') this.#context.resourceUpdated(this, change.uri);
    else if (change.kind === 'origins') this.#origins = change.origins;
    else {
      this.#fail(new GatewayError('upstream_failed', change.text));
      this.#retryLater();
    }
  }

  async #readAll(): Promise<ReadonlySet<ListKind>> {
    const read = await this.#read(fullClient);
    const before = this.#listing.current;
    await this.#listing.keep(this.service, read);
    const others = await this.#profiles.readAgain();
    return new Set([...differingLists(before, this.#listing.current), ...others]);
  }

  #readFailed(error: unknown): void {
    // One that is being opened anew is read whole when it is there.
    if (this.#upstream === undefined) return;
    this.noteFailure(textOf(error));
    this.#context.log.warn(
      { slug: this.service.slug, error: textOf(error) },
      'the lists of a service could not be read; the old ones stay',
    );
  }

  /** Nothing has changed for anybody, but there may be more that can be called. */
  #profileRead(): void {
    if (this.listing !== this.#listing.current) this.#context.listsChanged(this, []);
  }

  #retryLater(): void {
    if (this.#life.signal.aborted) return;
    clearTimeout(this.#retry);
    const pauseMs = this.#backoffMs * (0.75 + Math.random() / 2);
    this.#backoffMs = Math.min(BACKOFF_MAX_MS, this.#backoffMs * 2);
    this.#retry = setTimeout(() => void this.keepStarted(), pauseMs);
    this.#retry.unref();
  }

  #fail(error: unknown): void {
    if (this.#life.signal.aborted) return;
    const had = this.#state === 'ready';
    this.#lastError = textOf(error);
    this.#lastDetail = error instanceof StartFailure ? error.detail : null;
    this.#enter('failed');
    this.#context.log.warn(
      { slug: this.service.slug, error: this.#lastError },
      'a service is not available',
    );
    if (!had) return;
    this.#context.listsChanged(this, listKinds);
    this.#listing.beginAbsence();
  }

  #enter(state: ServiceState): void {
    this.#state = state;
    this.#sinceMs = Date.now();
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown failure';
}

/** The name a service gives itself, for titles and slugs. */
export function ownName(serverInfo: JsonObject): string | undefined {
  return stringMember(serverInfo, 'title') ?? stringMember(serverInfo, 'name');
}
