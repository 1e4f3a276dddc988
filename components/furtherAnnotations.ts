/**
 * Annotations of a stack's own on its Ingress: which of ingress-nginx's leave alone what the stack sets and what its promise
 * hangs on, and which of them Traefik reads. What other programs read there is theirs.
 */

import type { ControllerKind } from "./specs/traffic";

const prefix = "nginx.ingress.kubernetes.io/";

const names = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/));

/**
 * All others that ingress-nginx (the last, 1.15) reads and Traefik (3.7.5 to 3.7.15) does as told by. By name, as a misspelt one
 * would be passed over without a word, and leave open what it was to close.
 */
const harmless = names(
    `allowlist-source-range whitelist-source-range app-root default-backend custom-http-errors custom-headers
    client-body-buffer-size auth-method auth-realm auth-response-headers auth-secret auth-secret-type auth-signin
    auth-type auth-url enable-global-auth auth-tls-pass-certificate-to-upstream auth-tls-secret auth-tls-verify-client
    force-ssl-redirect ssl-redirect enable-cors cors-allow-credentials cors-allow-headers cors-allow-methods
    cors-allow-origin cors-expose-headers cors-max-age limit-burst-multiplier limit-connections limit-rpm limit-rps
    enable-access-log`,
);

/** Likewise, those that Traefik passes over; of ModSecurity it says so in its log. */
const harmlessOfNginxAlone = names(
    `denylist-source-range satisfy disable-proxy-intercept-errors load-balance auth-always-set-cookie
    auth-cache-duration auth-cache-key auth-keepalive auth-keepalive-requests auth-keepalive-share-vars
    auth-keepalive-timeout auth-proxy-set-headers auth-request-redirect auth-signin-redirect-param auth-tls-error-page
    auth-tls-match-cn auth-tls-verify-depth ssl-ciphers ssl-prefer-server-ciphers http2-push-preload limit-allowlist
    limit-whitelist limit-rate limit-rate-after enable-rewrite-log enable-opentelemetry opentelemetry-operation-name
    opentelemetry-trust-incoming-span enable-modsecurity enable-owasp-core-rules modsecurity-transaction-id mirror-host
    mirror-request-body mirror-target preserve-trailing-slash proxy-cookie-domain proxy-cookie-path proxy-redirect-from
    proxy-redirect-to relative-redirects use-port-in-redirects`,
);

/** What a slow client, a pod that is gone or a busy one would cost. By the names behind the prefix. */
const promised: readonly (readonly [RegExp, string])[] = [
    [
        /^proxy-(?:request-)?buffering$|^proxy-max-temp-file-size$/,
        "a slow client would hold a pod that ends. An application that streams says X-Accel-Buffering: no",
    ],
    [/^proxy-(?:connect-timeout|next-upstream.*)$/, "the controller asks another pod in time where one is gone"],
    [/^service-upstream$/, "the controller would not hear of pods that come and go"],
    [
        /^(?:affinity.*|session-cookie-.*|upstream-hash-by.*)$/,
        "it holds visitors to pods that end or are busy. Keep sessions outside of the pods",
    ],
    [
        /^(?:backend-protocol|ssl-passthrough|proxy-ssl-.*|fastcgi-.*|proxy-http-version|connection-proxy-header|upstream-vhost)$/,
        "the pods take plain HTTP/1.1, and know the visitor's host by it",
    ],
    [/(?:^|-)snippet$/, "it can change all that the stack sets. nginx.directives are for the pods' nginx"],
    [/^canary.*$/, "this Ingress would have no requests but by another one of its host"],
];

/** What another argument stands for. By whole names, or by those behind the prefix. */
const owned = (section: string): readonly (readonly [RegExp, string])[] => [
    [/^proxy-(?:read|send)-timeout$/, `${section}longestRequestSeconds and ${section}drain`],
    [/^proxy-body-size$/, `${section}nginx.clientMaxBodySize`],
    [/^proxy-(?:buffer-size|buffers-number|busy-buffers-size)$/, `${section}nginx.headerSize`],
    [/^server-alias$/, `${section}furtherHosts`],
    [/^(?:from-to-www-redirect|(?:permanent|temporal)-redirect.*)$/, `${section}redirectedHosts`],
    [/^(?:rewrite-target|use-regex|x-forwarded-prefix)$/, `${section}stripPathPrefix`],
    [/^cert-manager\.io\/(?:cluster-)?issuer$/, `${section}tls.certManagerIssuer`],
    [/^kubernetes\.io\/ingress\.class$/, `${section}ingressClassName`],
    [/^pulumi\.com\/skipAwait$/, `${section}awaitAddress`],
];

function whyNot(name: string, controller: ControllerKind, section: string): string | undefined {
    const isOfNginx = name.startsWith(prefix);
    const short = isOfNginx ? name.slice(prefix.length) : name;
    const [, argument] = owned(section).find(([pattern]) => pattern.test(short)) ?? [];
    if (argument !== undefined) return `is the stack's own. Set ${argument} instead.`;
    if (name.startsWith("pulumi.com/")) return "is the stack's own. Remove it.";
    if (!isOfNginx || harmless.has(short)) return undefined;
    if (harmlessOfNginxAlone.has(short)) {
        return controller === "ingress-nginx"
            ? undefined
            : "is none that Traefik reads: what it asks for would not be done, and nobody told. Remove it.";
    }
    const [, reason] = promised.find(([pattern]) => pattern.test(short)) ?? [];
    return reason === undefined
        ? "is none that ingress-nginx reads. Look for its name there."
        : `is not allowed, as the promise hangs on it: ${reason}. Remove it.`;
}

/**
 * What is wrong with annotations, each by its name.
 *
 * @param controller that reads them
 * @param section what stands before the arguments' names, where a stack file has them: "web."
 */
export function problemsOfAnnotations(
    annotations: Readonly<Record<string, unknown>>,
    controller: ControllerKind,
    section = "",
): readonly { readonly name: string; readonly message: string }[] {
    return Object.keys(annotations).flatMap((name) => {
        const message = whyNot(name, controller, section);
        return message === undefined ? [] : [{ name, message }];
    });
}
