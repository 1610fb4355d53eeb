-- Removes a job that is over, with its events; tells those who follow them.
-- KEYS: job, events, jobs, jobs of its status, jobs that are over, aliases that name it
-- ARGV: id, revision that was read, channel
-- Returns 'removed', 'conflict', 'missing', or 'in_use' while an alias names it.
local revision = redis.call('HGET', KEYS[1], 'revision')
if not revision then return 'missing' end
if revision ~= ARGV[2] then return 'conflict' end
if redis.call('EXISTS', KEYS[6]) == 1 then return 'in_use' end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZREM', KEYS[5], ARGV[1])
redis.call('PUBLISH', ARGV[3], '{"removed":true}')
return 'removed'
