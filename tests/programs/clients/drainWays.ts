/** Clients of a pod that ends: from each one's drain() on, nginx has its SIGQUIT. */
import { expect } from "chai";

import { versionAtLeast } from "../../../components/units/imageReference";
import { nginxVersion } from "../run";
import type { RawAnswer } from "./rawAnswers";
import { RawClient } from "./rawClient";
import {
    bodyLimitBytes,
    chunk,
    chunkedHead,
    get,
    headOnly,
    largeBytes,
    lastChunk,
    oldGet,
    post,
    postHead,
    told,
    worked,
} from "./requests";
import { way, type Stage, type Way } from "./stage";

const order = "an order\n".repeat(40);

/** keepalive_min_timeout: idle connections, and those whose answer had begun, stay open for a moment. */
const isPatient = () => versionAtLeast(nginxVersion(), [1, 27, 4]);

const isLast = ({ headers }: RawAnswer) => headers["connection"] === "close";

/** One answer, which says that it is its connection's last, and the connection's end. */
function expectOnly({ answers, ended }: Awaited<ReturnType<RawClient["heard"]>>, text: string): void {
    expect(told(answers)).to.deep.equal([text]);
    expect(answers.map(isLast), "Connection: close").to.deep.equal([true]);
    expect(ended).to.equal("FIN");
}

/** The first part of a request before the drain, and the second one in it. */
const across = (first: string, second: string, options?: { readonly isHead?: boolean }) => async (stage: Stage) => {
    const client = await RawClient.open(options);
    if (first !== "") await client.send(first);
    await stage.drain();
    await client.sendInPieces(second, 50);
    return await client.heard();
};

/** A large answer whose reader begins in the drain. */
const unread = (request: string) => async (stage: Stage) => {
    const client = await RawClient.open();
    client.stopReading();
    await client.send(request);
    await stage.drain();
    client.readOn();
    return await client.heard();
};

function expectLarge({ answers, ended }: Awaited<ReturnType<RawClient["heard"]>>): void {
    expect(told(answers)).to.deep.equal([`200 ${largeBytes} bytes`]);
    expect(ended).to.equal("FIN");
}

export const drainWays: Readonly<Record<string, Way>> = {
    "a connection that is used first when the pod ends": way(across("", get("/work.php?id=unused")), (heard) => {
        expectOnly(heard, `200 ${worked("unused")}`);
    }),

    "half a head": way(across(get("/work.php?id=head").slice(0, 20), get("/work.php?id=head").slice(20)), (heard) => {
        expectOnly(heard, `200 ${worked("head")}`);
    }),

    "half a body": way(
        across(postHead("/work.php?id=body", order.length) + order.slice(0, 99), order.slice(99)),
        (heard) => {
            expectOnly(heard, `200 ${worked("body", order)}`);
        },
    ),

    "half the chunks": way(
        across(chunkedHead("/work.php?id=chunked") + chunk(order), chunk(order) + lastChunk),
        (heard) => {
            expectOnly(heard, `200 ${worked("chunked", order + order)}`);
        },
    ),

    HEAD: way(across("", headOnly("/work.php?id=head-only"), { isHead: true }), (heard) => {
        expectOnly(heard, "200 ");
    }),

    "HTTP/1.0": way(across("", oldGet("/work.php?id=old-late")), (heard) => {
        expectOnly(heard, `200 ${worked("old-late")}`);
    }),

    "a body that waits for 100 Continue": way(
        async (stage) => {
            const client = await RawClient.open();
            await client.send(postHead("/work.php?id=continued", order.length, "Expect: 100-continue"));
            await client.answers(1);
            await stage.drain();
            await client.send(order);
            return await client.heard();
        },
        ({ answers, ended }) => {
            expect(told(answers)).to.deep.equal(["100 ", `200 ${worked("continued", order)}`]);
            expect(ended).to.equal("FIN");
        },
    ),

    "100 Continue that is asked for when the pod ends": way(
        async (stage) => {
            const client = await RawClient.open();
            await stage.drain();
            await client.send(postHead("/work.php?id=continues", order.length, "Expect: 100-continue"));
            await client.answers(1);
            await client.send(order);
            return await client.heard();
        },
        ({ answers, ended }) => {
            expect(told(answers)).to.deep.equal(["100 ", `200 ${worked("continues", order)}`]);
            expect(ended).to.equal("FIN");
        },
    ),

    "a request that waits behind one in service": way(
        async (stage) => {
            const client = await RawClient.open();
            await client.send(get("/work.php?id=in-service&gate") + post("/work.php?id=behind", order.repeat(50)));
            await stage.begun("in-service");
            await stage.drain();
            stage.release("in-service");
            return { ...(await client.heard()), beginnings: stage.beginnings("behind") };
        },
        ({ beginnings, ...heard }) => {
            expectOnly(heard, `200 ${worked("in-service")}`);
            expect(beginnings, "it may be sent again elsewhere: the answer before it was the last").to.equal(0);
        },
    ),

    "a request that waits behind an answer that has begun": way(
        async (stage) => {
            const client = await RawClient.open();
            await client.send(get("/parts.php?id=begun-answer") + get("/work.php?id=behind-begun"));
            await client.received("first");
            await stage.drain();
            stage.release("begun-answer");
            return { ...(await client.heard()), beginnings: stage.beginnings("behind-begun") };
        },
        ({ answers, ended, beginnings }) => {
            expect(told(answers)[0]).to.equal("200 first last");
            expect(ended).to.equal("FIN");
            if (isPatient()) {
                expect(told(answers)[1]).to.equal(`200 ${worked("behind-begun")}`);
                expect(isLast(answers[1]!)).to.equal(true);
            } else expect([answers.length, beginnings]).to.deep.equal([1, 0]);
        },
    ),

    "clients that ask on and on, each on its connection": way(
        async (stage) => {
            const clients = await Promise.all(Array.from({ length: 8 }, () => RawClient.open()));
            const asked = clients.map(async (client, i) => {
                let [sent, isOver] = [0, false];
                while (!isOver) {
                    await client.send(post(`/work.php?id=on-${i}`, order));
                    const answers = await client.answers(++sent);
                    isOver = answers.length < sent || answers.some(isLast);
                }
                return { sent, ...(await client.heard()) };
            });
            await stage.drain();
            return await Promise.all(asked);
        },
        (heard) => {
            for (const [i, { sent, answers, ended }] of heard.entries()) {
                const unanswered = isPatient() ? 0 : 1;
                expect(sent - answers.length, "without an answer").to.be.at.most(unanswered);
                expect(new Set(told(answers))).to.deep.equal(new Set([`200 ${worked(`on-${i}`, order)}`]));
                if (isPatient()) expect([isLast(answers.at(-1)!), ended]).to.deep.equal([true, "FIN"]);
            }
        },
    ),

    "a connection that has had an answer, and is idle": way(
        async (stage) => {
            const client = await RawClient.open();
            let sent = 0;
            do {
                await client.send(get("/plain.txt"));
                await client.answers(++sent);
            } while (!stage.isLast);
            await stage.drain();
            await client.send(post("/work.php?id=idle", order));
            const { answers, ended } = await client.heard();
            return { ended, late: answers.slice(sent), beginnings: stage.beginnings("idle") };
        },
        ({ late, ended, beginnings }) => {
            if (isPatient()) expectOnly({ answers: late, ended }, `200 ${worked("idle", order)}`);
            else expect([late.length, beginnings], "it was closed, and not heard").to.deep.equal([0, 0]);
        },
    ),

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
