-- What a key is limited to: a JSON array of permissions, NULL for all of its user's; and a JSON
-- array of access layers, empty for everything.
ALTER TABLE api_key ADD COLUMN scopes text;
ALTER TABLE api_key ADD COLUMN access text NOT NULL DEFAULT '[]';

-- The grant behind a credential, what acted for its user, and the task that a call became.
ALTER TABLE usage_record ADD COLUMN grant_id text;
ALTER TABLE usage_record ADD COLUMN actor text;
ALTER TABLE usage_record ADD COLUMN task text;

-- Finds the calls that became tasks without reading the others.
CREATE INDEX usage_record_task ON usage_record (tenant_id, id) WHERE outcome = 'task';

CREATE VIEW usage_task AS SELECT * FROM usage_record WHERE outcome = 'task';
