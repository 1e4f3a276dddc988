/** Clients that are gone when the pod ends. Nobody else keeps it. */
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { RawClient } from "./rawClient";
import { get } from "./requests";
import { way, type Way } from "./stage";

export const leaveWays: Readonly<Record<string, Way>> = {
    "work for a client that has gone, which php-fpm's end would cut": way(
        async (stage) => {
            const client = await RawClient.open();
            await client.send(get("/work.php?id=left&gate"));
            await stage.begun("left");
            await stage.drain();
            client.reset();
            // Time for nginx to end, if it would.
            const released = sleep(1000).then(() => {
                stage.release("left");
            });
            await stage.ended;
            const isFinished = stage.isFinished("left");
            await released;
            return isFinished;
        },
        (isFinished) => {
            expect(isFinished, "when nginx has ended, and php-fpm gets its SIGQUIT").to.equal(true);
        },
    ),
};
