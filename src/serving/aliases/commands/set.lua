-- Makes an alias name something, if nobody else changed it since it was read: alias, history, names and who is in use, in one step.
-- KEYS: alias, its history, names of all aliases, then pairs of a job and the aliases that name it: first of the jobs
--   that it is to name, then of those that it has named (which may be the same)
-- ARGV: name, revision that was read ('' where there was none), record without its end, how many of the pairs are to be
--   named, channel, how many aliases there may be, how long a history may be
-- Returns {'set', record}, {'conflict'}, {'missing', number of the job}, {'restarting', number of the job} or {'full'}.
local name, named = ARGV[1], tonumber(ARGV[4])
local revision = redis.call('HGET', KEYS[1], 'revision')
if (revision or '') ~= ARGV[2] then return { 'conflict' } end
for i = 1, named do
  local record = redis.call('HGET', KEYS[2 + 2 * i], 'record')
  if not record then return { 'missing', tostring(i) } end
  local job = cjson.decode(record)
  local isOver = job.status == 'succeeded' or job.status == 'failed' or job.status == 'cancelled'
  -- Its checkpoints are about to be removed.
  if job.startFrom == 'beginning' and not isOver then return { 'restarting', tostring(i) } end
end
if not revision and redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[6]) then return { 'full' } end
local version = (tonumber(revision) or 0) + 1
local time = redis.call('TIME')
local at = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local record = ARGV[3] .. ',"version":' .. version .. ',"at":' .. at .. '}'
for i = named + 1, (#KEYS - 3) / 2 do redis.call('SREM', KEYS[3 + 2 * i], name) end
for i = 1, named do redis.call('SADD', KEYS[3 + 2 * i], name) end
redis.call('HSET', KEYS[1], 'record', record, 'revision', version)
redis.call('RPUSH', KEYS[2], record)
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[7]), -1)
redis.call('ZADD', KEYS[3], 0, name)
redis.call('PUBLISH', ARGV[5], name)
return { 'set', record }
