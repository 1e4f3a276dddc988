/** The command behind `npm run -s why`: why a stack's pods do not serve. */
import { parseOptions, runCommand, UsageError } from "../common/commandLine";
import { readStackFile } from "../render/stackFile";
import { placeOf } from "../render/place";
import { diagnose } from "./read";

const usage = `Usage: npm run -s why -- --stack STACK [--context CONTEXT]

  --stack STACK      tells why new pods of Pulumi.STACK.yaml do not serve, as they are now
  --context CONTEXT  of the kubeconfig; else cluster.context of the stack file, else the current one

Exit code: 0 all serve, 1 some do not or the cluster does not answer, 2 wrong usage`;

async function main(args: readonly string[]): Promise<number> {
    const { values } = parseOptions({
        args: [...args],
        options: { stack: { type: "string" }, context: { type: "string" } },
    });
    if (values.stack === undefined) throw new UsageError("--stack is missing: which stack?");
    const { namespace, context } = placeOf(values.stack, readStackFile(values.stack));
    const { text } = await diagnose(namespace, values.context ?? context);
    process.stdout.write(`${text ?? `Every new pod in namespace ${namespace} serves.`}\n`);
    return text === undefined ? 0 : 1;
}

runCommand(main, usage);
