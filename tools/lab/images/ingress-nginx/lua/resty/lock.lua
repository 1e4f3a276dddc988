-- A lock in a shared dictionary, with the part of resty.lock's interface that ingress-nginx's ewma balancer uses when it
-- is loaded and called: it never waits (timeout 0), and a lock that was not given back ends by itself.

local _M = {}
local mt = { __index = _M }

-- options.exptime: seconds after which the lock ends by itself.
function _M.new(_, dictionary_name, options)
  local dictionary = ngx.shared[dictionary_name]
  if not dictionary then
    return nil, "dictionary not found"
  end
  return setmetatable({ dictionary = dictionary, exptime = options and options.exptime or 30 }, mt)
end

-- Returns the seconds waited, which is 0, or nil and "timeout" where somebody else has it.
function _M.lock(self, key)
  local added, err = self.dictionary:add(key, true, self.exptime)
  if added then
    self.key = key
    return 0
  end
  return nil, err == "exists" and "timeout" or err
end

function _M.unlock(self)
  if not self.key then
    return nil, "unlocked"
  end
  self.dictionary:delete(self.key)
  self.key = nil
  return 1
end

return _M
