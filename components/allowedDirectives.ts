/**
 * Which directives of nginx a stack may add, and with which arguments: those that leave alone what the stack sets and what its
 * promise hangs on. By name, as images have directives that nobody here knows.
 */
import { alivePath, pingPath, readyPath } from "./specs/names";

export interface Allowed {
    /** Of the arguments, what is allowed instead; undefined where nothing is wrong with them. */
    readonly check: (args: readonly string[]) => string | undefined;
    /** nginx takes it once in each place. */
    readonly isOnce: boolean;
    readonly onlyInServer?: boolean;
}

const matching = (pattern: RegExp, allowed: string, isOnce = true): Allowed => ({
    check: (args) => (pattern.test(args.join(" ")) ? undefined : allowed),
    isOnce,
});

/** A second one, or one that says how the connection goes on, or for how long an answer is good, which the stack says. */
const ownedHeaders =
    /^(?:connection|keep-alive|upgrade|trailer|transfer-encoding|content-(?:length|type|encoding)|location|cache-control|expires|last-modified|etag|x-accel-.*)$/i;

const header: Allowed = {
    check: ([name = "", value, always, ...more]) => {
        if (!/^[\w-]+$/.test(name) || value === undefined || ![undefined, "always"].includes(always) || more.length > 0)
            return "a header's name, its value, and always where errors are to have it too";
        return ownedHeaders.test(name)
            ? "another header: of this one the connection or the time in caches hangs, which the stack sets (nginx.staticMaxAgeSeconds) or PHP"
            : undefined;
    },
    isOnce: false,
};

/** All that is below /-/ is the pod's own, and the kubelet's probes ask it. */
const rewrite: Allowed = {
    check: ([pattern, replacement, flag, ...more]) => {
        const flags = [undefined, "last", "break", "redirect", "permanent"];
        if (pattern === undefined || replacement === undefined || !flags.includes(flag) || more.length > 0)
            return "a pattern, what to make of it, and last, break, redirect or permanent";
        if (replacement.startsWith("/-/")) return "one that leads elsewhere than below /-/, which is the pod's own";
        let expression: RegExp;
        try {
            // Unicode mode refuses what is PCRE's alone, such as \A, and would mean something else.
            expression = new RegExp(pattern, "u");
        } catch {
            return "a pattern as JavaScript has them too, by which it is checked";
        }
        return [alivePath, pingPath, readyPath].some((path) => expression.test(path))
            ? "a pattern that does not fit /-/ready and its like, which the kubelet asks: no pod would be ready"
            : undefined;
    },
    isOnce: false,
    onlyInServer: true,
};

const onOrOff = matching(/^(?:on|off)$/, "on or off");
const contentTypes = matching(/^(?:\*|[\w.+/-]+(?: [\w.+/-]+)*)$/, "types such as text/css");

export const allowedDirectives: Readonly<Record<string, Allowed>> = {
    add_header: header,
    rewrite,
    charset: matching(/^[\w-]+$/, "a name such as utf-8"),
    charset_types: contentTypes,
    gzip_static: onOrOff,
    log_not_found: onOrOff,
    max_ranges: matching(/^\d{1,6}$/, "a number"),
    open_file_cache: matching(
        /^(?:off|max=[1-9]\d{0,5}(?: inactive=\d{1,5}[smh]?)?)$/,
        "off, or such as max=1000 inactive=60s",
    ),
    open_file_cache_errors: onOrOff,
    open_file_cache_min_uses: matching(/^[1-9]\d{0,5}$/, "a number"),
    open_file_cache_valid: matching(/^\d{1,5}[smh]?$/, "a time such as 60s"),
    sub_filter: {
        check: (args) => (args.length === 2 ? undefined : "a text, and what to put in its place"),
        isOnce: false,
    },
    sub_filter_last_modified: onOrOff,
    sub_filter_once: onOrOff,
    sub_filter_types: contentTypes,
};

/** What says the same, or does it where it does no harm. */
export const instead = (section: string): readonly (readonly [RegExp, string])[] => [
    [
        /^(?:allow|deny|satisfy|auth_\w+|limit_req\w*|return)$/,
        `the kubelet's probes would be refused too. Have the controller do it, by ${section}ingressAnnotations`,
    ],
    [
        /^error_page$/,
        `an error would ask PHP once more. Have the controller do it, by ${section}ingressAnnotations (custom-http-errors)`,
    ],
    [/^keepalive_\w+$/, `set ${section}nginx.keepaliveSeconds`],
    [/^worker_shutdown_timeout$/, `set ${section}longestRequestSeconds and ${section}drain`],
    [/^worker_\w+$/, `set ${section}nginx.workerProcesses`],
    [
        /^fastcgi_\w*timeout$|^limit_rate\w*$|^(?:send|client_body|client_header)_timeout$/,
        `set ${section}longestRequestSeconds and ${section}drain`,
    ],
    [/^client_max_body_size$/, `set ${section}nginx.clientMaxBodySize`],
    [/^(?:large_client_header_buffers|client_header_buffer_size)$/, `set ${section}nginx.headerSize`],
    [/^(?:set_real_ip_from|real_ip_\w+)$/, `set ${section}nginx.trustedProxies`],
    [/^gzip\w*$/, `set ${section}nginx.gzip`],
    [/^(?:expires|etag)$/, `set ${section}nginx.staticMaxAgeSeconds`],
    [/^listen$/, `set ${section}nginx.ipv6`],
    [/^server_name$/, `set ${section}host and ${section}furtherHosts`],
    [/^(?:root|alias|index|try_files|location)$/, `set ${section}app`],
];
