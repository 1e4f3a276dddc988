/** The command line of a drill of releases. */
import { parseOptions, UsageError } from "../common/commandLine";

export const usage = `Usage: tools/releases/cli.ts --url URL --stack STACK --stack-file FILE [options]
       tools/releases/cli.ts --history FILE

Releases a small shop on the lab again and again under load, by the stack and the usual way beside it, and tells which requests and which
jobs were lost.

  --url URL          where the service answers
  --stack STACK      Pulumi stack that deployed it
  --stack-file FILE  its file
  --releases N       how many (default 50); of the first three one is killed, one fails, one has a node drained
  --rate N           requests per second to each of the two (default 10)
  --out FOLDER       report.md, history.ndjson and logs (default out/releases)
  --history FILE     checks a history.ndjson again, and drills nothing

Exit code: 0 ours lost nothing and the usual way what it is known to lose, 1 not so, or it failed, 2 wrong usage, 130 interrupted`;

export interface Arguments {
    readonly url: string;
    readonly stack: string;
    readonly stackFile: string;
    readonly releases: number;
    readonly rate: number;
    readonly outFolder: string;
}

export interface Rechecking {
    readonly historyPath: string;
}

const text = { type: "string" } as const;

/** @throws {UsageError} */
export function readReleasesArguments(args: readonly string[]): Arguments | Rechecking {
    const { values } = parseOptions({
        args: [...args],
        options: { url: text, stack: text, "stack-file": text, releases: text, rate: text, out: text, history: text },
    });
    if (values.history !== undefined) {
        const [other] = Object.keys(values).filter((name) => name !== "history");
        if (other !== undefined) throw new UsageError(`--history drills nothing: without --${other}.`);
        return { historyPath: values.history };
    }
    const given = (name: "url" | "stack" | "stack-file") => {
        const value = values[name];
        if (value === undefined) throw new UsageError(`--${name} is missing. make drill-releases has it.`);
        return value;
    };
    return {
        url: given("url"),
        stack: given("stack"),
        stackFile: given("stack-file"),
        releases: wholeNumber("releases", values.releases ?? "50", 1000),
        rate: wholeNumber("rate", values.rate ?? "10", 100),
        outFolder: values.out ?? "out/releases",
    };
}

function wholeNumber(name: string, value: string, most: number): number {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= 1 && number <= most) return number;
    throw new UsageError(`--${name} ${value}: a whole number from 1 to ${most}.`);
}
