-- Whom a tenant asks for language models. The key is a vault item of the owner 'model-provider'.
-- Settings and models are JSON.
CREATE TABLE model_provider (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  models TEXT NOT NULL,
  is_keyed INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
) STRICT, WITHOUT ROWID;

-- What a model costs from a moment on; rates are JSON with nano-units a million tokens as text.
CREATE TABLE model_price (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  model TEXT NOT NULL,
  valid_from_ms INTEGER NOT NULL,
  currency TEXT NOT NULL,
  rates TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, model, valid_from_ms)
) STRICT, WITHOUT ROWID;
