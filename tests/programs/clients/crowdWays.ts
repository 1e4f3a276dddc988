/** Clients of a pod whose nginx has one worker with {@link connections} connections. One way after the other. */
import { expect } from "chai";

import { RawClient } from "./rawClient";
import { get, told, worked } from "./requests";
import { until, way, type Way } from "./stage";

/** worker_connections of this pod. */
export const connections = 256;

const openMany = async () => await Promise.all(Array.from({ length: 2 * connections }, () => RawClient.open()));

/** Another client, which asks PHP and leaves. */
async function ask(id: string): Promise<readonly string[]> {
    const client = await RawClient.open();
    await client.send(get(`/work.php?id=${id}`, "Connection: close"));
    return told((await client.heard()).answers);
}

/** One after the other. */
async function askOften(id: string): Promise<readonly string[]> {
    const answers: string[] = [];
    for (let i = 0; i < 20; i++) answers.push(...(await ask(id)));
    return answers;
}

const often = (id: string) => Array.from({ length: 20 }, () => `200 ${worked(id)}`);

export const crowdWays: Readonly<Record<string, Way>> = {
    "connections without a request": way(
        async () => {
            const clients = await openMany();
            const answers = await askOften("beside-silent");
            for (const client of clients) client.reset();
            return answers;
        },
        (answers) => {
            expect(answers).to.deep.equal(often("beside-silent"));
        },
    ),

    "connections that have had an answer": way(
        async () => {
            const clients = await openMany();
            for (const client of clients) await client.send(get("/plain.txt"));
            // They give way when they have been idle for keepalive_min_timeout.
            await until("they give way", async () => (await ask("first-beside-idle")).length > 0);
            const answers = await askOften("beside-idle");
            for (const client of clients) client.reset();
            return answers;
        },
        (answers) => {
            expect(answers).to.deep.equal(often("beside-idle"));
        },
    ),
};
