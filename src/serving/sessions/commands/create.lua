-- Opens a session, or finds the one that the same idempotency key has opened.
-- KEYS: session, ends of all sessions, idempotency ('' where there is no key)
-- ARGV: id, record, milliseconds that it lives without a step, how many there may be, fingerprint of the request,
--   what the keys of sessions begin with, seconds that an idempotency key is kept
-- Returns {'created'}, {'repeated', id}, {'reused'} (same key, other request) or {'full'}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if KEYS[3] ~= '' then
  local known = redis.call('HMGET', KEYS[3], 'id', 'fingerprint')
  -- A session that has ended frees its key.
  if known[1] and redis.call('EXISTS', ARGV[6] .. known[1]) == 1 then
    if known[2] == ARGV[5] then return { 'repeated', known[1] } end
    return { 'reused' }
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) then return { 'full' } end
if KEYS[3] ~= '' then
  redis.call('HSET', KEYS[3], 'id', ARGV[1], 'fingerprint', ARGV[5])
  redis.call('EXPIRE', KEYS[3], ARGV[7])
end
redis.call('HSET', KEYS[1], 'record', ARGV[2], 'steps', 0, 'state', '')
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
return { 'created' }
