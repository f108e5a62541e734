import type { ExportRunner } from '../../billing/export/export-runner.ts';
import { ExporterBook } from '../../billing/export/exporter-book.ts';
import type { Vault } from '../../identity/vault/vault.ts';
import type { Egress } from '../../kernel/egress.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Deliverer } from '../../webhooks/delivery/deliverer.ts';
import { WebhookBook } from '../../webhooks/endpoints/webhook-book.ts';

/** What webhooks stand on. */
export interface WebhookBase {
  readonly storage: Storage;
  readonly vault: Vault;
  readonly egress: Egress;
  readonly ids: IdSource;
  readonly log: Log;
}

/** What tells machines outside of events and of charges. */
export interface BuiltWebhooks {
  readonly webhooks: WebhookBook;
  readonly deliverer: Pick<Deliverer, 'look' | 'onRoom' | typeof Symbol.asyncDispose>;
  readonly exporters: ExporterBook;
  readonly exportRunner: Pick<ExportRunner, 'look'>;
}

/** Builds it; what sends is loaded when there is something to be sent. */
export function buildWebhooks({ storage, vault, egress, ids, log }: WebhookBase): BuiltWebhooks {
  const now = Date.now;
  const { webhooks: store, exporters, invoices } = storage;
  const base = { vault, egress, log, now };
  const deliverer = lateDeliverer(store, async () => {
    const { Deliverer: Late } = await import('../../webhooks/delivery/deliverer.ts');
    return new Late({ ...base, store, chance: Math.random });
  });
  return {
    webhooks: new WebhookBook({ store, vault, ids, now }),
    deliverer,
    exporters: new ExporterBook({ store: exporters, vault, ids, now }),
    exportRunner: lateExports(exporters, async () => {
      const { ExportRunner: Late } = await import('../../billing/export/export-runner.ts');
      return new Late({ ...base, store: exporters, invoices });
    }),
  };
}

function lateDeliverer(
  store: Pick<Storage['webhooks'], 'duePlaces'>,
  open: () => Promise<Deliverer>,
): BuiltWebhooks['deliverer'] {
  let opened: Promise<Deliverer> | undefined;
  let isStopped = false;
  const late: BuiltWebhooks['deliverer'] = {
    onRoom: () => {},
    look: async (fence, signal) => {
      if (opened === undefined && (await store.duePlaces(Date.now())).length === 0) return;
      if (isStopped) return;
      const deliverer = await (opened ??= open());
      deliverer.onRoom = () => late.onRoom();
      await deliverer.look(fence, signal);
    },
    [Symbol.asyncDispose]: async () => {
      isStopped = true;
      await (await opened)?.[Symbol.asyncDispose]();
    },
  };
  return late;
}

function lateExports(
  store: Pick<Storage['exporters'], 'due'>,
  open: () => Promise<ExportRunner>,
): BuiltWebhooks['exportRunner'] {
  let opened: Promise<ExportRunner> | undefined;
  return {
    look: async (fence, signal) => {
      if (opened === undefined && (await store.due(Date.now())).length === 0) return;
      await (await (opened ??= open())).look(fence, signal);
    },
  };
}
