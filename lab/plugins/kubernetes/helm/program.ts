/** The helm program, which does the work of Releases. */
import { spawn } from "node:child_process";

import { started } from "../../../../common/commands";
import type { Connection, KubeconfigSource } from "../kubeconfig";

export class HelmError extends Error {}

export class Helm {
    /** @param kubeconfig a file's path */
    constructor(
        private readonly kubeconfig: string,
        private readonly context: string,
    ) {}

    /**
     * Returns what it prints.
     *
     * @param input what it reads
     */
    async run(args: readonly string[], input = ""): Promise<string> {
        const allArgs = [...args, "--kubeconfig", this.kubeconfig, "--kube-context", this.context];
        const child = await started(
            "helm",
            // A group of its own: Ctrl-C would end it half way, and its release would stay "pending" for ever.
            () => spawn("helm", allArgs, { detached: true, stdio: ["pipe", "pipe", "pipe"] }),
            "The lab's stand-in for Pulumi's Kubernetes plugin needs it.",
        );
        return await new Promise((resolve, reject) => {
            let stdout = "";
            let stderr = "";
            child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
            child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
            child.stdin.on("error", () => undefined);
            child.stdin.end(input);
            child.on("close", (code) => {
                if (code === 0) resolve(stdout);
                else reject(new HelmError(`helm ${args[0] ?? ""}: ${messageIn(stderr)}`));
            });
        });
    }
}

/** Without helm's warnings about the kubeconfig's file mode, and with one "Error:" less. */
function messageIn(stderr: string): string {
    const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("WARNING:"));
    return lines.join("\n").replace(/^Error: /, "");
}

export function helmOf(source: KubeconfigSource, connection: Connection): Helm {
    if (source.path === undefined) {
        throw new Error("For Releases, the lab's stand-in needs the kubeconfig in a file, and it was given as a text.");
    }
    return new Helm(source.path, connection.context);
}
