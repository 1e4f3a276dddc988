import { expect } from "chai";

import { sleep } from "../../../tools/common/commands";
import { together } from "../../../tools/common/together";

/** Goes on until the signal ends it, and some time after that. */
async function patient(signal: AbortSignal, onEnd: () => void): Promise<never> {
    while (!signal.aborted) await sleep(0.005);
    await sleep(0.03);
    onEnd();
    throw signal.reason;
}

const messageOf = (work: Promise<unknown>) =>
    work.then(
        () => "no error",
        (error: unknown) => (error as Error).message,
    );

describe("works side by side", () => {
    it("return what each returns", async () => {
        const [one, two] = await together(() => [Promise.resolve(1), Promise.resolve("two")]);
        expect([one, two]).to.deep.equal([1, "two"]);
    });

    it("end with the first failure, which comes after the end of them all", async () => {
        const ended: string[] = [];
        const message = await messageOf(
            together((signal) => [
                patient(signal, () => ended.push("first")),
                sleep(0.01).then(() => {
                    throw new Error("no space left");
                }),
                patient(signal, () => ended.push("third")),
            ]),
        );
        expect(message).to.equal("no space left");
        expect(ended).to.have.members(["first", "third"]);
    });

    it("tell those that are ended that it is not their fault", async () => {
        let reason = "";
        await messageOf(
            together((signal) => [
                patient(signal, () => (reason = (signal.reason as Error).message)),
                Promise.reject(new Error("no space left")),
            ]),
        );
        expect(reason).to.equal("stopped, since something beside it has failed");
    });

    it("end where the caller is ended", async () => {
        const caller = new AbortController();
        const works = messageOf(together((signal) => [patient(signal, () => undefined)], caller.signal));
        caller.abort(new Error("Ctrl-C"));
        expect(await works).to.equal("Ctrl-C");
    });

    it("are not begun where the caller was ended before", async () => {
        let isBegun = false;
        const begin = () => {
            isBegun = true;
            return [];
        };
        expect(await messageOf(together(begin, AbortSignal.abort(new Error("Ctrl-C"))))).to.equal("Ctrl-C");
        expect(isBegun).to.equal(false);
    });
});
