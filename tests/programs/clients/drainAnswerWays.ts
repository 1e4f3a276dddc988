/** Clients of a pod that ends, by how they take their answers. */
import { expect } from "chai";

import { expectOnly } from "./drainWays";
import { type Heard, RawClient } from "./rawClient";
import { bodyLimitBytes, get, largeBytes, oldGet, post, postHead, told } from "./requests";
import { way, type Stage, type Way } from "./stage";

/** A large answer whose reader begins in the drain. */
const unread = (request: string) => async (stage: Stage) => {
    const client = await RawClient.open();
    client.stopReading();
    await client.send(request);
    await stage.drain();
    client.readOn();
    return await client.heard();
};

function expectLarge({ answers, ended }: Heard): void {
    expect(told(answers)).to.deep.equal([`200 ${largeBytes} bytes`]);
    expect(ended).to.equal("FIN");
}

export const drainAnswerWays: Readonly<Record<string, Way>> = {
    "a file that is not read until the pod ends": way(unread(get("/large.bin")), expectLarge),

    "an answer of PHP that is not read until then": way(unread(get("/large.php")), expectLarge),

    "one that PHP streams": way(unread(get("/large.php?streamed")), expectLarge),

    "one in HTTP/1.0": way(unread(oldGet("/large.php")), expectLarge),

    "one of a file's parts": way(
        unread(get("/large.bin", `Range: bytes=1-${largeBytes - 1}`)),
        ({ answers, ended }) => {
            expect(told(answers)).to.deep.equal([`206 ${largeBytes - 1} bytes`]);
            expect(ended).to.equal("FIN");
        },
    ),

    "an answer in parts": way(
        async (stage) => {
            const client = await RawClient.open();
            await client.send(get("/parts.php?id=parts", "Connection: close"));
            await client.received("first");
            await stage.drain();
            stage.release("parts");
            return await client.heard();
        },
        (heard) => {
            expectOnly(heard, "200 first last");
        },
    ),

    "a body that is too large": way(
        async (stage) => {
            const client = await RawClient.open();
            client.stopReading();
            await stage.drain();
            await client.send(post("/work.php?id=too-large", ".".repeat(4 * bodyLimitBytes)));
            client.readOn();
            return await client.heard();
        },
        ({ answers, ended }) => {
            expect(answers.map(({ status }) => status)).to.deep.equal([413]);
            expect(ended, "no reset before the answer is read").to.equal("FIN");
        },
    ),

    "an answer that does not wait for the body": way(
        async (stage) => {
            const client = await RawClient.open();
            client.stopReading();
            await client.send(postHead("/missing.css", bodyLimitBytes));
            await stage.drain();
            await client.send(".".repeat(bodyLimitBytes));
            client.readOn();
            return await client.heard();
        },
        ({ answers, ended }) => {
            expect(answers.map(({ status }) => status)).to.deep.equal([404]);
            expect(ended, "no reset before the answer is read").to.equal("FIN");
        },
    ),

    "clients that are gone in the middle, beside all these": way(
        async (stage) => {
            const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.open()));
            for (const [i, client] of clients.entries()) {
                client.stopReading();
                await client.send(
                    [get("/large.php"), postHead("/work.php?id=gone", 99), get("/work.php?id=gone&gate")][i % 3]!,
                );
            }
            await stage.begun("gone");
            await stage.drain();
            for (const client of clients) client.reset();
            stage.release("gone");
        },
        () => undefined,
    ),
};
