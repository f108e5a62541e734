import { ExportRunner } from '../../billing/export/export-runner.ts';
import { ExporterBook } from '../../billing/export/exporter-book.ts';
import type { Vault } from '../../identity/vault/vault.ts';
import type { Egress } from '../../kernel/egress.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import type { Storage } from '../../storage/storage.ts';
import { Deliverer } from '../../webhooks/delivery/deliverer.ts';
import { WebhookBook } from '../../webhooks/endpoints/webhook-book.ts';

/** What webhooks stand on. */
export interface WebhookBase {
  readonly storage: Storage;
  readonly vault: Vault;
  readonly egress: Egress;
  readonly ids: IdSource;
  readonly log: Log;
}

/** Builds what tells machines outside of events and of charges. */
export function buildWebhooks({ storage, vault, egress, ids, log }: WebhookBase): {
  readonly webhooks: WebhookBook;
  readonly deliverer: Deliverer;
  readonly exporters: ExporterBook;
  readonly exportRunner: ExportRunner;
} {
  const now = Date.now;
  const store = storage.webhooks;
  const webhooks = new WebhookBook({ store, vault, ids, now });
  const deliverer = new Deliverer({ store, vault, egress, log, now, chance: Math.random });
  const exporters = new ExporterBook({ store: storage.exporters, vault, ids, now });
  const exportRunner = new ExportRunner({ store: storage.exporters, vault, egress, log, now });
  return { webhooks, deliverer, exporters, exportRunner };
}
