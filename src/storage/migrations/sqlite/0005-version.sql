-- Counts the changes of what people edit: who changes it says which version they have seen.
ALTER TABLE service ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE bundle ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
