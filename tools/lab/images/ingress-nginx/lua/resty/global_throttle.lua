-- Stands in for resty.global_throttle, which Debian has no package of: ingress-nginx loads it in any case and uses it only for
-- global rate limiting, which the lab's image refuses.
return {
  new = function()
    error("global rate limiting is not supported by the lab's ingress-nginx image")
  end,
}
