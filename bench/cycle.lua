-- Cycle through a file of requests, one a line: the path, and after a tab the entity tag for If-None-Match.
-- Arguments: the file, and the number of the line to begin with.
local paths, tags, position = {}, {}, 1

function init(arguments)
  for line in io.lines(arguments[1]) do
    local path, tag = line:match("^([^\t]*)\t?(.*)$")
    paths[#paths + 1] = path
    tags[#paths] = tag
  end
  position = tonumber(arguments[2]) % #paths + 1
end

function request()
  local path, tag = paths[position], tags[position]
  position = position % #paths + 1
  if tag ~= "" then
    wrk.headers["If-None-Match"] = tag
  end
  return wrk.format("GET", path)
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests": %d, "seconds": %.6f, "bytes": %d, "failed": %d, "p50_ms": %.3f, "p99_ms": %.3f}',
    summary.requests, summary.duration / 1e6, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
