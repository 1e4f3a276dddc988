import { expect } from "chai";

import { inTurn } from "../../../tools/bench/throughput/rounds";

describe("measuring in turn", () => {
    const subjects = (measured: string[], after: () => void = () => undefined) =>
        ["pod", "host"].map((name) => ({
            name,
            measure: () => {
                measured.push(name);
                after();
                return Promise.resolve(measured.length);
            },
        }));

    it("measures each once a round, every other round backwards", async () => {
        const measured: string[] = [];
        const samples = await inTurn(subjects(measured), 3, new AbortController().signal);
        expect(measured).to.deep.equal(["pod", "host", "host", "pod", "pod", "host"]);
        expect(Object.fromEntries(samples)).to.deep.equal({ pod: [1, 4, 5], host: [2, 3, 6] });
    });

    it("measures nothing more once it is interrupted", async () => {
        const measured: string[] = [];
        const interruption = new AbortController();
        const interrupt = () => {
            interruption.abort(new Error("Ctrl-C"));
        };
        const error: unknown = await inTurn(subjects(measured, interrupt), 3, interruption.signal).catch(
            (reason: unknown) => reason,
        );
        expect(error).to.have.property("message", "Ctrl-C");
        expect(measured).to.deep.equal(["pod"]);
    });
});
