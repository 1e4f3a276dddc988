import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

import { expect } from "chai";

import { processesWith } from "../../../tools/lab/cluster/processes";
import { endPlugins } from "../../../tools/lab/engine";

describe("plugins that an engine has left when it was killed", () => {
    const home = `/tmp/of-test-${process.pid}`;
    const children: ChildProcess[] = [];

    /** What calls itself so, and runs for a minute. */
    const started = async (name: string, pulumiHome: string) => {
        const child = spawn("sleep", ["60"], { argv0: name, env: { PULUMI_HOME: pulumiHome }, stdio: "ignore" });
        children.push(child);
        await once(child, "spawn");
        return child;
    };

    afterEach(() => {
        for (const child of children.splice(0)) child.kill("SIGKILL");
    });

    it("are ended, and nothing else of the lab and nobody else's", async () => {
        const left = await started("/lab/pulumi-resource-kubernetes", home);
        const others = [await started("pulumi", home), await started("pulumi-resource-kubernetes", `${home}-other`)];
        expect(processesWith("PULUMI_HOME", home).map(({ name }) => name)).to.have.members([
            "pulumi-resource-kubernetes",
            "pulumi",
        ]);
        const ended = once(left, "exit");
        endPlugins(home);
        expect(await ended).to.deep.equal([null, "SIGKILL"]);
        for (const other of others) {
            expect(other.exitCode).to.equal(null);
            expect(other.signalCode).to.equal(null);
        }
    });
});
