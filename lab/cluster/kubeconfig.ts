/** Kubeconfig files, with everything in them, so that one can be copied to where it is wanted. */
import { readFileSync, writeFileSync } from "node:fs";

import type { Pair } from "./certificates";

/** @param server the apiserver's URL */
export function writeKubeconfig(path: string, server: string, caPath: string, user: string, pair: Pair): void {
    const encoded = (file: string) => readFileSync(file).toString("base64");
    const name = "php-web-service-lab";
    const config = {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster: { server, "certificate-authority-data": encoded(caPath) } }],
        users: [
            {
                name: user,
                user: {
                    "client-certificate-data": encoded(pair.certificatePath),
                    "client-key-data": encoded(pair.keyPath),
                },
            },
        ],
        contexts: [{ name, context: { cluster: name, user } }],
        "current-context": name,
    };
    // JSON is YAML.
    writeFileSync(path, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
}
