-- What a caller brings besides its message: instructions, tools of its own, how its protocol reads the
-- answer. JSON; nothing for runs that were only told a message.
ALTER TABLE chat_run ADD COLUMN caller TEXT;
