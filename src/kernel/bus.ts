/** What happened, by name: noun, then verb in the past. */
export interface GatewayEvents {
  /** A service was registered, changed, enabled, disabled or removed. */
  'service.changed': { readonly tenant: string; readonly serviceId: string };
  /** A service's tools, prompts or resources changed. */
  'catalog.changed': {
    readonly tenant: string;
    readonly serviceId: string;
    readonly lists: readonly ('tools' | 'prompts' | 'resources')[];
  };
  /** A resource's content changed. */
  'resource.updated': { readonly tenant: string; readonly serviceId: string; readonly uri: string };
}

type Listener<Name extends keyof GatewayEvents> = (event: GatewayEvents[Name]) => void;

/** In-process events between folders that must not import each other. */
export class Bus {
  readonly #listeners = new Map<string, Set<(event: never) => void>>();

  /** Calls the listener for every event of this name; returns the undo. */
  on<Name extends keyof GatewayEvents>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<Name extends keyof GatewayEvents>(name: Name, event: GatewayEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) (listener as Listener<Name>)(event);
  }
}
