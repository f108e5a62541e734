import { stringMember, type JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { HeaderPlan } from '../mcp/wire/header-plan.ts';
import type { ServiceDiagnostic } from '../upstream/contract.ts';
import { compareTools, type ToolChanges } from './compare-tools.ts';
import { headerPlans } from './header-plans.ts';
import { emptyListing, type Listing, type ReadListing } from './lists/listing.ts';
import type { ReviewedTools } from './pins/definition-pins.ts';
import type { Service } from './store.ts';

/** Says which of the listed tools may be offered. */
export type ReviewTools = (service: Service, tools: Listing['tools']) => Promise<ReviewedTools>;

/** What a service lists, as far as it may be offered; it outlives the service's absence a while. */
export class ServiceListing implements Disposable {
  readonly #review: ReviewTools | undefined;
  readonly #changed: () => void;
  #listing: Listing = emptyListing;
  #read: Pick<ReadListing, 'diagnostics' | 'isMended'> = { diagnostics: [], isMended: false };
  #isKnown = false;
  #keptAtMs = 0;
  #reviewed: ReviewedTools | undefined;
  #isAbsent = false;
  #absence: NodeJS.Timeout | undefined;
  #changes: ToolChanges | null = null;
  #headerPlans: ReadonlyMap<string, HeaderPlan> = new Map();

  /** Without a review all tools may be offered; `changed` hears when the lists are let go. */
  constructor(review: ReviewTools | undefined, changed: () => void) {
    this.#review = review;
    this.#changed = changed;
  }

  /** What may be offered now. */
  get current(): Listing {
    return this.#isAbsent ? emptyListing : this.#listing;
  }

  /** True when there are lists that may be shown. */
  get isShown(): boolean {
    return this.#isKnown && !this.#isAbsent;
  }

  /** True when something that the service lists must not be shown, or not as it stands there. */
  get isCut(): boolean {
    const reviewed = this.#reviewed;
    if (this.#read.isMended) return true;
    return reviewed !== undefined && (reviewed.isClosed || reviewed.withheld.size > 0);
  }

  /** What the last change of the tools was; null while they are the first. */
  get changes(): ToolChanges | null {
    return this.#changes;
  }

  /** The state of the pins that the lists were held to; undefined before there is a list. */
  get pinStamp(): string | undefined {
    return this.#reviewed?.stamp;
  }

  /** What was found in the definitions. */
  get diagnostics(): readonly ServiceDiagnostic[] {
    const found = [...(this.#reviewed?.diagnostics ?? []), ...this.#read.diagnostics];
    return found.slice(0, limits.documentDiagnosticsMax);
  }

  /** False for a tool that must not be called, whoever asks for it. */
  mayCall(tool: string): boolean {
    const reviewed = this.#reviewed;
    if (reviewed === undefined) return true;
    if (reviewed.withheld.has(tool)) return false;
    return !reviewed.isClosed || this.#listing.tools.some(({ name }) => name === tool);
  }

  /** What a tool wants mirrored into headers, or undefined when it mirrors nothing. */
  headerPlanOf(tool: string): HeaderPlan | undefined {
    return this.#headerPlans.get(tool);
  }

  /** Takes what was read in the place of what was there. */
  async keep(service: Service, lists: ReadListing): Promise<void> {
    const { diagnostics, isMended, ...read } = lists;
    this.#reviewed = await this.#review?.(service, read.tools);
    const listing = { ...read, tools: this.#reviewed?.tools ?? read.tools };
    clearTimeout(this.#absence);
    this.#isAbsent = false;
    this.#keptAtMs = Date.now();
    if (this.#isKnown) {
      this.#changes = compareTools(this.#listing.tools, listing.tools) ?? this.#changes;
    }
    this.#isKnown = true;
    this.#listing = listing;
    this.#read = { diagnostics, isMended };
    this.#headerPlans = headerPlans(listing.tools);
  }

  /** Whether the tool's text hides something or speaks to the model, and nobody approved it. */
  isSuspicious(tool: string): boolean {
    return this.#reviewed?.suspicious.has(tool) ?? false;
  }

  /** Whatever a service lists to others, nothing is offered that is not trusted. */
  trusted(read: Listing): Listing {
    const reviewed = this.#reviewed;
    if (reviewed === undefined) return read;
    const { withheld, isClosed } = reviewed;
    if (!isClosed) {
      const isOffered = (tool: JsonObject) => !withheld.has(stringMember(tool, 'name') ?? '');
      return withheld.size === 0 ? read : { ...read, tools: read.tools.filter(isOffered) };
    }
    const names = new Set(read.tools.map(({ name }) => name));
    return { ...read, tools: reviewed.tools.filter(({ name }) => names.has(name)) };
  }

  /** Takes the place of an earlier life's, whose tools are compared. */
  succeed(before: ServiceListing): void {
    if (!before.#isKnown) return;
    this.#changes = compareTools(before.#listing.tools, this.#listing.tools) ?? before.#changes;
  }

  /** The service is away: its lists are believed for `absentListingMs` from when they were read. */
  beginAbsence(): void {
    const leftMs = this.#keptAtMs + limits.absentListingMs - Date.now();
    clearTimeout(this.#absence);
    this.#absence = setTimeout(
      () => {
        this.#isAbsent = true;
        this.#changed();
      },
      Math.max(0, leftMs),
    );
    this.#absence.unref();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#absence);
  }
}
