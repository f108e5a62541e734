import type { TenantId } from '../kernel/principal.ts';
import type { SecretStore, Service } from './store.ts';

/** Which secret something is sealed as: it opens as no other. */
export interface SecretPlace {
  readonly tenant: TenantId;
  readonly serviceId: string;
  readonly name: string;
}

/** Seals secrets and opens them. */
export interface SecretSeal {
  seal(place: SecretPlace, text: string): Promise<string>;
  /** Undefined when it was not sealed as this one. */
  open(place: SecretPlace, sealed: string): Promise<string | undefined>;
}

type Secrets = Readonly<Record<string, string>>;

/** The secrets of services, which are stored sealed, each for its own row. */
export class SealedSecrets {
  readonly #store: SecretStore;
  readonly #seal: SecretSeal;

  constructor(store: SecretStore, seal: SecretSeal) {
    this.#store = store;
    this.#seal = seal;
  }

  /** Secrets as they are stored. */
  async seal(
    { id: serviceId, tenant }: Service,
    secrets: Secrets,
  ): Promise<Record<string, string>> {
    const sealed: Record<string, string> = {};
    for (const [name, value] of Object.entries(secrets)) {
      sealed[name] = await this.#seal.seal({ tenant, serviceId, name }, value);
    }
    return sealed;
  }

  /** Stores secrets of a service beside those it has. */
  async keep(service: Service, secrets: Secrets | undefined): Promise<void> {
    if (secrets === undefined) return;
    const { id, tenant } = service;
    await this.#store.put(tenant, id, await this.seal(service, secrets));
  }

  /** Whether the service has each of these, with this very value. */
  async holds({ tenant, id }: Service, secrets: Secrets = {}): Promise<boolean> {
    for (const [name, value] of Object.entries(secrets)) {
      const sealed = await this.#store.get(tenant, id, name);
      if (sealed === undefined) return false;
      if ((await this.#seal.open({ tenant, serviceId: id, name }, sealed)) !== value) return false;
    }
    return true;
  }
}
