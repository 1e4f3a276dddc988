/** Clients of a pod that has as many requests as it may, of {@link places}, and two workers of PHP. One way after the other. */
import { expect } from "chai";

import { RawClient } from "./rawClient";
import { bodyLimitBytes, get, largeBytes, post, postHead, told, worked } from "./requests";
import { until, way, type Stage, type Way } from "./stage";

/** requestsAtOnce of this pod. */
export const places = 6;

const order = "an order\n".repeat(40);

async function open(requests: readonly string[]): Promise<readonly RawClient[]> {
    return await Promise.all(
        requests.map(async (request) => {
            const client = await RawClient.open();
            await client.send(request);
            return client;
        }),
    );
}

async function ask(path: string) {
    const [client] = await open([get(path, "Connection: close")]);
    return await client!.heard();
}

const untilFull = () => until("every place is taken", async () => (await ask("/hasty.php")).answers[0]?.status === 503);

const untilFree = async () => {
    await until("every place is free", async () => {
        const heard = await Promise.all(ids("free").map(() => ask("/hasty.php")));
        return heard.every(({ answers }) => answers[0]?.status === 200);
    });
    await untilNoticed();
};

/** nginx' one worker takes what happens in its order: it knows of all that was before this. */
const untilNoticed = () => ask("/plain.txt");

/** What another client gets: from PHP, from nginx, and for readiness. */
const beside = async () => ({
    php: await ask("/hasty.php"),
    file: await ask("/plain.txt"),
    ready: await ask("/-/ready"),
});

const ids = (name: string) => Array.from({ length: places }, (_, i) => `${name}-${i}`);

function expectFull({ php, file, ready }: Awaited<ReturnType<typeof beside>>): void {
    expect(php.answers.map(({ status }) => status)).to.deep.equal([503]);
    expect(php.ended).to.equal("FIN");
    expect(told([...file.answers, ...ready.answers])).to.deep.equal(["200 served by nginx itself\n", "200 front"]);
}

export const fullWays: Readonly<Record<string, Way>> = {
    "slow uploads in every place": way(
        async () => {
            const requests = ids("upload").map((id) =>
                postHead(`/work.php?id=${id}`, order.length, "Expect: 100-continue"),
            );
            const clients = await open(requests);
            for (const client of clients) await client.answers(1);
            const meanwhile = await beside();
            const late = await RawClient.open();
            late.stopReading();
            await late.send(
                post("/work.php?id=late", ".".repeat(bodyLimitBytes)) + get("/plain.txt", "Connection: close"),
            );
            late.readOn();
            const refused = await late.heard();
            for (const client of clients) await client.send(order);
            const answers = await Promise.all(clients.map((client) => client.answers(2)));
            for (const client of clients) client.halfClose();
            await untilFree();
            return { meanwhile, refused, answers };
        },
        ({ meanwhile, refused, answers }) => {
            expectFull(meanwhile);
            expect(
                refused.answers.map(({ status }) => status),
                "an upload that is refused, and a request behind it",
            ).to.deep.equal([503, 200]);
            expect(answers.map(told)).to.deep.equal(ids("upload").map((id) => ["100 ", `200 ${worked(id, order)}`]));
        },
    ),

    "answers that nobody reads in every place": way(
        async () => {
            const readers = await open(ids("reader").map(() => get("/large.php", "Connection: close")));
            for (const client of readers) client.stopReading();
            await untilFull();
            const meanwhile = await beside();
            for (const client of readers) client.readOn();
            const heard = await Promise.all(readers.map((client) => client.heard()));
            await untilFree();
            return { meanwhile, heard };
        },
        ({ meanwhile, heard }) => {
            expectFull(meanwhile);
            for (const { answers } of heard) expect(told(answers)).to.deep.equal([`200 ${largeBytes} bytes`]);
        },
    ),

    "clients that go while PHP has their requests, or these wait for it": way(
        async (stage: Stage) => {
            const [first, second, ...others] = ids("left");
            const inService = await open([first!, second!].map((id) => get(`/work.php?id=${id}&gate`)));
            await stage.begun(first!);
            await stage.begun(second!);
            const waiting = await open(others.map((id) => post(`/work.php?id=${id}`, order)));
            await untilFull();
            for (const client of [inService[0]!, waiting[0]!]) client.reset();
            await untilNoticed();
            const meanwhile = await beside();
            for (const id of [first!, second!]) stage.release(id);
            const stay = [inService[1]!, ...waiting.slice(1)];
            const answers = await Promise.all(stay.map((client) => client.answers(1)));
            for (const client of stay) client.halfClose();
            await untilFree();
            return { meanwhile, answers, finished: ids("left").map((id) => stage.isFinished(id)) };
        },
        ({ meanwhile, answers, finished }) => {
            // PHP does their work all the same: who came instead would only wait behind it, and be one too many.
            expectFull(meanwhile);
            const [, second, , ...stay] = ids("left");
            expect(answers.map(told)).to.deep.equal([
                [`200 ${worked(second!)}`],
                ...stay.map((id) => [`200 ${worked(id, order)}`]),
            ]);
            expect(finished).to.deep.equal(ids("left").map(() => true));
        },
    ),
};
