/** Clients of a pod that serves, by the bodies that they send. */
import { expect } from "chai";

import { RawClient } from "./rawClient";
import { bodyLimitBytes, chunk, chunkedHead, last, lastChunk, order, post, postHead, told, worked } from "./requests";
import { way, type Way } from "./stage";

export const bodyWays: Readonly<Record<string, Way>> = {
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
            return {
                ...(await RawClient.ask(`${postHead("/work.php?id=surplus", order.length)}${order}and more\r\n\r\n`)),
                beginnings: stage.beginnings("surplus"),
            };
        },
        ({ answers, beginnings }) => {
            expect(told(answers)[0]).to.equal(`200 ${worked("surplus", order)}`);
            expect(answers[1]?.status, "what follows is no request").to.equal(400);
            expect(beginnings).to.equal(1);
        },
    ),

    "a chunk that is none": way(
        async (stage) => {
            return {
                ...(await RawClient.ask(`${chunkedHead("/work.php?id=no-chunk")}${chunk(order)}xyz\r\n`)),
                beginnings: stage.beginnings("no-chunk"),
            };
        },
        ({ answers, ended, beginnings }) => {
            expect(answers.map(({ status }) => status)).to.deep.equal([400]);
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
                if (name !== "mostInChunks") return [name, await RawClient.sendUnread(...data)] as const;
                return [name, await RawClient.sendUnread(...data, last("/plain.txt"))] as const;
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
            return await Promise.all(paths.map((path) => RawClient.sendUnread(post(path, body), last("/plain.txt"))));
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
};
