-- Send reports one by one, each under an id of its own, somewhere in the box, with one token after the other.
-- Arguments: seed, west, south, width, height (in 1e-7 degrees), then the tokens.
local tokens, count = {}, 0
local seed, west, south, width, height

local body = '{"id":"%08x-0000-4000-8000-%012x","kind":"note","observed_at":"2020-06-01T08:00:00+08:00",' ..
  '"note":"嵩山路西侧非机动车道井盖松动，已放置警示标志，请尽快安排处理。",' ..
  '"position":{"x":%.7f,"y":%.7f,"datum":"wgs84","accuracy_m":12}}'

function init(arguments)
  seed, west, south, width, height = unpack(arguments, 1, 5)
  for n = 6, #arguments do
    tokens[#tokens + 1] = "Bearer " .. arguments[n]
  end
  math.randomseed(seed)
end

function request()
  count = count + 1
  wrk.headers["Authorization"] = tokens[count % #tokens + 1]
  wrk.headers["Content-Type"] = "application/json"
  local x, y = (west + math.random(0, width)) / 1e7, (south + math.random(0, height)) / 1e7
  return wrk.format("POST", "/api/v1/reports", nil, body:format(seed, count, x, y))
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests": %d, "seconds": %.6f, "bytes": %d, "failed": %d, "p50_ms": %.3f, "p99_ms": %.3f}',
    summary.requests, summary.duration / 1e6, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
