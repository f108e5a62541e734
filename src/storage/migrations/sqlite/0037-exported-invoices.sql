-- Which invoices an exporter has brought to its vendor, or is about to: noted before anything leaves.
CREATE TABLE billing_exported_invoice (
  tenant_id TEXT NOT NULL,
  exporter_id TEXT NOT NULL,
  invoice_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('sending', 'sent', 'refused')),
  customer TEXT NOT NULL,
  vendor_id TEXT,
  reason TEXT,
  since_ms INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, exporter_id, invoice_id),
  FOREIGN KEY (tenant_id, exporter_id) REFERENCES billing_exporter (tenant_id, id),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- Invoices that were made final before are not sent.
ALTER TABLE billing_exporter ADD COLUMN invoices_from_ms INTEGER NOT NULL DEFAULT 0;

-- When somebody asked for a charge to be sent once more, and since when it may have arrived: null when
-- it surely has not.
ALTER TABLE billing_export_refused ADD COLUMN retry_at_ms INTEGER;
ALTER TABLE billing_export_refused ADD COLUMN since_ms INTEGER;

-- Of those that are there nobody knows: the first try was at most 23 hours before, or longer.
UPDATE billing_export_refused SET since_ms = at_ms - 82800000;
UPDATE billing_export_refused SET since_ms = 0 WHERE reason LIKE 'It may have arrived%';

CREATE INDEX billing_export_retry ON billing_export_refused (tenant_id, exporter_id, retry_at_ms)
  WHERE retry_at_ms IS NOT NULL;
