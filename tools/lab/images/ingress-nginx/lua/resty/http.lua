-- Stands in for resty.http, which Debian has no package of: ingress-nginx loads it in any case and uses it only for
-- OCSP stapling, which the lab's image refuses.
return {
  new = function()
    error("OCSP stapling is not supported by the lab's ingress-nginx image")
  end,
}
