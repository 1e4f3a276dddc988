/** Kubeconfigs, with everything in them, so that one can be copied to where it is wanted. */
import { readFileSync } from "node:fs";

import type { Pair } from "./certificates";

/**
 * Text of a kubeconfig.
 *
 * @param server the apiserver's URL
 * @param authority the certificate of its authority, PEM
 */
export function kubeconfig(server: string, authority: string, user: string, pair: Pair): string {
    const encoded = (text: string) => Buffer.from(text).toString("base64");
    const name = "php-web-service-lab";
    const config = {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster: { server, "certificate-authority-data": encoded(authority) } }],
        users: [
            {
                name: user,
                user: {
                    "client-certificate-data": encoded(readFileSync(pair.certificatePath, "utf8")),
                    "client-key-data": encoded(readFileSync(pair.keyPath, "utf8")),
                },
            },
        ],
        contexts: [{ name, context: { cluster: name, user } }],
        "current-context": name,
    };
    // JSON is YAML.
    return `${JSON.stringify(config, undefined, 2)}\n`;
}
