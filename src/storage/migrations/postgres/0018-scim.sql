-- What an identity provider calls a user and a group that it keeps by SCIM.
ALTER TABLE membership ADD COLUMN external_id text COLLATE "C";

ALTER TABLE user_group ALTER COLUMN external_id TYPE text COLLATE "C";

CREATE UNIQUE INDEX membership_external ON membership (tenant_id, external_id)
  WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX user_group_external ON user_group (tenant_id, external_id)
  WHERE external_id IS NOT NULL;
