-- Whom a tenant asks for language models. The key is a vault item of the owner 'model-provider'.
-- Settings and models are JSON.
CREATE TABLE model_provider (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  settings text NOT NULL,
  models text NOT NULL,
  is_keyed bigint NOT NULL,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
);

-- What a model costs from a moment on; rates are JSON with nano-units a million tokens as text.
CREATE TABLE model_price (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  valid_from_ms bigint NOT NULL,
  currency text NOT NULL,
  rates text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, model, valid_from_ms)
);
