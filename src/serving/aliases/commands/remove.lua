-- Removes an alias with its history, if nobody else changed it since it was read.
-- KEYS: alias, its history, names of all aliases, then the aliases that name a job, of each job that it has named
-- ARGV: name, revision that was read, channel
-- Returns 'removed' or 'conflict'.
if redis.call('HGET', KEYS[1], 'revision') ~= ARGV[2] then return 'conflict' end
for i = 4, #KEYS do redis.call('SREM', KEYS[i], ARGV[1]) end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('PUBLISH', ARGV[3], ARGV[1])
return 'removed'
