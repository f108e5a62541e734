-- Conversations with models. A conversation is a tree of messages; `head_id` is where it goes on. A
-- link shows the branch that ends in `shared_head_id`, and what comes later stays private.
CREATE TABLE chat_conversation (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  subject_kind text COLLATE "C" NOT NULL,
  subject_id text COLLATE "C" NOT NULL,
  title text COLLATE "C" NOT NULL,
  agent text COLLATE "C",
  head_id text COLLATE "C",
  link_hash text COLLATE "C",
  shared_head_id text COLLATE "C",
  created_at_ms bigint NOT NULL,
  changed_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, link_hash)
);

CREATE INDEX chat_conversation_list
  ON chat_conversation (tenant_id, subject_id, changed_at_ms, id);

-- What was said and done. `search_text` is the text of people and models in lower case.
CREATE TABLE chat_message (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  parent_id text COLLATE "C",
  run_id text COLLATE "C" NOT NULL,
  role text COLLATE "C" NOT NULL CHECK (role IN ('user', 'assistant', 'tool')),
  parts text NOT NULL,
  search_text text NOT NULL,
  model text COLLATE "C",
  usage text,
  cost_nano bigint,
  currency text COLLATE "C",
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, conversation_id)
    REFERENCES chat_conversation (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX chat_message_conversation ON chat_message (tenant_id, conversation_id);

-- One answer of a model, with all of its steps. `grant_id` and `credential_id` are what it was asked
-- by. Who holds it renews `lease_until_ms`; each new holder has a new number, and what an earlier one
-- still writes is refused by it.
CREATE TABLE chat_run (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('running', 'waiting', 'finished')),
  stop_reason text COLLATE "C",
  stop_asked bigint NOT NULL,
  grant_id text COLLATE "C" NOT NULL,
  credential_id text COLLATE "C" NOT NULL,
  model text COLLATE "C",
  limits text NOT NULL,
  head_id text COLLATE "C" NOT NULL,
  worked_ms bigint NOT NULL,
  lease_holder text COLLATE "C" NOT NULL,
  lease_number bigint NOT NULL,
  lease_until_ms bigint NOT NULL,
  created_at_ms bigint NOT NULL,
  ended_at_ms bigint,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, conversation_id)
    REFERENCES chat_conversation (tenant_id, id) ON DELETE CASCADE
);

-- A conversation has one run at a time.
CREATE UNIQUE INDEX chat_run_open ON chat_run (tenant_id, conversation_id)
  WHERE status <> 'finished';
CREATE INDEX chat_run_conversation ON chat_run (tenant_id, conversation_id, created_at_ms);
CREATE INDEX chat_run_lease ON chat_run (lease_until_ms) WHERE status = 'running';

-- Where the calls of tools of a run stand.
CREATE TABLE chat_call (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  call_id text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  detail text NOT NULL,
  usage_id text COLLATE "C",
  changed_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, run_id, call_id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES chat_run (tenant_id, id) ON DELETE CASCADE
);

-- What a run waits for a person to say, and what was said.
CREATE TABLE chat_wait (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  place bigint NOT NULL,
  wait text NOT NULL,
  answer text,
  answered_at_ms bigint,
  PRIMARY KEY (tenant_id, run_id, id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES chat_run (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX chat_wait_id ON chat_wait (tenant_id, id);

-- Tools that the user of a conversation allowed once and for all, as they were defined then.
CREATE TABLE chat_allowed_tool (
  tenant_id text COLLATE "C" NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  tool text COLLATE "C" NOT NULL,
  digest text COLLATE "C" NOT NULL,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, conversation_id, tool),
  FOREIGN KEY (tenant_id, conversation_id)
    REFERENCES chat_conversation (tenant_id, id) ON DELETE CASCADE
);

-- What readers of a run see, in order.
CREATE TABLE chat_event (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  event text NOT NULL,
  PRIMARY KEY (tenant_id, run_id, seq),
  FOREIGN KEY (tenant_id, run_id) REFERENCES chat_run (tenant_id, id) ON DELETE CASCADE
);

-- Bytes of files, each once in its tenant under their SHA-256.
CREATE TABLE chat_blob (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  hash text COLLATE "C" NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (tenant_id, hash)
);

-- A file of a conversation.
CREATE TABLE chat_artifact (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  media_type text COLLATE "C" NOT NULL,
  name text COLLATE "C",
  size bigint NOT NULL,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, conversation_id)
    REFERENCES chat_conversation (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, hash) REFERENCES chat_blob (tenant_id, hash)
);

CREATE INDEX chat_artifact_conversation ON chat_artifact (tenant_id, conversation_id);
CREATE INDEX chat_artifact_hash ON chat_artifact (tenant_id, hash);

-- Bytes go with the last file that has them, whatever deleted it.
CREATE FUNCTION drop_unused_chat_blob() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM chat_blob WHERE tenant_id = OLD.tenant_id AND hash = OLD.hash
    AND NOT EXISTS (SELECT 1 FROM chat_artifact
      WHERE tenant_id = OLD.tenant_id AND hash = OLD.hash);
  RETURN NULL;
END
$$;

CREATE TRIGGER chat_blob_goes AFTER DELETE ON chat_artifact
FOR EACH ROW EXECUTE FUNCTION drop_unused_chat_blob();

-- How long conversations are kept after they last changed; null for ever.
ALTER TABLE retention ADD COLUMN chat_days bigint;
