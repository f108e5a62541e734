-- Agents: what a chat begins with, under a name. `published` is the number of the version that is
-- used when nobody says which.
CREATE TABLE chat_agent (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  slug text COLLATE "C" NOT NULL,
  name text NOT NULL,
  description text NOT NULL,
  published bigint,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, slug)
);

-- What an agent is, under a number; settings are JSON. At most one of an agent is a draft.
CREATE TABLE chat_agent_version (
  tenant_id text COLLATE "C" NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('draft', 'published')),
  settings text NOT NULL,
  created_at_ms bigint NOT NULL,
  published_at_ms bigint,
  PRIMARY KEY (tenant_id, agent_id, number),
  FOREIGN KEY (tenant_id, agent_id) REFERENCES chat_agent (tenant_id, id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX chat_agent_draft ON chat_agent_version (tenant_id, agent_id)
  WHERE state = 'draft';

CREATE FUNCTION refuse_change_of_chat_agent_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'published versions are immutable';
END $$;

CREATE TRIGGER chat_agent_version_is_not_changed BEFORE UPDATE ON chat_agent_version
FOR EACH ROW WHEN (OLD.state = 'published')
EXECUTE FUNCTION refuse_change_of_chat_agent_version();

-- Which version a conversation goes by, and the values of its variables as JSON.
ALTER TABLE chat_conversation ADD COLUMN agent_version bigint;
ALTER TABLE chat_conversation ADD COLUMN agent_values text;

-- Who lets conversations be used to train models; no row, no consent.
CREATE TABLE chat_consent (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  subject_kind text NOT NULL,
  subject_id text COLLATE "C" NOT NULL,
  given_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, subject_id)
);

-- What a user said of an answer.
CREATE TABLE chat_feedback (
  tenant_id text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  rating text NOT NULL CHECK (rating IN ('up', 'down')),
  corrected text,
  at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, message_id),
  FOREIGN KEY (tenant_id, message_id) REFERENCES chat_message (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX chat_feedback_conversation ON chat_feedback (tenant_id, conversation_id);

-- Questions that an agent is tried with, and what is expected of its answers; both JSON.
CREATE TABLE chat_agent_case (
  tenant_id text COLLATE "C" NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  question text NOT NULL,
  agent_values text NOT NULL,
  expected text NOT NULL,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, agent_id, id),
  FOREIGN KEY (tenant_id, agent_id) REFERENCES chat_agent (tenant_id, id) ON DELETE CASCADE
);

-- What came of trying it: JSON. Who works on a running one says so until `alive_until_ms`.
CREATE TABLE chat_agent_report (
  tenant_id text COLLATE "C" NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'finished', 'failed')),
  report text NOT NULL,
  alive_until_ms bigint NOT NULL,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, agent_id, id),
  FOREIGN KEY (tenant_id, agent_id) REFERENCES chat_agent (tenant_id, id) ON DELETE CASCADE
);
