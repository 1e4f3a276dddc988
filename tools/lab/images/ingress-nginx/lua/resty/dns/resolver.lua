-- Debian packages resty.dns.resolver (lua-nginx-dns) under this name.
return require("nginx.dns.resolver")
