/** Pods of the tests' own in the lab: they connect, and are connected to. */
import type { Lab } from "./lab";

/** With PHP and a shell. The lab has it on every node. */
const image = "lab.local/php-fpm:8.4";

export interface PodOptions {
    readonly namespace: string;
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    /** TCP port of its web server; without one it only waits. */
    readonly port?: number;
}

/** A pod that is gone at once when it is deleted. */
export function pod({ namespace, name, labels = {}, port }: PodOptions): object {
    const command = port === undefined ? ["sleep", "infinity"] : ["php", "-S", `0.0.0.0:${port}`, "-t", "/tmp"];
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { namespace, name, labels },
        spec: {
            terminationGracePeriodSeconds: 0,
            containers: [{ name: "php", image, command, resources: { requests: { cpu: "1m", memory: "16Mi" } } }],
        },
    };
}

/** What becomes of a connection: "refused" is an answer too, and nothing stands between the two that gave it. */
export type Outcome = "connected" | "refused" | "nothing";

const connecting = `
[, $host, $port] = $argv;
$socket = @fsockopen($host, (int) $port, $code, $message, 3);
echo $socket !== false ? "connected" : ($code === 111 ? "refused" : "nothing");
`;

/** Runs PHP in a container. */
export function php(lab: Lab, target: readonly string[], script: string, ...args: readonly string[]): Promise<string> {
    return lab.kubectl("exec", ...target, "--", "php", "-r", script, "--", ...args);
}

/** @param target of kubectl exec */
export async function connect(lab: Lab, target: readonly string[], host: string, port: number): Promise<Outcome> {
    return (await php(lab, target, connecting, host, String(port))) as Outcome;
}
