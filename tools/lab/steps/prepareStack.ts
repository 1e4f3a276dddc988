/** Making stack lab, and mending it. */
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { run } from "../../common/commands";
import { project } from "../../../settings/project";
import { stopPulumi } from "../engine";
import { repositoryRoot } from "../paths";
import { during, type Progress } from "../progress";
import {
    labStack,
    passphrasePath,
    projectFolder,
    pulumiBackend,
    pulumiHome,
    stackEnvironment,
    type StackTools,
} from "../stack";

/** Makes stack lab in its backend where there is none yet, and frees it from an engine that was killed. */
export async function prepareStack(tools: StackTools): Promise<void> {
    await stopPulumi();
    for (const folder of [pulumiHome, pulumiBackend, projectFolder])
        mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!existsSync(passphrasePath)) {
        writeFileSync(passphrasePath, randomBytes(24).toString("base64"), { mode: 0o600 });
    }
    copyFileSync(join(repositoryRoot, "Pulumi.yaml"), join(projectFolder, "Pulumi.yaml"));
    if (!existsSync(join(pulumiBackend, ".pulumi/stacks", project, `${labStack}.json`))) {
        await pulumi(tools, "stack", "init", labStack);
    }
    // Nobody else works on this stack: whoever holds the lock is gone.
    if (hasFiles(join(pulumiBackend, ".pulumi/locks"))) await pulumiOnStack(tools, "cancel", "--yes");
}

function pulumiOnStack(tools: StackTools, ...args: readonly string[]): Promise<string> {
    return pulumi(tools, ...args, "--stack", labStack);
}

function pulumi(tools: StackTools, ...args: readonly string[]): Promise<string> {
    return run(tools.pulumi, [...args, "--non-interactive"], { cwd: projectFolder, env: stackEnvironment(tools) });
}

/**
 * Mends what an engine has left that was killed, or lost its machine: what it was about to create is in its state only as
 * begun. The next update goes on with all of it but with a release of Helm's, whose name stays taken. The cluster must be
 * there.
 */
export async function mendStack(tools: StackTools, progress: Progress): Promise<void> {
    const state = JSON.parse(await pulumiOnStack(tools, "stack", "export")) as StackState;
    const pending = state.deployment.pending_operations ?? [];
    if (pending.length === 0) return;
    await during(progress, "mend an interrupted update", 10, async () => {
        for (const { type, resource } of pending) {
            if (type === "creating" && resource.type === "kubernetes:helm.sh/v3:Release") {
                await freeReleaseName(resource.inputs, tools);
            }
        }
        await pulumiOnStack(tools, "refresh", "--yes", "--skip-preview", "--clear-pending-creates");
    });
}

/** The part of an exported stack that is read here. */
interface StackState {
    readonly deployment: {
        readonly pending_operations?: readonly {
            readonly type: string;
            readonly resource: { readonly type: string; readonly inputs: ReleaseInputs };
        }[];
    };
}

interface ReleaseInputs {
    readonly name: string;
    readonly namespace: string;
}

/** Removes Helm's record. The objects themselves Helm takes over, as they are of a release of that name. */
async function freeReleaseName({ name, namespace }: ReleaseInputs, tools: StackTools): Promise<void> {
    await run(tools.kubectl, ["delete", "secrets", `--namespace=${namespace}`, `--selector=owner=helm,name=${name}`], {
        env: stackEnvironment(tools),
    });
}

function hasFiles(folder: string): boolean {
    if (!existsSync(folder)) return false;
    return readdirSync(folder, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile());
}
