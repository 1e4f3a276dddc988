/**
 * A command that gets a CPU before everything else on the machine, cgroups included, which a nice value does not reach across:
 * for what stands for another machine, a client or a cloud's load balancer. Only root may.
 */
export function cpuFirst(command: readonly string[]): readonly string[] {
    return ["/usr/bin/chrt", "--rr", "1", ...command];
}
