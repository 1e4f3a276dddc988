/** Clients of a pod that keeps idle connections for {@link idleSeconds}. */
import { expect } from "chai";

import { RawClient } from "./rawClient";
import { get, told } from "./requests";
import { way, type Way } from "./stage";

/** keepaliveSeconds of this pod. */
export const idleSeconds = 3;

const page = get("/plain.txt");

/** What comes of a client that sends this and no more, and for how long. */
async function after(sent: string) {
    const client = await RawClient.open();
    const opened = performance.now();
    if (sent !== "") await client.send(sent);
    return { ...(await client.heard()), seconds: (performance.now() - opened) / 1000 };
}

function expectKept({ seconds, ended }: Awaited<ReturnType<typeof after>>): void {
    // nginx' clock has been read before ours.
    expect(seconds).to.be.above(idleSeconds - 0.5);
    expect(ended).to.equal("FIN");
}

export const idleWays: Readonly<Record<string, Way>> = {
    "a connection that is idle after an answer": way(
        () => after(page),
        (seen) => {
            expectKept(seen);
            expect(told(seen.answers)).to.deep.equal(["200 served by nginx itself\n"]);
        },
    ),

    "a connection that was never used, and is kept as long": way(() => after(""), expectKept),

    "half a head, which has as long to become whole": way(
        () => after(page.slice(0, -2)),
        (seen) => {
            expectKept(seen);
            expect(seen.answers).to.deep.equal([]);
        },
    ),
};
