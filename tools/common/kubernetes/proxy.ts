/** `kubectl proxy`: the cluster's API at 127.0.0.1, whatever way to log in the kubeconfig names. */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

import { started, type Environment } from "../commands";

export interface Proxy {
    /** "http://127.0.0.1:41234". */
    readonly url: string;
    readonly stop: () => void;
}

/**
 * Starts it at a free port.
 *
 * @param context of the kubeconfig; its current one where undefined
 * @param environment added to this process's own; its PATH has to have kubectl
 * @throws where kubectl is missing, or ends before it listens
 */
export async function startProxy(context: string | undefined, environment: Environment = {}): Promise<Proxy> {
    const args = ["proxy", "--port=0", "--address=127.0.0.1", ...(context === undefined ? [] : ["--context", context])];
    // A process group of its own: Ctrl-C must not take the API away from what is mended after it.
    const child = await started("kubectl", () =>
        spawn("kubectl", args, {
            env: { ...process.env, ...environment },
            stdio: ["ignore", "pipe", "pipe"],
            detached: true,
        }),
    );
    const stop = () => child.kill("SIGTERM");
    process.on("exit", stop);
    const port = await listeningPort(child);
    return { url: `http://127.0.0.1:${port}`, stop };
}

/** It listens before it asks any server for anything. */
const startSeconds = 60;

function listeningPort(child: ChildProcess): Promise<number> {
    return new Promise((resolve, reject) => {
        let stderr = "";
        setTimeout(() => {
            reject(new Error(`kubectl proxy does not listen after ${startSeconds} s: ${stderr.trim()}`));
        }, startSeconds * 1000).unref();
        child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
        child.on("close", (code) => {
            reject(new Error(`kubectl proxy ended with ${code ?? "a signal"}: ${stderr.trim()}`));
        });
        if (child.stdout === null) return;
        createInterface({ input: child.stdout }).on("line", (line) => {
            const port = /^Starting to serve on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
            if (port !== undefined) resolve(Number(port));
        });
    });
}
