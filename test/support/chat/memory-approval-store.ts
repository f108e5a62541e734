import type { Approval, ApprovalStore } from '../../../src/gateway/approvals/store.ts';

/** Approvals in memory, as the stored ones behave. */
export function memoryApprovalStore(): ApprovalStore & { readonly kept: Map<string, Approval> } {
  const kept = new Map<string, Approval>();
  const change = (id: string, from: Approval['state'], to: Partial<Approval>) => {
    const found = kept.get(id);
    if (found?.state !== from) return undefined;
    const after = { ...found, ...to };
    kept.set(id, after);
    return after;
  };
  return {
    kept,
    request: (_, approval) => {
      const same = [...kept.values()].find(
        ({ binding, state, expiresAtMs }) =>
          binding === approval.binding &&
          expiresAtMs > approval.createdAtMs &&
          (state === 'waiting' || state === 'approved'),
      );
      if (same !== undefined) return Promise.resolve(same);
      kept.set(approval.id, approval);
      return Promise.resolve(approval);
    },
    get: (_, id) => Promise.resolve(kept.get(id)),
    list: () => Promise.resolve([...kept.values()]),
    ofUser: () => Promise.resolve([]),
    decide: (_, id, { verdict, by, reason, atMs }) =>
      Promise.resolve(
        change(id, 'waiting', { state: verdict, decidedBy: by, reason, decidedAtMs: atMs }),
      ),
    use: (_, id, { binding, workId }) =>
      Promise.resolve(
        kept.get(id)?.binding === binding &&
          change(id, 'approved', { state: 'used', workId }) !== undefined,
      ),
    noteRound: () => Promise.resolve(true),
    deleteAllExpired: () => Promise.resolve(true),
  };
}
