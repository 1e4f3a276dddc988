/** The controller's nginx template, for Debian's nginx. */

/** In the image; each a module that the official image has compiled in. */
const modules = [
    "ndk_http_module",
    "ngx_http_lua_module",
    "ngx_http_headers_more_filter_module",
    "ngx_stream_module",
] as const;

/**
 * Debian has no Lua for nginx' stream part, which only TCP and UDP services need. But the controller sends that part its
 * list, an empty one too, and when that fails it tries the whole reconfiguration again, for minutes, while endpoints that
 * are gone stay in use. So something has to take the list until the controller closes the connection: ssl_preread waits
 * for 5 bytes, and the empty list with its line end has 4. A plain "return" would close first and now and then break the
 * controller's second write.
 */
const stream = `stream {
    access_log off;
    server {
        listen 127.0.0.1:{{ .StreamPort }};
        ssl_preread on;
        return "";
    }
}
`;

/** Throws where the template is not of the form that is known here. */
export function adaptTemplate(template: string): string {
    const begin = template.indexOf("\nstream {\n");
    const end = template.indexOf("\n}\n", begin);
    if (begin < 0 || end < 0) {
        throw new Error("nginx.tmpl of ingress-nginx has no block 'stream { ... }' at the start of a line.");
    }
    const loads = modules.map((name) => `load_module /usr/lib/nginx/modules/${name}.so;\n`).join("");
    return `${loads}${template.slice(0, begin + 1)}${stream}${template.slice(end + 3)}`;
}
