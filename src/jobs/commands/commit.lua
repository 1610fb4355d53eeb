-- Commits a decision over a job, if nobody else changed the job since it was read: record, indexes and events in one step.
-- KEYS: job, events, jobs of the old status, jobs of the new status, jobs without an entry in the queue, jobs that are over, jobs that wait for room, aliases that name it
-- ARGV: id, revision that was read, record, new status, channel, control channel ('' when no worker has to look), a token of this commit,
--   '1' if the job is over, '1' if it waits for room, '1' if its checkpoints will be removed, then the event bodies
-- Returns {'committed'}, {'conflict', record, revision}, {'missing'}, or {'in_use'} where an alias needs what would be removed.
local id = ARGV[1]
local current = redis.call('HMGET', KEYS[1], 'record', 'revision', 'sequence', 'token')
if not current[1] then return { 'missing' } end
-- A connection that broke before the answer came sends the same commit again.
if current[4] == ARGV[7] then return { 'committed' } end
if current[2] ~= ARGV[2] then return { 'conflict', current[1], current[2] } end
if ARGV[10] == '1' and redis.call('EXISTS', KEYS[8]) == 1 then return { 'in_use' } end
redis.call('HSET', KEYS[1], 'record', ARGV[3], 'revision', current[2] + 1, 'status', ARGV[4], 'token', ARGV[7])
local time = redis.call('TIME')
local at = time[1] * 1000 + math.floor(time[2] / 1000)
local function mark(key, score, belongs)
  if belongs then redis.call('ZADD', key, score, id) else redis.call('ZREM', key, id) end
end
if KEYS[3] ~= KEYS[4] then
  redis.call('ZREM', KEYS[3], id)
  redis.call('ZADD', KEYS[4], current[3], id)
  mark(KEYS[5], at, ARGV[4] == 'queued')
  mark(KEYS[6], at, ARGV[8] == '1')
  mark(KEYS[7], current[3], ARGV[9] == '1')
end
for i = 11, #ARGV do
  local number = redis.call('LLEN', KEYS[2]) + 1
  local event = '{"id":' .. number .. ',"at":' .. string.format('%.0f', at) .. ',' .. ARGV[i] .. '}'
  redis.call('RPUSH', KEYS[2], event)
  redis.call('PUBLISH', ARGV[5], event)
end
if ARGV[6] ~= '' then redis.call('PUBLISH', ARGV[6], id) end
return { 'committed' }
