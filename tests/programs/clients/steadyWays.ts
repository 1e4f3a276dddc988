/** Clients of a pod that serves. */
import { expect } from "chai";

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
import { until, way, type Way } from "./stage";

const order = "an order\n".repeat(40);

/** Sends all of it without a look at what comes, as a client that is busy uploading. */
async function sendUnread(...data: readonly string[]) {
    const client = await RawClient.open();
    client.stopReading();
    for (const each of data) await client.send(each);
    client.readOn();
    return await client.heard();
}

/** One request to the pod that serves, and then the connection's end. */
const last = (path: string) => get(path, "Connection: close");

export const steadyWays: Readonly<Record<string, Way>> = {
    "a request that comes byte by byte": way(
        async () => {
            const client = await RawClient.open();
            await client.sendInPieces(post("/work.php?id=bytes", order, "Connection: close"), 1);
            return await client.heard();
        },
        ({ answers, ended }) => {
            expect(told(answers)).to.deep.equal([`200 ${worked("bytes", order)}`]);
            expect(ended).to.equal("FIN");
        },
    ),

    "a body that waits for 100 Continue": way(
        async () => {
            const client = await RawClient.open();
            await client.send(
                postHead("/work.php?id=expects", order.length, "Expect: 100-continue", "Connection: close"),
            );
            await client.answers(1);
            await client.send(order);
            return await client.heard();
        },
        ({ answers }) => {
            expect(told(answers)).to.deep.equal(["100 ", `200 ${worked("expects", order)}`]);
        },
    ),

    "a body of chunks, each in pieces, and a request behind it": way(
        async () => {
            const client = await RawClient.open();
            await client.send(chunkedHead("/work.php?id=chunks"));
            await client.sendInPieces(chunk(order) + chunk(order) + lastChunk + last("/plain.txt"), 7);
            return await client.heard();
        },
        ({ answers }) => {
            expect(told(answers)).to.deep.equal([
                `200 ${worked("chunks", order + order)}`,
                "200 served by nginx itself\n",
            ]);
        },
    ),

    "a hundred requests in one packet": way(
        async () => {
            const client = await RawClient.open();
            const ids = Array.from({ length: 100 }, (_, i) => `pipelined-${i}`);
            const requests = ids.map((id, i) =>
                i % 2 === 0 ? get(`/work.php?id=${id}`) : post(`/work.php?id=${id}`, order),
            );
            await client.send(requests.join("") + last("/plain.txt"));
            return await client.heard();
        },
        ({ answers }) => {
            const ids = Array.from({ length: 100 }, (_, i) => `pipelined-${i}`);
            expect(told(answers)).to.deep.equal([
                ...ids.map((id, i) => `200 ${worked(id, i % 2 === 0 ? "" : order)}`),
                "200 served by nginx itself\n",
            ]);
        },
    ),

    "a POST right behind a GET that takes its time": way(
        async (stage) => {
            const client = await RawClient.open();
            await client.send(
                get("/work.php?id=long-first&gate") + post("/work.php?id=second", order, "Connection: close"),
            );
            await stage.begun("long-first");
            const early = stage.beginnings("second");
            stage.release("long-first");
            return { ...(await client.heard()), early };
        },
        ({ answers, early }) => {
            expect(early, "it is not begun before the first has its answer").to.equal(0);
            expect(told(answers)).to.deep.equal([`200 ${worked("long-first")}`, `200 ${worked("second", order)}`]);
        },
    ),

    "a client that has ended its half and waits for its answer": way(
        async (stage) => {
            const client = await RawClient.open();
            await client.send(post("/work.php?id=half-closed&gate", order));
            await stage.begun("half-closed");
            client.halfClose();
            const beside = await RawClient.open();
            await beside.send(last("/plain.txt"));
            await beside.heard();
            stage.release("half-closed");
            return await client.heard();
        },
        ({ answers, ended }) => {
            expect(told(answers)).to.deep.equal([`200 ${worked("half-closed", order)}`]);
            expect(ended).to.equal("FIN");
        },
    ),

    "a client that goes while PHP streams to it without an end": way(
        async (stage) => {
            const client = await RawClient.open();
            await client.send(get("/endless.php?id=endless"));
            await client.received("more");
            client.reset();
            await until("PHP notices", () => stage.isFinished("endless"));
        },
        () => undefined,
    ),

    "clients that are gone in the middle: of a head, of a body, of the work, of an answer": way(
        async (stage) => {
            const clients = await Promise.all(Array.from({ length: 4 }, () => RawClient.open()));
            const [inHead, inBody, inWork, inAnswer] = clients as [RawClient, RawClient, RawClient, RawClient];
            await inHead.send(get("/work.php?id=gone-in-head").slice(0, -2));
            await inBody.send(post("/work.php?id=gone-in-body", order).slice(0, -1));
            await inWork.send(get("/work.php?id=gone-in-work&gate"));
            inAnswer.stopReading();
            await inAnswer.send(get("/large.php"));
            await stage.begun("gone-in-work");
            for (const client of clients) client.reset();
            stage.release("gone-in-work");
            const beside = await RawClient.open();
            await beside.send(last("/work.php?id=beside-gone"));
            return {
                ...(await beside.heard()),
                begun: ["gone-in-head", "gone-in-body"].map((id) => stage.beginnings(id)),
            };
        },
        ({ answers, begun }) => {
            expect(told(answers)).to.deep.equal([`200 ${worked("beside-gone")}`]);
            expect(begun, "PHP gets whole requests alone").to.deep.equal([0, 0]);
        },
    ),

    "a body that ends before it is whole": way(
        async (stage) => {
            const client = await RawClient.open();
            await client.send(post("/work.php?id=short", order).slice(0, -1));
            client.halfClose();
            return { ...(await client.heard()), beginnings: stage.beginnings("short") };
        },
        ({ beginnings }) => {
            expect(beginnings, "PHP gets whole requests alone").to.equal(0);
        },
    ),

    "a body that is longer than its head says": way(
        async (stage) => {
            const client = await RawClient.open();
            await client.send(`${postHead("/work.php?id=surplus", order.length)}${order}and more\r\n\r\n`);
            return { ...(await client.heard()), beginnings: stage.beginnings("surplus") };
        },
        ({ answers, beginnings }) => {
            expect(told(answers)[0]).to.equal(`200 ${worked("surplus", order)}`);
            expect(answers[1]?.status, "what follows is no request").to.equal(400);
            expect(beginnings).to.equal(1);
        },
    ),

    "a chunk that is none": way(
        async (stage) => {
            const client = await RawClient.open();
            await client.send(`${chunkedHead("/work.php?id=no-chunk")}${chunk(order)}xyz\r\n`);
            return { ...(await client.heard()), beginnings: stage.beginnings("no-chunk") };
        },
        ({ answers, ended, beginnings }) => {
            expect(answers.map(({ status }) => status)).to.deep.equal([400]);
            expect(ended).to.equal("FIN");
            expect(beginnings).to.equal(0);
        },
    ),

    "a client that reads nothing until all of a large answer is made": way(
        async (stage) => {
            const paths = ["/large.bin", "/large.php"];
            return await Promise.all(
                paths.map(async (path, i) => {
                    const client = await RawClient.open();
                    client.stopReading();
                    await client.send(last(path));
                    const beside = await RawClient.open();
                    await beside.send(last(`/work.php?id=while-unread-${i}`));
                    await beside.heard();
                    await stage.begun(`while-unread-${i}`);
                    client.readOn();
                    return await client.heard();
                }),
            );
        },
        (heard) => {
            for (const { answers, ended } of heard) {
                expect(told(answers)).to.deep.equal([`200 ${largeBytes} bytes`]);
                expect(ended).to.equal("FIN");
            }
        },
    ),

    "HEAD, of a file and of PHP, twice on one connection": way(
        async () => {
            const client = await RawClient.open({ isHead: true });
            const paths = ["/plain.txt", "/work.php?id=head", "/large.php", "/plain.txt"];
            await client.send(paths.map(headOnly).join(""));
            await client.answers(paths.length);
            client.halfClose();
            return await client.heard();
        },
        ({ answers }) => {
            expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
        },
    ),

    "HTTP/1.0, to its connection's end": way(
        async () => {
            const heards = ["/plain.txt", "/work.php?id=old", "/large.php"].map(async (path) => {
                const client = await RawClient.open();
                await client.send(oldGet(path));
                return await client.heard();
            });
            return await Promise.all(heards);
        },
        (heard) => {
            expect(heard.flatMap(({ answers }) => told(answers))).to.deep.equal([
                "200 served by nginx itself\n",
                `200 ${worked("old")}`,
                `200 ${largeBytes} bytes`,
            ]);
            for (const { answers, ended } of heard) {
                expect(answers[0]?.headers).to.not.have.property("transfer-encoding");
                expect(ended).to.equal("FIN");
            }
        },
    ),

    "parts of a file, two on one connection": way(
        async () => {
            const client = await RawClient.open();
            await client.send(
                get("/plain.txt", "Range: bytes=0-5") + get("/plain.txt", "Range: bytes=-7", "Connection: close"),
            );
            return await client.heard();
        },
        ({ answers }) => {
            expect(told(answers)).to.deep.equal(["206 served", "206 itself\n"]);
        },
    ),

    "an empty line before a request": way(
        async () => {
            const client = await RawClient.open();
            await client.send(`${post("/work.php?id=line", order)}\r\n${last("/plain.txt")}`);
            return await client.heard();
        },
        ({ answers }) => {
            expect(told(answers)).to.deep.equal([`200 ${worked("line", order)}`, "200 served by nginx itself\n"]);
        },
    ),

    "a request behind one that was to be the last": way(
        async (stage) => {
            const client = await RawClient.open();
            await client.send(last("/work.php?id=the-last") + post("/work.php?id=after-last", order.repeat(100)));
            return { ...(await client.heard()), beginnings: stage.beginnings("after-last") };
        },
        ({ answers, ended, beginnings }) => {
            expect(told(answers)).to.deep.equal([`200 ${worked("the-last")}`]);
            expect(ended).to.equal("FIN");
            expect(beginnings).to.equal(0);
        },
    ),

    "the largest body that is allowed, and one byte more, by length and in chunks": way(
        async () => {
            const body = ".".repeat(bodyLimitBytes);
            const sent = {
                most: [post("/work.php?id=most", body, "Connection: close")],
                more: [post("/work.php?id=more", `${body}.`)],
                mostInChunks: [chunkedHead("/work.php?id=most"), chunk(body), lastChunk],
                moreInChunks: [chunkedHead("/work.php?id=more"), chunk(body), chunk("."), lastChunk],
                muchMore: [post("/work.php?id=much-more", body.repeat(8))],
            };
            const entries = Object.entries(sent).map(async ([name, data]) => {
                if (name !== "mostInChunks") return [name, await sendUnread(...data)] as const;
                return [name, await sendUnread(...data, last("/plain.txt"))] as const;
            });
            return Object.fromEntries(await Promise.all(entries));
        },
        (heard) => {
            const body = ".".repeat(bodyLimitBytes);
            expect(told(heard["most"]!.answers)).to.deep.equal([`200 ${worked("most", body)}`]);
            expect(told(heard["mostInChunks"]!.answers)[0]).to.equal(`200 ${worked("most", body)}`);
            for (const name of ["more", "moreInChunks", "muchMore"]) {
                const { answers, ended } = heard[name]!;
                expect(
                    answers.map(({ status }) => status),
                    name,
                ).to.deep.equal([413]);
                expect(answers[0]?.headers, name).to.include({ connection: "close" });
                expect(ended, `${name}: no reset before the answer is read`).to.equal("FIN");
            }
        },
    ),

    "an answer that does not wait for the body, and a request behind it": way(
        async () => {
            const body = ".".repeat(bodyLimitBytes);
            const paths = ["/missing.css", "/hasty.php", "/plain.txt"];
            return await Promise.all(paths.map((path) => sendUnread(post(path, body), last("/plain.txt"))));
        },
        (heard) => {
            expect(heard.map(({ answers }) => answers.map(({ status }) => status))).to.deep.equal([
                [404, 200],
                [200, 200],
                [405, 200],
            ]);
            for (const { ended } of heard) expect(ended).to.equal("FIN");
        },
    ),

    "a head that is too large, and a path": way(
        async () => {
            const heads = [get("/", `Cookie: ${"c".repeat(200_000)}`), get(`/${"p".repeat(200_000)}`)];
            return await Promise.all(heads.map((head) => sendUnread(head)));
        },
        (heard) => {
            expect(heard.map(({ answers }) => answers.map(({ status }) => status))).to.deep.equal([[400], [414]]);
            for (const { ended } of heard) expect(ended).to.equal("FIN");
        },
    ),

    "what is no HTTP/1": way(
        async () => {
            const texts = [
                "\u0016\u0003\u0001\u0002\u0000\u0001",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "SSH-2.0-a\r\n",
                "\0",
            ];
            return await Promise.all(texts.map((text) => sendUnread(`${text}\r\n\r\n`)));
        },
        (heard) => {
            for (const { answers } of heard) expect(answers[0]?.status).to.be.oneOf([400, 405, 505]);
        },
    ),

    "hundreds of connections without a request, or with half a head": way(
        async () => {
            const clients = await Promise.all(Array.from({ length: 400 }, () => RawClient.open()));
            for (const client of clients.slice(200)) await client.send(get("/plain.txt").slice(0, -2));
            const beside = await Promise.all(
                Array.from({ length: 20 }, async (_, i) => {
                    const client = await RawClient.open();
                    await client.send(last(`/work.php?id=beside-halves-${i}`));
                    return await client.heard();
                }),
            );
            for (const client of clients.slice(200)) await client.send("\r\n");
            const late = await Promise.all(clients.slice(200).map((client) => client.answers(1)));
            for (const client of clients) client.reset();
            return { beside, late };
        },
        ({ beside, late }) => {
            expect(beside.flatMap(({ answers }) => told(answers))).to.deep.equal(
                beside.map((_, i) => `200 ${worked(`beside-halves-${i}`)}`),
            );
            expect(new Set(late.flatMap(told))).to.deep.equal(new Set(["200 served by nginx itself\n"]));
        },
    ),
};
