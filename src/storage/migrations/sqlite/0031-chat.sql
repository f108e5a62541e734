-- Conversations with models. A conversation is a tree of messages; `head_id` is where it goes on. A
-- link shows the branch that ends in `shared_head_id`, and what comes later stays private.
CREATE TABLE chat_conversation (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  title TEXT NOT NULL,
  agent TEXT,
  head_id TEXT,
  link_hash TEXT,
  shared_head_id TEXT,
  created_at_ms INTEGER NOT NULL,
  changed_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, link_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX chat_conversation_list
  ON chat_conversation (tenant_id, subject_id, changed_at_ms, id);

-- What was said and done. `search_text` is the text of people and models in lower case.
CREATE TABLE chat_message (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  parent_id TEXT,
  run_id TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'tool')),
  parts TEXT NOT NULL,
  search_text TEXT NOT NULL,
  model TEXT,
  usage TEXT,
  cost_nano INTEGER,
  currency TEXT,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, conversation_id)
    REFERENCES chat_conversation (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX chat_message_conversation ON chat_message (tenant_id, conversation_id);

-- One answer of a model, with all of its steps. `grant_id` and `credential_id` are what it was asked
-- by. Who holds it renews `lease_until_ms`; each new holder has a new number, and what an earlier one
-- still writes is refused by it.
CREATE TABLE chat_run (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'waiting', 'finished')),
  stop_reason TEXT,
  stop_asked INTEGER NOT NULL,
  grant_id TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  model TEXT,
  limits TEXT NOT NULL,
  head_id TEXT NOT NULL,
  worked_ms INTEGER NOT NULL,
  lease_holder TEXT NOT NULL,
  lease_number INTEGER NOT NULL,
  lease_until_ms INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, conversation_id)
    REFERENCES chat_conversation (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- A conversation has one run at a time.
CREATE UNIQUE INDEX chat_run_open ON chat_run (tenant_id, conversation_id)
  WHERE status <> 'finished';
CREATE INDEX chat_run_conversation ON chat_run (tenant_id, conversation_id, created_at_ms);
CREATE INDEX chat_run_lease ON chat_run (lease_until_ms) WHERE status = 'running';

-- Where the calls of tools of a run stand.
CREATE TABLE chat_call (
  tenant_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  call_id TEXT NOT NULL,
  state TEXT NOT NULL,
  detail TEXT NOT NULL,
  usage_id TEXT,
  changed_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, run_id, call_id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES chat_run (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What a run waits for a person to say, and what was said.
CREATE TABLE chat_wait (
  tenant_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  id TEXT NOT NULL,
  place INTEGER NOT NULL,
  wait TEXT NOT NULL,
  answer TEXT,
  answered_at_ms INTEGER,
  PRIMARY KEY (tenant_id, run_id, id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES chat_run (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX chat_wait_id ON chat_wait (tenant_id, id);

-- Tools that the user of a conversation allowed once and for all, as they were defined then.
CREATE TABLE chat_allowed_tool (
  tenant_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  tool TEXT NOT NULL,
  digest TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, conversation_id, tool),
  FOREIGN KEY (tenant_id, conversation_id)
    REFERENCES chat_conversation (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What readers of a run see, in order.
CREATE TABLE chat_event (
  tenant_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (tenant_id, run_id, seq),
  FOREIGN KEY (tenant_id, run_id) REFERENCES chat_run (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Bytes of files, each once in its tenant under their SHA-256.
CREATE TABLE chat_blob (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  hash TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (tenant_id, hash)
) STRICT;

-- A file of a conversation.
CREATE TABLE chat_artifact (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  hash TEXT NOT NULL,
  media_type TEXT NOT NULL,
  name TEXT,
  size INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, conversation_id)
    REFERENCES chat_conversation (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, hash) REFERENCES chat_blob (tenant_id, hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX chat_artifact_conversation ON chat_artifact (tenant_id, conversation_id);
CREATE INDEX chat_artifact_hash ON chat_artifact (tenant_id, hash);

-- Bytes go with the last file that has them, whatever deleted it.
CREATE TRIGGER chat_blob_goes AFTER DELETE ON chat_artifact
BEGIN
  DELETE FROM chat_blob WHERE tenant_id = OLD.tenant_id AND hash = OLD.hash
    AND NOT EXISTS (SELECT 1 FROM chat_artifact
      WHERE tenant_id = OLD.tenant_id AND hash = OLD.hash);
END;

-- How long conversations are kept after they last changed; null for ever.
ALTER TABLE retention ADD COLUMN chat_days INTEGER;
