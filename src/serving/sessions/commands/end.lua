-- Ends a session.
-- KEYS: session, ends of all sessions
-- ARGV: id
-- Returns 1 if it was there.
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])
