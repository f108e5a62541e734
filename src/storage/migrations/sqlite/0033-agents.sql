-- Agents: what a chat begins with, under a name. `published` is the number of the version that is
-- used when nobody says which.
CREATE TABLE chat_agent (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  published INTEGER,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, slug)
) STRICT, WITHOUT ROWID;

-- What an agent is, under a number; settings are JSON. At most one of an agent is a draft.
CREATE TABLE chat_agent_version (
  tenant_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'published')),
  settings TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  published_at_ms INTEGER,
  PRIMARY KEY (tenant_id, agent_id, number),
  FOREIGN KEY (tenant_id, agent_id) REFERENCES chat_agent (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX chat_agent_draft ON chat_agent_version (tenant_id, agent_id)
  WHERE state = 'draft';

CREATE TRIGGER chat_agent_version_is_not_changed BEFORE UPDATE ON chat_agent_version
WHEN OLD.state = 'published'
BEGIN
  SELECT RAISE(ABORT, 'published versions are immutable');
END;

-- Which version a conversation goes by, and the values of its variables as JSON.
ALTER TABLE chat_conversation ADD COLUMN agent_version INTEGER;
ALTER TABLE chat_conversation ADD COLUMN agent_values TEXT;

-- Who lets conversations be used to train models; no row, no consent.
CREATE TABLE chat_consent (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  given_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, subject_id)
) STRICT, WITHOUT ROWID;

-- What a user said of an answer.
CREATE TABLE chat_feedback (
  tenant_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  rating TEXT NOT NULL CHECK (rating IN ('up', 'down')),
  corrected TEXT,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, message_id),
  FOREIGN KEY (tenant_id, message_id) REFERENCES chat_message (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX chat_feedback_conversation ON chat_feedback (tenant_id, conversation_id);

-- Questions that an agent is tried with, and what is expected of its answers; both JSON.
CREATE TABLE chat_agent_case (
  tenant_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  id TEXT NOT NULL,
  question TEXT NOT NULL,
  agent_values TEXT NOT NULL,
  expected TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, agent_id, id),
  FOREIGN KEY (tenant_id, agent_id) REFERENCES chat_agent (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What came of trying it: JSON. Who works on a running one says so until `alive_until_ms`.
CREATE TABLE chat_agent_report (
  tenant_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'failed')),
  report TEXT NOT NULL,
  alive_until_ms INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, agent_id, id),
  FOREIGN KEY (tenant_id, agent_id) REFERENCES chat_agent (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
