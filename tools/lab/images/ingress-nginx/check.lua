-- Run with the image's own luajit before the image is published: round robin keeps to its weights, a lock locks.

local dictionary = {}
local entries = {}
function dictionary:add(key)
  if entries[key] then
    return false, "exists"
  end
  entries[key] = true
  return true
end
function dictionary:delete(key)
  entries[key] = nil
end
ngx = { shared = { locks = dictionary } }

local function expect(actual, expected, what)
  if actual ~= expected then
    error(string.format("%s: found %s, expected %s", what, tostring(actual), tostring(expected)))
  end
end

local roundrobin = require("resty.roundrobin")
local round = roundrobin:new({ a = 3, b = 1 })
local function count(turns)
  local counts = { a = 0, b = 0, c = 0 }
  for _ = 1, turns do
    local id = round:find()
    counts[id] = counts[id] + 1
  end
  return counts
end
local counts = count(40)
expect(counts.a, 30, "turns of weight 3 in 40")
expect(counts.b, 10, "turns of weight 1 in 40")
round:reinit({ a = 1, b = 1, c = 1 })
counts = count(30)
expect(counts.a == 10 and counts.b == 10 and counts.c == 10, true, "equal weights have equal turns")
round:delete("a")
expect(count(10).a, 0, "turns of a node that is gone")
round:reinit({})
expect(round:find(), nil, "turn without a node")

local lock = require("resty.lock")
local first, second = lock:new("locks"), lock:new("locks")
expect(first:lock("key"), 0, "a free lock")
local waited, err = second:lock("key")
expect(waited, nil, "a taken lock")
expect(err, "timeout", "a taken lock's error")
expect(first:unlock(), 1, "unlocking")
expect(second:lock("key"), 0, "a lock that is free again")

for _, name in ipairs({ "chash", "http", "ipmatcher", "global_throttle" }) do
  expect(pcall(require("resty." .. name).new), false, "resty." .. name .. " refuses")
end
