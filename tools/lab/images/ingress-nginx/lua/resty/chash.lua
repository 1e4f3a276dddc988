-- Stands in for resty.chash, which Debian has no package of: ingress-nginx loads it in any case and uses it only for
-- consistent hashing (upstream-hash-by, session affinity), which the lab's image refuses.
return {
  new = function()
    error("consistent hashing (upstream-hash-by, session affinity) is not supported by the lab's ingress-nginx image")
  end,
}
