-- Whether a chat may believe what the service answers, and what it says of its own tools.
ALTER TABLE service ADD COLUMN trust TEXT NOT NULL DEFAULT 'untrusted';
