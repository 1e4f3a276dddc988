/** Whether the service answers where a visitor would ask. */
import { request } from "node:http";

import { sleep } from "../../common/commands";
import { frontDoorHealth } from "../frontDoor";
import { routeOf } from "../stack";

export interface ServiceAddress {
    readonly url: string;
    /** Host header, where the stack has a host name: it resolves nowhere. */
    readonly host: string | undefined;
}

export function serviceAddress(stackFile: string, port: number): ServiceAddress {
    const { host, path } = routeOf(stackFile);
    return { url: `http://127.0.0.1:${port}${path}`, host };
}

const patienceSeconds = 60;

/**
 * Returns when the service answers with 200: through the front door, an ingress controller and nginx, from php-fpm. The
 * Ingress's status would say so up to a minute late.
 */
export async function waitForService(address: ServiceAddress, controllerNamespace: string): Promise<void> {
    const deadline = performance.now() + patienceSeconds * 1000;
    for (;;) {
        const answer = await statusOf(address).catch((error: unknown) => String(error));
        if (answer === 200) return;
        if (performance.now() > deadline) {
            const nodes = Object.entries(await frontDoorHealth()).map(([node, health]) => `${node} ${health}`);
            throw new Error(
                `${address.url} does not answer with 200 after ${patienceSeconds} s, but with: ${answer}. ` +
                    `The front door's checks: ${nodes.join(", ") || "none"}. ` +
                    `Look at the pods: kubectl --namespace web get pods, and --namespace ${controllerNamespace} logs.`,
            );
        }
        await sleep(0.25);
    }
}

export function statusOf({ url, host }: ServiceAddress): Promise<number> {
    return new Promise((resolve, reject) => {
        const ask = request(url, {
            agent: false,
            timeout: 5000,
            ...(host === undefined ? {} : { headers: { host } }),
        });
        ask.on("response", (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
        });
        ask.on("timeout", () => ask.destroy(new Error("no answer within 5 s")));
        ask.on("error", reject);
        ask.end();
    });
}
