import type { NamedTarget, TenantSnapshot } from '../../catalog/tenant-snapshot.ts';

/** A view as a model may read it. */
export interface ReadableView {
  readonly view: TenantSnapshot;
  /** Public names of tools that no model is told of before somebody has looked at them. */
  readonly held: readonly string[];
}

/**
 * Holds back tools whose definitions hide something or speak to the model instead of describing a
 * tool: a client may show them to a person first, but a chat would hand them to its model as they
 * are. Somebody's approval of the definition lets one through, and so does trust in its service.
 */
export function createReadableViews(): (view: TenantSnapshot) => ReadableView {
  const known = new WeakMap<
    TenantSnapshot,
    { readonly trust: string; readonly made: ReadableView }
  >();
  return (view) => {
    // Trust and approvals replace a service, and with it the snapshot.
    const held = [...view.tools].filter(([, target]) => isHeld(target)).map(([name]) => name);
    const trust = held.join('\n');
    const kept = known.get(view);
    if (kept?.trust === trust) return kept.made;
    const names = new Set(held);
    const tools = new Map([...view.tools].filter(([name]) => !names.has(name)));
    const made = { view: held.length === 0 ? view : { ...view, tools }, held };
    known.set(view, { trust, made });
    return made;
  };
}

function isHeld({ live, name }: NamedTarget): boolean {
  return live.service.trust !== 'trusted' && live.isSuspicious(name);
}
