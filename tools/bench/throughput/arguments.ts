/** The command line of tools/bench/throughput.ts. */
import { parseOptions, UsageError } from "../../common/commandLine";
import { allParts, longestSeconds, measuringSeconds, remedy, type Plan } from "./pace";

const defaults = { rounds: 5, seconds: 2, connections: 32, workers: [1, 2, 3, 4, 6, 8, 12, 16, 24, 32] } as const;

export const usage = `Usage: tools/bench/throughput.ts [options]

Requests per second on the lab, each figure beside what it is compared with, in turn. Run by: make bench.

  --parts A,B      of: ${allParts.join(", ")} (default: all)
                     host     a pod beside the same programs and configuration as plain processes of this machine
                     ingress  ingress-nginx beside a plain nginx proxy, in front of the same pod
                     workers  pm.max_children as the rule in components/workers.ts chooses it, beside others
  --rounds N       how often each is measured (default ${defaults.rounds})
  --seconds N      how long each time (default ${defaults.seconds})
  --connections N  open requests at any time (default ${defaults.connections})
  --workers A,B    pm.max_children to try beside the rule's (default ${defaults.workers.join(",")})
  --out FILE       the figures as JSON

Exit code: 0 every target met, 1 one missed or failed, 2 wrong usage, 130 interrupted`;

export interface Arguments extends Plan {
    readonly connections: number;
    readonly outPath: string | undefined;
    /** That repeats it. */
    readonly command: string;
}

const text = { type: "string" } as const;

/** @throws {UsageError} */
export function readArguments(args: readonly string[]): Arguments {
    const { values } = parseOptions({
        args: [...args],
        options: { parts: text, rounds: text, seconds: text, connections: text, workers: text, out: text },
    });
    const whole = (option: string, value: string): number => {
        const number = Number(value);
        if (Number.isInteger(number) && number > 0) return number;
        throw new UsageError(`--${option} ${value}: it takes whole numbers above 0.`);
    };
    const parts = values.parts?.split(",") ?? allParts;
    const found: Arguments = {
        parts: parts.map((name) => {
            const part = allParts.find((each) => each === name);
            if (part !== undefined) return part;
            throw new UsageError(`There is no part ${name}. There are ${allParts.join(", ")}.`);
        }),
        rounds: whole("rounds", values.rounds ?? String(defaults.rounds)),
        seconds: whole("seconds", values.seconds ?? String(defaults.seconds)),
        connections: whole("connections", values.connections ?? String(defaults.connections)),
        workers: values.workers?.split(",").map((value) => whole("workers", value)) ?? defaults.workers,
        outPath: values.out,
        command: args.length === 0 ? "make bench" : `make bench ARGS="${args.join(" ")}"`,
    };
    const seconds = measuringSeconds(found);
    if (seconds <= longestSeconds) return found;
    throw new UsageError(`Measuring alone would take ${seconds} s, and the bench has ${longestSeconds}. ${remedy}`);
}
