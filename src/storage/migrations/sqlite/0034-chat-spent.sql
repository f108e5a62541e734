-- What chats spend: a step of a model, written with the most that it may cost before it is asked for
-- and with what it did cost afterwards, and a call of a tool that has a price. What a process that
-- died had set aside stays: nobody knows what became of it.
CREATE TABLE chat_spent (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  nano INTEGER NOT NULL,
  currency TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, conversation_id)
    REFERENCES chat_conversation (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX chat_spent_conversation ON chat_spent (tenant_id, conversation_id);

INSERT INTO chat_spent (tenant_id, id, conversation_id, run_id, nano, currency)
SELECT tenant_id, id, conversation_id, run_id, cost_nano, currency FROM chat_message
WHERE cost_nano IS NOT NULL AND currency IS NOT NULL;
