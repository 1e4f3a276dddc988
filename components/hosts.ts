/** The hosts that lead to a service: those that it serves, and those that it sends on to the first. */
import type { ArgumentProblem } from "./argumentProblem";

export interface Hosts {
    readonly host?: string | undefined;
    readonly furtherHosts: readonly string[];
    readonly redirectedHosts: readonly string[];
}

/** As the API server takes them: of spec.hostnames, HTTPRoute. */
const mostHostsOfRoute = 16;

/** The hosts that the application answers, the first one first. Empty: every host. */
export function servedHosts({ host, furtherHosts }: Hosts): readonly string[] {
    return host === undefined ? [] : [host, ...furtherHosts];
}

/** Likewise, with those that are redirected: what routes and certificates are for. */
export function allHosts(hosts: Hosts): readonly string[] {
    return [...servedHosts(hosts), ...hosts.redirectedHosts];
}

/** @param section what stands before the arguments' names, where a stack file has them: "web." */
export function problemsOfHosts(
    hosts: Hosts & { readonly gateway?: object | undefined },
    section = "",
): readonly ArgumentProblem[] {
    const { host, furtherHosts, redirectedHosts } = hosts;
    if (host === undefined) {
        return (["furtherHosts", "redirectedHosts"] as const)
            .filter((list) => hosts[list].length > 0)
            .map((list) => ({
                path: `${section}${list}`,
                message: `found without ${section}host, and so every host is served. Set that too.`,
            }));
    }
    const all = [
        { path: `${section}host`, name: host },
        ...furtherHosts.map((name, i) => ({ path: `${section}furtherHosts[${i}]`, name })),
        ...redirectedHosts.map((name, i) => ({ path: `${section}redirectedHosts[${i}]`, name })),
    ];
    return [
        ...(redirectedHosts.length > 0 && host.startsWith("*.")
            ? [
                  {
                      path: `${section}redirectedHosts`,
                      message: `found beside host ${host}. Allowed: beside one without *, since visitors are sent there.`,
                  },
              ]
            : []),
        ...all.flatMap(({ path, name }, i) => {
            const first = all.findIndex((each) => each.name === name);
            return first === i
                ? []
                : [{ path, message: `found ${name}, which is ${all[first]?.path} already. Remove one of them.` }];
        }),
        ...(hosts.gateway !== undefined && all.length > mostHostsOfRoute
            ? [
                  {
                      path: `${section}${furtherHosts.length >= redirectedHosts.length ? "furtherHosts" : "redirectedHosts"}`,
                      message:
                          `found ${all.length} hosts, with the others. Allowed: ${mostHostsOfRoute} in all on a Gateway, as an ` +
                          "HTTPRoute has no room for more; *.example.com stands for many.",
                  },
              ]
            : []),
    ];
}
