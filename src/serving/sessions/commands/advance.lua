-- Takes a session further, if nobody else has since it was read.
-- KEYS: session, ends of all sessions
-- ARGV: id, steps when it was read, steps now, state after them, milliseconds that it lives without a step
-- Returns 'advanced', 'conflict' or 'missing'.
local steps = redis.call('HGET', KEYS[1], 'steps')
if not steps then return 'missing' end
if steps ~= ARGV[2] then return 'conflict' end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'steps', ARGV[3], 'state', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('ZADD', KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[5], ARGV[1])
return 'advanced'
