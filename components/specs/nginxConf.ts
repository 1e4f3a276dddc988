/** nginx.conf, for nginx in front of a php-fpm in the same pod. */
import { versionAtLeast } from "../../common/imageReference";
import { workerConnections } from "../nginxMemory";
import { readinessPort } from "./phpFpmConf";
import { alivePath } from "./probes";

export interface NginxConfInput {
    /** nginx's version, number by number. Where unknown, only what every maintained version has is used. */
    readonly version: readonly number[] | undefined;
    readonly workerProcesses: number;
    /** Requests to php-fpm at once, those included that wait for it or whose client takes the answer slowly. */
    readonly requestsAtOnce: number;
    /** As nginx writes sizes: "8m". */
    readonly clientMaxBodySize: string;
    readonly workerShutdownTimeoutSeconds: number;
    readonly fastcgiReadTimeoutSeconds: number;
    /** How long an idle connection stays open. Longer than any proxy in front keeps it, or nginx closes one under a request. */
    readonly keepaliveSeconds: number;
    /** Listen on IPv6 beside IPv4. Where the kernel has no IPv6, nginx would not start. */
    readonly ipv6: boolean;
    readonly documentRoot: string;
    readonly frontController: string;
    readonly healthPath: string;
    /** A status page on 127.0.0.1 for the exporter. */
    readonly stubStatus: boolean;
}

/** Not privileged, so that nginx needs no capability. */
export const httpPort = 8080;

/** On 127.0.0.1 only. */
export const stubStatusPort = 8081;

/** The only writable folder; an emptyDir. */
export const temporaryPath = "/tmp";

/** With `fastcgi_pass` to a name, nginx would need a resolver. */
const fastcgiAddress = "127.0.0.1:9000";

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
        '"forwarded_for":"$http_x_forwarded_for"}';
    access_log /dev/stdout json;

    client_body_temp_path ${temporaryPath}/client_body;
    fastcgi_temp_path ${temporaryPath}/fastcgi;
    proxy_temp_path ${temporaryPath}/proxy;
    scgi_temp_path ${temporaryPath}/scgi;
    uwsgi_temp_path ${temporaryPath}/uwsgi;

    client_max_body_size ${input.clientMaxBodySize};

    # Longer than the proxy in front keeps its idle connections, so that it is never nginx that closes one just as a
    # request is on its way.
    keepalive_timeout ${input.keepaliveSeconds}s;
    keepalive_requests 10000;
${hasKeepaliveMinTimeout ? `    keepalive_min_timeout ${keepaliveMinTimeoutSeconds}s;\n` : ""}
    fastcgi_connect_timeout 5s;
    fastcgi_send_timeout ${input.fastcgiReadTimeoutSeconds}s;
    fastcgi_read_timeout ${input.fastcgiReadTimeoutSeconds}s;
    fastcgi_buffers 16 16k;
    fastcgi_buffer_size 32k;
    # What an application says of buffering ("no" while it streams) is for the proxy in front as well.
    fastcgi_pass_header X-Accel-Buffering;

    # So many requests fit into the container's memory, each with all its buffers.
    limit_conn_zone $server_port zone=requests:64k;

    # The proxy in front ends TLS and says so.
    map $http_x_forwarded_proto $forwarded_https {
        default "";
        https on;
    }

    # Stated once: a location with a fastcgi_param of its own would lose all of these. Locations set $script instead.
    fastcgi_param SCRIPT_NAME $script;
    fastcgi_param SCRIPT_FILENAME $document_root$script;
    fastcgi_param QUERY_STRING $query_string;
    fastcgi_param REQUEST_METHOD $request_method;
    fastcgi_param CONTENT_TYPE $content_type;
    fastcgi_param CONTENT_LENGTH $content_length;
    fastcgi_param REQUEST_URI $request_uri;
    fastcgi_param DOCUMENT_URI $document_uri;
    fastcgi_param DOCUMENT_ROOT $document_root;
    fastcgi_param SERVER_PROTOCOL $server_protocol;
    fastcgi_param REQUEST_SCHEME $scheme;
    fastcgi_param HTTPS $forwarded_https if_not_empty;
    fastcgi_param GATEWAY_INTERFACE CGI/1.1;
    fastcgi_param SERVER_SOFTWARE nginx;
    fastcgi_param REMOTE_ADDR $remote_addr;
    fastcgi_param REMOTE_PORT $remote_port;
    fastcgi_param SERVER_ADDR $server_addr;
    fastcgi_param SERVER_PORT $server_port;
    fastcgi_param SERVER_NAME $host;
    fastcgi_param REDIRECT_STATUS 200;
    # A request header named Proxy would become the environment's HTTP_PROXY.
    fastcgi_param HTTP_PROXY "";

    server {
        listen ${httpPort} default_server;
${input.ipv6 ? `        listen [::]:${httpPort} default_server;\n` : ""}        server_name _;
        root ${input.documentRoot};

        # nginx alone: liveness.
        location = ${alivePath} {
            access_log off;
            default_type text/plain;
            return 200 "alive\\n";
        }

        # Through php-fpm and the application: readiness, by a worker of its own.
        location = ${input.healthPath} {
            access_log off;
            set $script /${input.frontController};
            fastcgi_pass 127.0.0.1:${readinessPort};
        }

        # php-fpm's own answer.
        location = /ping {
            access_log off;
            set $script /ping;
            fastcgi_pass ${fastcgiAddress};
        }

        location / {
            try_files $uri @application;
        }

        location @application {
            limit_conn requests ${input.requestsAtOnce};
            set $script /${input.frontController};
            fastcgi_pass ${fastcgiAddress};
        }

        # .git, .env and the like; before the next one, since the first pattern that fits is taken.
        location ~ /\\.(?!well-known/) {
            return 404;
        }

        location ~ \\.php$ {
            limit_conn requests ${input.requestsAtOnce};
            set $script $fastcgi_script_name;
            fastcgi_pass ${fastcgiAddress};
        }
    }
${
    input.stubStatus
        ? `
    # For the exporter in this pod.
    server {
        listen 127.0.0.1:${stubStatusPort};
        location = /stub_status {
            access_log off;
            stub_status;
        }
    }
`
        : ""
}}
`;
}
