import { expect } from "chai";

import { sleep } from "../../../tools/common/commands";
import { told, until } from "../../../tools/common/until";

const messageOf = (work: Promise<unknown>) =>
    work.then(
        () => "done",
        (error: unknown) => (error as Error).message,
    );

describe("waiting", () => {
    it("returns what it waited for, as soon as it is there", async () => {
        let looks = 0;
        const found = await until(() => Promise.resolve(++looks > 2 && `look ${looks}`), {
            seconds: 5,
            pollMilliseconds: 1,
            pending: () => "nothing",
        });
        expect(found).to.equal("look 3");
    });

    it("ends after its time, with what is pending then", async () => {
        let ready = 0;
        const waiting = until(() => ++ready < 0, {
            seconds: 0.05,
            pollMilliseconds: 1,
            pending: () => `pods to be ready (${ready > 1 ? "some" : "one"})`,
        });
        expect(await messageOf(waiting)).to.equal("After 0.05 s still waiting for pods to be ready (some).");
    });

    it("ends with the signal's reason at once, also in the middle of a long pause", async () => {
        const ending = new AbortController();
        const waiting = until(() => false, {
            seconds: 60,
            pollMilliseconds: 30_000,
            pending: () => "nothing",
            signal: ending.signal,
        });
        const begun = performance.now();
        setTimeout(() => {
            ending.abort(new Error("Ctrl-C"));
        }, 20);
        expect(await messageOf(waiting)).to.equal("Ctrl-C");
        expect(performance.now() - begun).to.be.below(1500);
    });

    it("is told of again and again, with what is pending, until it ends", async () => {
        const said: string[] = [];
        let pending = "the rollout";
        const work = async () => {
            await sleep(0.07);
            pending = "the last pods";
            await sleep(0.07);
            throw new Error("failed");
        };
        expect(
            await messageOf(
                told(
                    work(),
                    () => pending,
                    (line) => said.push(line),
                    0.05,
                ),
            ),
        ).to.equal("failed");
        const lines = said.length;
        expect(said).to.deep.equal(["  0 s: waiting for the rollout", "  0 s: waiting for the last pods"]);
        await sleep(0.08);
        expect(said.length).to.equal(lines);
    });
});
