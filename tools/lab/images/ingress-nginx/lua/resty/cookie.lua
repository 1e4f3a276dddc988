-- Debian packages resty.cookie (lua-nginx-cookie) under this name.
return require("nginx.cookie")
