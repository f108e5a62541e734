import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { ClientProfile } from '../../mcp/message.ts';
import type { ListKind } from '../../upstream/contract.ts';
import { capabilityProfileKey } from './capability-profile.ts';
import { differingLists } from './differing-lists.ts';
import type { Listing } from './listing.ts';

interface ProfileListing {
  readonly client: ClientProfile;
  readonly reading: Promise<Listing>;
  /** What was read; undefined until it was. */
  listing: Listing | undefined;
}

/** What a service lists to clients that cannot do everything, by what they can do. */
export class ProfileListings {
  readonly #read: (client: ClientProfile) => Promise<Listing>;
  readonly #grew: () => void;
  #byKey = new Map<string, ProfileListing>();
  #merged: { readonly of: Listing; readonly listing: Listing } | undefined;

  /** `grew` hears that a client was listed what the listing for everything may not have. */
  constructor(read: (client: ClientProfile) => Promise<Listing>, grew: () => void) {
    this.#read = read;
    this.#grew = grew;
  }

  /** What this client is listed; read at its first question. */
  of(client: ClientProfile): Promise<Listing> {
    const key = capabilityProfileKey(client.capabilities);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known.reading;
    if (this.#byKey.size >= limits.profilesPerUpstreamMax) this.clear();
    return this.#start(key, client).reading;
  }

  /** Forgets all of them. */
  clear(): void {
    this.#byKey = new Map();
    this.#merged = undefined;
  }

  /** Reads all again, the lost ones are forgotten; resolves to the lists that are now other. */
  async readAgain(): Promise<ReadonlySet<ListKind>> {
    const before = this.#byKey;
    this.#byKey = new Map();
    const differing = new Set<ListKind>();
    const readings = [...before].map(async ([key, { client, listing }]) => {
      const now = await this.#start(key, client, listing).reading;
      if (listing === undefined) return;
      for (const list of differingLists(listing, now)) differing.add(list);
    });
    await Promise.allSettled(readings);
    return differing;
  }

  /**
   * The listing with the tools and prompts that some clients were listed besides: a legacy service
   * has a session for each kind of client, and what one was listed it may call.
   */
  with(listing: Listing): Listing {
    if (this.#byKey.size === 0) return listing;
    if (this.#merged?.of === listing) return this.#merged.listing;
    const tools = this.#joined(listing.tools, 'tools');
    const prompts = this.#joined(listing.prompts, 'prompts');
    const isSame = tools === listing.tools && prompts === listing.prompts;
    this.#merged = { of: listing, listing: isSame ? listing : { ...listing, tools, prompts } };
    return this.#merged.listing;
  }

  /** What was listed before stays callable until there is something newer. */
  #start(key: string, client: ClientProfile, listing?: Listing): ProfileListing {
    const entry: ProfileListing = { client, reading: this.#read(client), listing };
    this.#byKey.set(key, entry);
    entry.reading.then(
      (read) => {
        if (this.#byKey.get(key) !== entry) return;
        entry.listing = read;
        this.#merged = undefined;
        this.#grew();
      },
      () => {
        if (this.#byKey.get(key) !== entry) return;
        this.#byKey.delete(key);
        this.#merged = undefined;
      },
    );
    return entry;
  }

  #joined(own: readonly JsonObject[], list: 'tools' | 'prompts'): readonly JsonObject[] {
    const names = new Set(own.map(({ name }) => name));
    const more: JsonObject[] = [];
    for (const { listing } of this.#byKey.values()) {
      for (const item of listing?.[list] ?? []) {
        if (names.has(item['name'])) continue;
        names.add(item['name']);
        more.push(item);
      }
    }
    return more.length === 0 ? own : [...own, ...more];
  }
}
