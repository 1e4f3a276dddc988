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
    const options = readOptions();
    if (options.stack === undefined) {
        console.error(options.problem === undefined ? usage : `${options.problem}\n\n${usage}`);
        return 2;
    }
    const recording = await record(options.stack, readStackFile(options.stack));
    process.stdout.write(toYaml(render(recording, options.kubernetesOnly)));
    return 0;
}

function readOptions(): { stack?: string | undefined; kubernetesOnly: boolean; problem?: string } {
    try {
        const { values } = parseArgs({
            options: { stack: { type: "string" }, "kubernetes-only": { type: "boolean", default: false } },
        });
        return { stack: values.stack, kubernetesOnly: values["kubernetes-only"] };
    } catch (error) {
        return { kubernetesOnly: false, problem: describe(error) };
    }
}

/** What is wrong with the stack file or the command line, not where in our code it was found. */
function describe(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

main().then(
    (code) => {
        process.exitCode = code;
    },
    (error: unknown) => {
        console.error(describe(error));
        process.exitCode = 1;
    },
);
