/** The command behind `npm run -s why`: why a stack's pods do not serve. */
import { parseOptions, runCommand, UsageError } from "../common/commandLine";
import { project } from "../../settings/project";
import { readStackFile } from "../render/stackFile";
import { describeProblems, parseSettings } from "../../settings/parse";
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
    const { namespace, context } = placeOf(values.stack);
    const { text } = await diagnose(namespace, values.context ?? context);
    process.stdout.write(`${text ?? `Every new pod in namespace ${namespace} serves.`}\n`);
    return text === undefined ? 0 : 1;
}

function placeOf(stack: string): { readonly namespace: string; readonly context: string | undefined } {
    const ours = Object.entries(readStackFile(stack).values).filter(([key]) => key.startsWith(`${project}:`));
    const values = Object.fromEntries(
        ours.map(([key, text]) => [key.slice(project.length + 1), JSON.parse(text) as unknown]),
    );
    const parsed = parseSettings({ values });
    if (!parsed.ok) throw new UsageError(describeProblems(parsed.problems, stack, project));
    return { namespace: parsed.settings.web.namespace, context: parsed.settings.cluster.context };
}

runCommand(main, usage);
