/** nginx.conf, for nginx in front of a php-fpm in the same pod. */
import { versionAtLeast } from "../units/imageReference";
import { workerConnections } from "../nginxMemory";
import { lines, locations, type LocationsInput, pathVariables } from "./nginxLocations";
import {
    exporterPorts,
    httpPort,
    metricsPath,
    phpFpmStatusPath,
    phpFpmStatusPort,
    readyPath,
    stubStatusPath,
    stubStatusPort,
} from "./names";
import { redirects, type RedirectsInput, serverName, serverNamesHash } from "./nginxRedirects";

export interface NginxConfInput extends LocationsInput, RedirectsInput {
    /** nginx's version, number by number. Where unknown, only what every maintained version has is used. */
    readonly version: readonly number[] | undefined;
    readonly workerProcesses: number;
    /** As nginx writes sizes: "8m". */
    readonly clientMaxBodySize: string;
    readonly workerShutdownTimeoutSeconds: number;
    readonly fastcgiReadTimeoutSeconds: number;
    /** How long an idle connection stays open. Longer than any proxy in front keeps it, or nginx closes one under a request. */
    readonly keepaliveSeconds: number;
    /** Listen on IPv6 beside IPv4. Where the kernel has no IPv6, nginx would not start. */
    readonly ipv6: boolean;
    /** Networks of the proxies in front, as CIDR: what they say of the visitor is believed. */
    readonly trustedProxies: readonly string[];
    /** There are several proxies in front, one behind the other, and all of them are among `trustedProxies`. */
    readonly proxiesInChain: boolean;
    /** What all headers of a request, or of an answer, may have in one line, and an answer's in all; as nginx writes sizes. */
    readonly headerSize: string;
    /** Compress text for clients that take it. */
    readonly gzip: boolean;
    /** How long browsers may keep a file of the document root without asking again, those aside whose name has a hash. */
    readonly staticMaxAgeSeconds: number;
    /** nginx's status page on 127.0.0.1, for its exporter, and php-fpm's as Prometheus reads it. */
    readonly metrics: boolean;
}

/** The only writable folder; an emptyDir. */
export const temporaryPath = "/tmp";

/**
 * How long nginx keeps an idle connection open while it shuts down, so that a proxy which just sends a request on it
 * gets an answer and no reset. Seconds; directive of nginx 1.27.4.
 */
const keepaliveMinTimeoutSeconds = 5;

export function nginxConf(input: NginxConfInput): string {
    const hasKeepaliveMinTimeout = input.version !== undefined && versionAtLeast(input.version, [1, 27, 4]);
    return `# Rendered by the stack. A change is a new ConfigMap and a rolling update.
worker_processes ${input.workerProcesses};
worker_rlimit_nofile 16384;
pid ${temporaryPath}/nginx.pid;
daemon off;
error_log /dev/stderr warn;

# On SIGQUIT every request that was admitted gets this long to end.
worker_shutdown_timeout ${input.workerShutdownTimeoutSeconds}s;

events {
    worker_connections ${workerConnections};
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    server_tokens off;
    sendfile on;
    tcp_nopush on;

    log_format json escape=json '{"time":"$time_iso8601","id":"$http_x_request_id","method":"$request_method",'
        '"uri":"$request_uri","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,'
        '"upstream_seconds":"$upstream_response_time","upstream_status":"$upstream_status",'
        '"client":"$remote_addr","forwarded_for":"$http_x_forwarded_for"}';
    access_log /dev/stdout json;

    client_body_temp_path ${temporaryPath}/client_body;
    fastcgi_temp_path ${temporaryPath}/fastcgi;
    proxy_temp_path ${temporaryPath}/proxy;
    scgi_temp_path ${temporaryPath}/scgi;
    uwsgi_temp_path ${temporaryPath}/uwsgi;

    client_max_body_size ${input.clientMaxBodySize};
    large_client_header_buffers ${headerBuffers(input.headerSize)};
${serverNamesHash(input)}
    # Longer than the proxy in front keeps its idle connections, so that it is never nginx that closes one just as a
    # request is on its way.
    keepalive_timeout ${input.keepaliveSeconds}s;
    # One that it has opened and not used yet is idle as well.
    client_header_timeout ${input.keepaliveSeconds}s;
    keepalive_requests 10000;
${hasKeepaliveMinTimeout ? `    keepalive_min_timeout ${keepaliveMinTimeoutSeconds}s;\n` : ""}
    fastcgi_connect_timeout 5s;
    fastcgi_send_timeout ${input.fastcgiReadTimeoutSeconds}s;
    fastcgi_read_timeout ${input.fastcgiReadTimeoutSeconds}s;
    # PHP does the work of a client that has gone all the same: it counts until then, and a drain waits for it.
    fastcgi_ignore_client_abort on;
    fastcgi_buffers 8 16k;
    fastcgi_buffer_size 32k;
    # What an application says of buffering ("no" while it streams) is for the proxy in front as well.
    fastcgi_pass_header X-Accel-Buffering;

    # So many requests fit into the container's memory, each with all its buffers.
    limit_conn_zone $server_port zone=requests:64k;

${visitor(input)}
${lines(input.directives.http, "    ")}${input.gzip ? `${compression}\n` : ""}${files(input)}${pathVariables(input)}
    # Stated once: a location with a fastcgi_param of its own would lose all of these. Locations set $script instead.
    fastcgi_param SCRIPT_NAME $script;
    fastcgi_param SCRIPT_FILENAME $document_root$script;
    fastcgi_param QUERY_STRING $query_string;
    fastcgi_param REQUEST_METHOD $request_method;
    fastcgi_param CONTENT_TYPE $content_type;
    fastcgi_param CONTENT_LENGTH $content_length;
    fastcgi_param PATH_INFO $path_info if_not_empty;
    fastcgi_param REQUEST_URI $application_uri;
    fastcgi_param DOCUMENT_URI $document_uri;
    fastcgi_param DOCUMENT_ROOT $document_root;
    fastcgi_param SERVER_PROTOCOL $server_protocol;
    fastcgi_param REQUEST_SCHEME $visitor_scheme;
    fastcgi_param HTTPS $visitor_https if_not_empty;
    fastcgi_param GATEWAY_INTERFACE CGI/1.1;
    fastcgi_param SERVER_SOFTWARE nginx;
    fastcgi_param REMOTE_ADDR $remote_addr;
    fastcgi_param REMOTE_PORT $remote_port;
    fastcgi_param SERVER_ADDR $server_addr;
    fastcgi_param SERVER_PORT $visitor_port;
    fastcgi_param SERVER_NAME $host;
    fastcgi_param REDIRECT_STATUS 200;
    # A request header named Proxy would become the environment's HTTP_PROXY.
    fastcgi_param HTTP_PROXY "";
${input.strippedPrefix === undefined ? "" : `    fastcgi_param HTTP_X_FORWARDED_PREFIX ${input.strippedPrefix};\n`}
    server {
${listen(input, " default_server")}        server_name ${serverName(input)};
        root ${input.documentRoot};

${locations(input)}    }
${redirects(input, listen(input, ""))}${input.metrics ? metrics(input) : ""}}
`;
}

/** php-fpm's page is its own, and so is what each of its figures is called; it comes at any load, by a process of its own. */
function metrics(input: NginxConfInput): string {
    return `
    # For the exporter in this pod.
    server {
        listen 127.0.0.1:${stubStatusPort};
        location = ${stubStatusPath} {
            access_log off;
            stub_status;
        }
    }

    # For Prometheus.
    server {
${listen(input, "", exporterPorts[1].port)}        access_log off;
        location = ${metricsPath} {
            fastcgi_pass 127.0.0.1:${phpFpmStatusPort};
            fastcgi_param SCRIPT_NAME ${phpFpmStatusPath};
            fastcgi_param SCRIPT_FILENAME ${phpFpmStatusPath};
            fastcgi_param REQUEST_METHOD GET;
            fastcgi_param QUERY_STRING openmetrics;
        }
        location / {
            return 404;
        }
    }
`;
}

function listen({ ipv6 }: NginxConfInput, parameters: string, port: number = httpPort): string {
    const addresses = [String(port), ...(ipv6 ? [`[::]:${port}`] : [])];
    return addresses.map((address) => `        listen ${address}${parameters};\n`).join("");
}

/** In all no more than the 64 KiB that a FastCGI request has for them. */
function headerBuffers(size: string): string {
    return `${parseInt(size, 10) > 16 ? 2 : 3} ${size}`;
}

/**
 * Who asks, and how: what the proxy in front says. Nobody else is believed, but for the kubelet's own probe, which comes from
 * the node and says what a visitor would.
 */
function visitor({ trustedProxies, proxiesInChain }: NginxConfInput): string {
    return `    # The visitor's address, scheme and port are those that the proxy in front tells of. Nobody else is believed.
${trustedProxies.map((network) => `    set_real_ip_from ${network};\n`).join("")}    real_ip_header X-Forwarded-For;
    real_ip_recursive ${proxiesInChain ? "on" : "off"};
    geo $realip_remote_addr $is_proxy {
        default 0;
${trustedProxies.map((network) => `        ${network} 1;\n`).join("")}    }
    # The kubelet's probe comes from the node, and says what a visitor would.
    map $request_uri $is_believed {
        default $is_proxy;
        ${readyPath} 1;
    }
    map $is_believed$http_x_forwarded_proto $visitor_scheme {
        default http;
        ~^1https https;
    }
    map $visitor_scheme $visitor_https {
        default "";
        https on;
    }
    map $visitor_scheme $usual_port {
        default 80;
        https 443;
    }
    map $is_believed$http_x_forwarded_port $visitor_port {
        default $usual_port;
        "~^1(?<forwarded_port>[0-9]{1,5})$" $forwarded_port;
    }
`;
}

/** nginx compresses text/html anyway. */
const compressed = [
    ...["text/plain", "text/css", "text/javascript", "text/xml", "text/csv", "text/calendar", "text/markdown"],
    ...["application/javascript", "application/json", "application/ld+json", "application/manifest+json"],
    ...[
        "application/xml",
        "application/rss+xml",
        "application/atom+xml",
        "application/wasm",
        "image/svg+xml",
        "font/ttf",
    ],
];

const compression = `    gzip on;
    gzip_vary on;
    gzip_proxied any;
    gzip_comp_level 5;
    gzip_min_length 1024;
    gzip_buffers 8 4k;
    gzip_types ${compressed.join(" ")};
`;

/**
 * A name with a hash is another file when its content is another. Images that are built reproducibly have one time for all
 * files of all revisions: by time and size, which nginx' validators are, two revisions' files may be the same.
 */
function files({ staticMaxAgeSeconds }: NginxConfInput): string {
    return `    # By time and size two revisions' files may look the same.
    etag off;
    if_modified_since off;
    map $uri $cache_of_file {
        default "max-age=${staticMaxAgeSeconds}";
        # app.3f2a9c1b.css, logo-a1b2c3d4e5.png
        "~[.-](?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\\.[a-z0-9.]+$" "max-age=31536000, immutable";
        # app-BxK3_a9Z.js
        "~[.-](?=[\\w-]*[0-9])(?=[\\w-]*[A-Z])[\\w-]{8,}\\.(?:css|js|mjs|map|woff2?)$" "max-age=31536000, immutable";
    }
`;
}
