-- Weighted round robin for ingress-nginx's balancer, with the interface of resty.roundrobin, which Debian has no package
-- of. "Smooth": a node of weight 3 beside one of weight 1 gets its turns spread out, not in a row.

local _M = {}
local mt = { __index = _M }

-- Each worker process has a round of its own. Beginning at a random node keeps them from all sending to the first.
local function begin_round(self)
  self.current = {}
  self.total = 0
  for id, weight in pairs(self.nodes) do
    self.total = self.total + weight
    self.current[id] = 0
  end
  for id, weight in pairs(self.nodes) do
    self.current[id] = math.random() * weight
  end
end

local function copy(nodes)
  local result = {}
  for id, weight in pairs(nodes) do
    result[id] = weight
  end
  return result
end

-- nodes: weight by node id. Kept as `nodes`, which the balancer compares with the endpoints that it is told of.
function _M.new(_, nodes)
  local self = setmetatable({}, mt)
  self:reinit(nodes)
  return self
end

function _M.reinit(self, nodes)
  self.nodes = copy(nodes)
  begin_round(self)
end

function _M.set(self, id, weight)
  self.nodes[id] = weight
  begin_round(self)
end

function _M.delete(self, id)
  self.nodes[id] = nil
  begin_round(self)
end

-- The node whose turn it is; nil where there is none.
function _M.find(self)
  local best
  for id, weight in pairs(self.nodes) do
    self.current[id] = self.current[id] + weight
    if best == nil or self.current[id] > self.current[best] then
      best = id
    end
  end
  if best ~= nil then
    self.current[best] = self.current[best] - self.total
  end
  return best
end

_M.next = _M.find

return _M
