/** Hosts that send their visitors on to the first one: by the pod's nginx, and so the same behind every proxy. */

export interface RedirectsInput {
    /** What the application answers, the first one first; every host where empty. */
    readonly servedHosts: readonly string[];
    /** What leads to the first of them. */
    readonly redirectedHosts: readonly string[];
}

/** The application's server is the default one. Where a wildcard is redirected, its own hosts must not be a part of that. */
export function serverName({ servedHosts, redirectedHosts }: RedirectsInput): string {
    return redirectedHosts.length === 0 ? "_" : servedHosts.join(" ");
}

/** Room for names as long as there are; by default a longer one than some 50 characters keeps nginx from starting. */
export function serverNamesHash({ redirectedHosts }: RedirectsInput): string {
    return redirectedHosts.length === 0 ? "" : "    server_names_hash_bucket_size 512;\n";
}

/**
 * 308 and not 301: a form that was sent to the old host arrives at the new one. The kubelet's probes name no host, or the
 * first one.
 *
 * @param listen the directives that say where
 */
export function redirects({ servedHosts: [first], redirectedHosts }: RedirectsInput, listen: string): string {
    if (first === undefined || redirectedHosts.length === 0) return "";
    return `
    # For good, and with all of the address but its host.
    server {
${listen}        server_name ${redirectedHosts.join(" ")};
        return 308 $visitor_scheme://${first}$request_uri;
    }
`;
}
