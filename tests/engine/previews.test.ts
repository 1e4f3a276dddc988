/** The repository's own stacks, previewed by the real engine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { parse } from "yaml";

import { repositoryRoot } from "../../tools/common/paths";
import { main } from "../../tools/preview/cli";
import { identities, recordingOf } from "../helpers/stacks";
import { Engine, type Stack } from "./engine";

const repositoryStack = (name: string) => {
    const { config } = parse(readFileSync(join(repositoryRoot, `Pulumi.${name}.yaml`), "utf8")) as {
        readonly config: Readonly<Record<string, object>>;
    };
    return Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key.replace("php-web-service:", ""), value]),
    );
};

describe("the stacks in the real engine", function () {
    this.timeout(120_000);
    let engine: Engine;

    before(async function () {
        // Tools that are not in the cache are built.
        this.timeout(900_000);
        engine = await Engine.start();
    });

    after(() => engine.stop());

    for (const name of ["dev", "prod"] as const) {
        describe(name, () => {
            let stack: Stack;

            before(async () => {
                const settings = repositoryStack(name);
                const { chart } = engine;
                stack = await engine.stack(name, {
                    ...settings,
                    ingressController: { ...settings["ingressController"], chart },
                });
            });

            it("is previewed with every resource that the renderer knows of it, and nothing else", async () => {
                const steps = await stack.preview();
                expect(new Set(steps.map(({ op }) => op))).to.deep.equal(new Set(["create"]));
                const previewed = steps.map(({ resource }) => resource).filter((one) => !one.startsWith("pulumi:"));
                const recorded = identities(await recordingOf(name)).filter((one) => !one.startsWith("pulumi:"));
                // The renderer knows no engine, which is what asks the component for its Release.
                const release = "kubernetes:helm.sh/v3:Release ingress-nginx-helm";
                expect(previewed.sort()).to.deep.equal([...new Set([...recorded, release])].sort());
            });

            it("is clean by the policy pack", async () => {
                const { code, stdout } = await stack.run("preview", "--policy-pack", "policy");
                expect(code, stdout).to.equal(0);
                expect(stdout).to.match(/✅ zero-loss/);
                expect(stdout).to.not.match(/\[(mandatory|advisory)\]/);
            });

            it("is reviewed from the engine's own preview", async () => {
                let text = "";
                const streams = { out: (part: string) => (text += part), err: (part: string) => (text += part) };
                const code = await main(["--stack", name], stack.reviewContext, streams);
                expect(code, text).to.equal(0);
                expect(text).to.match(new RegExp(`^# Stack ${name}\n`));
                expect(text).to.not.include("Without an engine");
                expect(text).to.include("Deployment");
            });
        });
    }

    it("do not go on where a program breaks mandatory policies", async () => {
        const stack = await engine.stack("broken", {}, join(repositoryRoot, "tests/engine/broken"));
        const output = await stack.fail("preview", "--policy-pack", join(repositoryRoot, "policy"));
        expect(output)
            .to.match(/\[mandatory\].*images-pinned/)
            .and.to.include("latest");
        expect(output).to.match(/\[mandatory\].*autoscaler-owns-replicas/);
    });
});
