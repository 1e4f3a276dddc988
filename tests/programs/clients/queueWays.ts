/** Clients of a pod that is asked for all that it may have at once, {@link places}, by two workers of PHP. */
import { expect } from "chai";

import { RawClient } from "./rawClient";
import { post, told, worked } from "./requests";
import { until, waitingAt, way, type Way } from "./stage";

/** requestsAtOnce of this pod: more than php-fpm's own default lets wait. */
export const places = 600;

/** maxChildren of this pod. */
export const workers = 2;

const ids = Array.from({ length: places }, (_, i) => `queued-${i}`);

export const queueWays: Readonly<Record<string, Way>> = {
    "all of them, though each waits for a worker": way(
        async (stage) => {
            const clients = await Promise.all(
                ids.map(async (id) => {
                    const client = await RawClient.open();
                    await client.send(post(`/work.php?id=${id}&gate`, id));
                    return client;
                }),
            );
            await until("php-fpm has all", () => waitingAt(9000) >= places - workers);
            for (const id of ids) stage.release(id);
            const answers = await Promise.all(clients.map((client) => client.answers(1)));
            for (const client of clients) client.reset();
            return answers;
        },
        (answers) => {
            expect(answers.flatMap(told)).to.deep.equal(ids.map((id) => `200 ${worked(id, id)}`));
        },
    ),
};
