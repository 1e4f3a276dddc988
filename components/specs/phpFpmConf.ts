/** php-fpm.conf and php.ini for a pool that only the nginx of its own pod may use. */
import { parseMemoryBytes } from "../units/quantity";
import { readinessWorkers } from "../workers";
import { readinessTimeoutSeconds } from "./probes";
import { fastcgiPort, phpFpmStatusPath, phpFpmStatusPort, pingPath, readinessPort } from "./names";

export interface PhpFpmConfInput {
    readonly maxChildren: number;
    readonly maxRequests: number;
    /** What nginx lets in at once. */
    readonly requestsAtOnce: number;
    /** What one request may use; a quantity in whole MiB. */
    readonly memoryLimit: string;
    readonly requestTerminateTimeoutSeconds: number;
    readonly processControlTimeoutSeconds: number;
}

export function phpFpmConf(input: PhpFpmConfInput): string {
    return `; Rendered by the stack. A change is a new ConfigMap and a rolling update.
[global]
daemonize = no
error_log = /proc/self/fd/2
; An exception's whole trace is one message.
log_limit = 1048576
; On SIGQUIT workers get this long. php-fpm's default of 0 ends them at once, in the middle of what they do.
process_control_timeout = ${input.processControlTimeoutSeconds}s

[www]
listen = ${fastcgiPort}
; All that nginx lets in may wait here. php-fpm's default depends on its version; with 511, what is above gets a 504.
listen.backlog = ${input.requestsAtOnce}
pm.max_children = ${input.maxChildren}
pm.status_path = ${phpFpmStatusPath}
pm.status_listen = 127.0.0.1:${phpFpmStatusPort}
ping.path = ${pingPath}
request_terminate_timeout = ${input.requestTerminateTimeoutSeconds}s
${poolSettings(input)}
; Readiness alone. While every worker of the other pool is busy, this one answers.
[readiness]
listen = 127.0.0.1:${readinessPort}
pm.max_children = ${readinessWorkers}
request_terminate_timeout = ${readinessTimeoutSeconds}s
${poolSettings(input)}`;
}

/** What both pools have. */
function poolSettings({ maxRequests, memoryLimit }: PhpFpmConfInput): string {
    return `listen.allowed_clients = 127.0.0.1
pm = static
pm.max_requests = ${maxRequests}
; No application can raise it: all workers at this size fit into the container's limit.
php_admin_value[memory_limit] = ${mebibytes(memoryLimit)}M
catch_workers_output = yes
decorate_workers_output = no
clear_env = no
`;
}

export interface PhpIniInput {
    /** Opcache's shared memory; a quantity in whole MiB. */
    readonly opcacheMemory: string;
    /** The largest upload, as nginx writes sizes: "8m"; 0 for no limit. */
    readonly clientMaxBodySize: string;
    /** The longest request that the service promises. PHP's own limits are 30 s and 60 s. */
    readonly longestRequestSeconds: number;
    /** Further settings. */
    readonly ini: Readonly<Record<string, string | number | boolean>>;
}

/**
 * php.ini beside the image's own, which it overrides. Code in an image or an immutable ConfigMap never changes under a
 * running process, so opcache need not look.
 */
export function phpIni({ opcacheMemory, longestRequestSeconds, clientMaxBodySize, ini }: PhpIniInput): string {
    const lines = Object.entries({
        // PHP_SELF is right with it alone. nginx names files that are there, so that there is nothing to guess.
        "cgi.fix_pathinfo": true,
        expose_php: false,
        display_errors: false,
        log_errors: true,
        // Through php-fpm's own log. By FastCGI it would be in nginx's as well, cut after 2 kB.
        "fastcgi.logging": false,
        // One size for all: what nginx lets in.
        upload_max_filesize: clientMaxBodySize,
        post_max_size: clientMaxBodySize,
        // PHP ends nothing that is promised. Of execution it counts what is computed, of input what is read and parsed.
        max_execution_time: longestRequestSeconds,
        max_input_time: longestRequestSeconds,
        "opcache.enable": true,
        "opcache.validate_timestamps": false,
        "opcache.memory_consumption": mebibytes(opcacheMemory),
        // 64 MiB beside it by default, from PHP 8.4 on, as soon as opcache.jit is set.
        "opcache.jit_buffer_size": 0,
        ...ini,
    }).map(([name, value]) => `${name} = ${phpIniValue(value)}`);
    return `; Rendered by the stack.\n${lines.join("\n")}\n`;
}

function phpIniValue(value: string | number | boolean): string {
    if (typeof value === "boolean") return value ? "1" : "0";
    // Within double quotes, two backslashes stand for one.
    return typeof value === "number" ? String(value) : `"${value.replaceAll("\\", "\\\\")}"`;
}

function mebibytes(quantity: string): number {
    return (parseMemoryBytes(quantity) ?? 0) / 2 ** 20;
}
