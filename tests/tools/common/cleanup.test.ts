import { expect } from "chai";

import { Cleanup } from "../../../tools/common/cleanup";

describe("what a command undoes when it ends", () => {
    const works = () => {
        const done: string[] = [];
        const cleanup = new Cleanup();
        const add = (what: string) =>
            cleanup.add(what, () => {
                done.push(what);
                return Promise.resolve();
            });
        return { done, cleanup, add };
    };

    it("the last first", async () => {
        const { done, cleanup, add } = works();
        add("proxy");
        add("node");
        expect(await cleanup.run()).to.deep.equal([]);
        expect(done).to.deep.equal(["node", "proxy"]);
    });

    it("once: what an event has undone itself is done", async () => {
        const { done, cleanup, add } = works();
        const uncordon = add("node");
        await uncordon();
        await uncordon();
        await cleanup.run();
        await cleanup.run();
        expect(done).to.deep.equal(["node"]);
    });

    it("all of it, also where a part fails, which it then tells", async () => {
        const { done, cleanup, add } = works();
        add("proxy");
        cleanup.add("uncordon node-1", () => Promise.reject(new Error("no route")));
        expect(await cleanup.run()).to.deep.equal(["uncordon node-1: no route"]);
        expect(done).to.deep.equal(["proxy"]);
    });
});
