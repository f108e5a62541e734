-- Who may use what, and how much. `says` is what a rule says, as a JSON object.
CREATE TABLE policy_rule (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  says text NOT NULL,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- What a tenant has decided about all of its rules; `bounds` is a JSON object.
CREATE TABLE policy_setting (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  mode text NOT NULL,
  bounds text NOT NULL,
  updated_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id)
);
