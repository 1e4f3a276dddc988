/** `npm run -s render -- --stack prod`: the objects of a stack as YAML, without an engine and without a cluster. */
import { parseOptions, runCommand, UsageError } from "../common/commandLine";
import { toYaml } from "./manifests";
import { record } from "./record";
import { render } from "./render";
import { readStackFile } from "./stackFile";

const usage = `Usage: npm run -s render -- --stack STACK [--config-file FILE] [--kubernetes-only]

  --stack STACK        prints every object of Pulumi.STACK.yaml
  --config-file FILE   reads this file instead, as with pulumi
  --kubernetes-only    leaves out what kubectl would not take`;

async function main(args: readonly string[]): Promise<number> {
    const { values } = parseOptions({
        args: [...args],
        options: {
            stack: { type: "string" },
            "config-file": { type: "string" },
            "kubernetes-only": { type: "boolean", default: false },
        },
    });
    if (values.stack === undefined) throw new UsageError("--stack is missing: which stack?");
    const recording = await record(values.stack, readStackFile(values.stack, values["config-file"]));
    process.stdout.write(toYaml(render(recording, values["kubernetes-only"])));
    return 0;
}

runCommand(main, usage);
