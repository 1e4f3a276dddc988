/** A sizing as people read it. */
import { formatMemory } from "../../../components/units/quantity";
import { describeSeconds } from "../traffic/traffic";
import { differs, type Sizing } from "./sizing";

/** What was measured, and what follows from it. Sentences. */
export function describeSizing({ seconds, cpu, memory, lines }: Sizing, maxChildren: number): readonly string[] {
    const { usedMillicores, actsAtMillicores, fromMillicores, toMillicores, targetPercent } = cpu;
    const by = Math.max(usedMillicores, actsAtMillicores);
    const acts = `the HPA adds pods where they use more than ${Math.round(actsAtMillicores)}m each`;
    const added = `${formatMemory(memory.perBusyWorkerBytes)} for each worker more that is busy`;
    return [
        (differs(fromMillicores, toMillicores)
            ? `CPU request ${fromMillicores}m -> ${toMillicores}m: `
            : `CPU request ${fromMillicores}m stays: `) +
            `the busiest pod used up to ${Math.round(usedMillicores)}m in 99 % of ${describeSeconds(seconds)}, and ${acts}` +
            `; ${Math.round(by)}m, the larger, is to be there on any node` +
            (differs(fromMillicores, toMillicores)
                ? `. A target of ${targetPercent} % of it is the same use, so that nothing scales otherwise.`
                : "."),
        (differs(memory.fromBytes, memory.toBytes)
            ? `Memory request ${formatMemory(memory.fromBytes)} -> ${formatMemory(memory.toBytes)}: `
            : `Memory request ${formatMemory(memory.fromBytes)} stays: `) +
            `the largest pod had ${formatMemory(memory.mostBytes)}; with all ${maxChildren} workers busy it would have up to ` +
            `${formatMemory(memory.allBusyBytes)} (${added}` +
            `${memory.isPerBusyWorkerMeasured ? "" : ", as the stack file has it: they were as many at all times"}), and 15 % are ` +
            "added. A pod above its request is the first to go where a node runs short.",
        `The memory limit stays at ${formatMemory(memory.limitBytes)}: all ${maxChildren} workers at memory_limit fit into it, so ` +
            "that a request which takes too much ends alone, and no measurement shows the worst." +
            (memory.mostBytes > 0.9 * memory.limitBytes
                ? " The largest pod was close to it: look at memoryLimit."
                : ""),
        ...(lines.length === 0
            ? []
            : [
                  "--apply does not write these lines, which roll all pods" +
                      (differs(fromMillicores, toMillicores) ? "; the target is for the new request:" : ":"),
              ]),
    ];
}
