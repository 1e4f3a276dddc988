import { expect } from "chai";

import { during, TerminalProgress } from "../../../tools/lab/progress";

/** A stream, and a clock that is set by hand. */
function recorded(isTTY: boolean) {
    const written: string[] = [];
    const clock = { seconds: 0 };
    const stream = { isTTY, columns: 60, write: (text: string) => written.push(text) };
    const progress = new TerminalProgress(stream, () => clock.seconds);
    return { progress, clock, written };
}

describe("progress", () => {
    it("prints a line for each step at its end, with its seconds and what came of it", () => {
        const { progress, clock, written } = recorded(false);
        const build = progress.step("build", 30);
        const images = progress.step("images");
        clock.seconds = 1.25;
        images.done("5 images");
        clock.seconds = 31;
        build.fail(new Error("no compiler\nInstall one."));
        expect(written).to.deep.equal([
            "✓ images                                          1.3 s  5 images\n",
            "✗ build                                          31.0 s  no compiler; see below.\n",
        ]);
    });

    it("ends a step once", () => {
        const { progress, written } = recorded(false);
        const step = progress.step("build");
        step.done();
        step.fail(new Error("too late"));
        expect(written).to.have.length(1);
    });

    it("indents notes", () => {
        const { progress, written } = recorded(false);
        progress.note("one\ntwo\n");
        expect(written.join("")).to.equal("  one\n  two\n");
    });

    it("keeps one line on a terminal for what runs, no longer than the terminal is wide", () => {
        const { progress, written } = recorded(true);
        const first = progress.step("first", 10);
        expect(written.at(-1)).to.equal("… first: 0 s of about 10 s");
        const second = progress.step("a second one with quite a long name");
        expect(written.at(-1)).to.have.length(59);
        first.done();
        // Cleared, the finished step as a line, and what still runs again.
        expect(written.slice(-3)[0]).to.equal("\r\u001b[K");
        expect(written.slice(-3)[1]).to.match(/^✓ first/);
        expect(written.at(-1)).to.equal("… a second one with quite a long name: 0 s");
        second.done();
        expect(written.at(-1)).to.match(/^✓ a second one/);
    });

    it("ends a step as its work ends, and hands on what the work returns or throws", async () => {
        const { progress, written } = recorded(false);
        expect(
            await during(
                progress,
                "add",
                1,
                () => Promise.resolve(3),
                (sum) => `${sum} in all`,
            ),
        ).to.equal(3);
        const failure = new Error("overflow");
        const caught = await during(progress, "multiply", 1, () => Promise.reject(failure)).catch(
            (error: unknown) => error,
        );
        expect(caught).to.equal(failure);
        expect(written.map((line) => line.trimEnd().replace(/ +/g, " "))).to.deep.equal([
            "✓ add 0.0 s 3 in all",
            "✗ multiply 0.0 s overflow",
        ]);
    });
});
