-- Begins a session under an id that the caller chose, in place of one that has it already.
-- KEYS: session, ends of all sessions
-- ARGV: id, record, steps, state after them, milliseconds that it lives without a step, how many there may be
-- Returns 'begun' or 'full'.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local isThere = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not isThere and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[6]) then return 'full' end
redis.call('HSET', KEYS[1], 'record', ARGV[2], 'steps', ARGV[3], 'state', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('ZADD', KEYS[2], now + ARGV[5], ARGV[1])
return 'begun'
