import { expect } from "chai";

import { run } from "../../common/commands";

describe("a command that is run to its end", () => {
    it("is ended where it takes too long, with what it has said", async () => {
        const begun = performance.now();
        const message = await run("sh", ["-c", "echo draining; exec sleep 20"], { timeoutSeconds: 0.3 }).catch(
            (error: unknown) => (error as Error).message,
        );
        expect(message).to.equal("sh -c echo draining; exec sleep 20 has not ended after 0.3 s: draining");
        expect(performance.now() - begun).to.be.below(1500);
        expect(await run("echo", ["in time"], { timeoutSeconds: 20 })).to.equal("in time\n");
    });

    it("is ended by the signal", async () => {
        const ending = new AbortController();
        const running = run("sleep", ["20"], { signal: ending.signal }).catch((error: unknown) => error);
        ending.abort();
        expect(await running).to.have.property("name", "AbortError");
    });
});
