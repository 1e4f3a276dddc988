/** `npm run -s render -- --stack prod`: the objects of a stack as YAML, without an engine and without a cluster. */
import { parseArgs } from "node:util";

import { toYaml } from "./manifests";
import { record } from "./record";
import { render } from "./render";
import { readStackFile } from "./stackFile";

const usage = `Usage: npm run -s render -- --stack STACK [--kubernetes-only]

  --stack STACK       prints every object of Pulumi.STACK.yaml
  --kubernetes-only   leaves out what kubectl would not take`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: { stack: { type: "string" }, "kubernetes-only": { type: "boolean", default: false } },
    });
    if (values.stack === undefined) {
        console.error(usage);
        return 2;
    }
    const recording = await record(values.stack, readStackFile(values.stack));
    process.stdout.write(toYaml(render(recording, values["kubernetes-only"])));
    return 0;
}

main().then(
    (code) => {
        process.exitCode = code;
    },
    (error: unknown) => {
        // What is wrong with the stack file or the command line, not where in our code it was found.
        console.error(error instanceof Error ? error.message : String(error));
        process.exitCode = 1;
    },
);
