import { CaptureDesk } from '../../src/gateway/captures/capture-desk.ts';
import { createSample } from '../../src/gateway/captures/sample.ts';
import type { PrivacyDeps } from '../../src/http/api/framework/api-deps.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { Stores } from '../../src/storage/storage.ts';
import { NOW_MS } from './api-callers.ts';

/** Privacy over the stores of a test; `calls` is told what else is asked for. */
export function memoryPrivacy(stores: Stores, calls: string[]): PrivacyDeps {
  const { privacy } = stores;
  return {
    ...stores,
    conversations: stores.chats.conversations,
    store: {
      ...privacy,
      scrub: () => Promise.resolve(void calls.push('scrub')),
    },
    captures: new CaptureDesk({
      store: stores.captures,
      vault: {
        seal: (_row, text) => Promise.resolve(`sealed ${text}`),
        read: async (row) => (await stores.vault.get(row))?.slice('sealed '.length),
      },
      inspector: { inspect: (_text, detectors) => Promise.resolve(detectors.map(() => [])) },
      sample: createSample('seed'),
      ids: new IdSource(() => NOW_MS),
      log: silentLog,
      now: () => NOW_MS,
    }),
    forget: (tenant) => Promise.resolve(void calls.push(`forget ${tenant}`)),
  };
}
