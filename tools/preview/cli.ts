/** The command behind `npm run preview`: prints what a reviewer of a change needs to know, as Markdown. */
import { parseOptions, runCommand, UsageError, wrongUsageCode } from "../common/commandLine";
import { stackFilePath } from "../common/stackFiles";
import { run } from "./commands";
import { reportOn } from "./report";
import { ReviewError, type Context } from "./sources";

const usage = `Usage: npm run -s preview -- --stack STACK [--base REF]

  --stack STACK  the stack to review, by its file Pulumi.STACK.yaml
  --base REF     compare with the golden manifests of this commit, branch or tag, even where an engine is at hand

Exit code: 0 reviewed, 1 the change is refused (by the program, the engine or a policy), 2 wrong usage`;

/** Where the texts go, so that a test can read them. */
export interface Streams {
    readonly out: (text: string) => void;
    readonly err: (text: string) => void;
}

/** Returns the exit code. */
export async function main(args: readonly string[], context: Context, streams: Streams): Promise<number> {
    try {
        const options = readArguments(args);
        if (options === "help") {
            streams.out(`${usage}\n`);
            return 0;
        }
        // Throws where there is none.
        stackFilePath(options.stack, context.root);
        const report = await reportOn(options.stack, options.base, context);
        streams.out(report.text);
        return report.hasFailed ? 1 : 0;
    } catch (error) {
        if (error instanceof UsageError) {
            streams.err(`${error.message}\n\n${usage}\n`);
            return wrongUsageCode;
        }
        if (error instanceof ReviewError) {
            streams.err(`${error.message}\n`);
            return 1;
        }
        // Of the call stack: objects are compared level by level.
        if (error instanceof RangeError) {
            streams.err("An object has more levels than can be compared.\n");
            return 1;
        }
        throw error;
    }
}

interface Options {
    readonly stack: string;
    readonly base: string | undefined;
}

function readArguments(args: readonly string[]): Options | "help" {
    const { values } = parseOptions({
        args: [...args],
        options: { stack: { type: "string" }, base: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help === true) return "help";
    if (values.stack === undefined || values.stack === "") throw new UsageError("--stack is missing: which stack?");
    if (values.base === "") throw new UsageError("--base is empty: name a commit, a branch or a tag, or leave it out.");
    return { stack: values.stack, base: values.base };
}

if (require.main === module) {
    const streams: Streams = {
        out: (text) => process.stdout.write(text),
        err: (text) => process.stderr.write(text),
    };
    runCommand((args) => main(args, { root: process.cwd(), run }, streams), usage);
}
