-- Records a job, that is to be run or that is over already: record, index, first events; or finds the job that the same idempotency key made before.
-- KEYS: job, events, jobs, jobs of its status, sequence, idempotency, jobs without an entry in the queue, or jobs that are over
-- ARGV: id, record, channel, fingerprint of the request ('' where it has no idempotency key), seconds that an idempotency key is kept, what the keys of jobs begin with, how many jobs may be queued ('' for one that is over), its status, then the event bodies
-- Returns {'created'}, {'repeated', id}, {'reused', id} (same key, other request) or {'full', queued jobs}.
local id, record, channel, fingerprint, ttl, jobs = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if fingerprint ~= '' then
  local known = redis.call('HMGET', KEYS[6], 'id', 'fingerprint')
  -- A job that was removed frees its key.
  if known[1] and redis.call('EXISTS', jobs .. known[1]) == 1 then
    if known[2] == fingerprint then return { 'repeated', known[1] } end
    return { 'reused', known[1] }
  end
end
local queued = redis.call('ZCARD', KEYS[4])
if ARGV[7] ~= '' and queued >= tonumber(ARGV[7]) then return { 'full', tostring(queued) } end
if fingerprint ~= '' then
  redis.call('HSET', KEYS[6], 'id', id, 'fingerprint', fingerprint)
  redis.call('EXPIRE', KEYS[6], ttl)
end
local sequence = redis.call('INCR', KEYS[5])
redis.call('HSET', KEYS[1], 'record', record, 'revision', 1, 'status', ARGV[8], 'sequence', sequence)
redis.call('ZADD', KEYS[3], sequence, id)
redis.call('ZADD', KEYS[4], sequence, id)
local time = redis.call('TIME')
local at = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[7], at, id)
for i = 9, #ARGV do
  local number = redis.call('LLEN', KEYS[2]) + 1
  local event = '{"id":' .. number .. ',"at":' .. string.format('%.0f', at) .. ',' .. ARGV[i] .. '}'
  redis.call('RPUSH', KEYS[2], event)
  redis.call('PUBLISH', channel, event)
end
return { 'created' }
