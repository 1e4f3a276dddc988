import { join } from "node:path";

import { expect } from "chai";

import { fromYaml } from "../../../tools/render/manifests";
import { render } from "../../../tools/render/render";
import { repositoryRoot } from "../../../tools/common/paths";
import { spawned } from "../../helpers/spawned";
import { recordingOf } from "../../helpers/stacks";

const cli = (...args: readonly string[]) =>
    spawned(process.execPath, "--import", "tsx", join(repositoryRoot, "tools/render/cli.ts"), ...args);

describe("npm run -s render", () => {
    // All at once: most of their time is the start of Node.
    const all = cli("--stack", "prod");
    const kubernetesOnly = cli("--stack", "prod", "--kubernetes-only");
    const refused = (name: string) => ["--stack", "prod", "--config-file", join(repositoryRoot, "tests/refused", name)];
    const wrong = [
        { ended: cli(), code: 2, message: "Usage:" },
        { ended: cli(...refused("unknown-key.yaml")), code: 1, message: "Pulumi.prod.yaml has 1 problem" },
        { ended: cli(...refused("several-kinds-at-once.yaml")), code: 1, message: "Pulumi.prod.yaml has" },
        {
            ended: cli("--stack", "prod", "--config-file", join(repositoryRoot, "Makefile")),
            code: 2,
            message: "Makefile: line ",
        },
        { ended: cli("--stack", "nowhere"), code: 2, message: "there is no Pulumi.nowhere.yaml" },
        { ended: cli("--stak", "prod"), code: 2, message: "--stak" },
    ];

    it("prints every object of a stack as YAML that reads back as it was", async () => {
        const { code, stdout } = await all;
        expect(code).to.equal(0);
        expect(fromYaml(stdout)).to.deep.equal(render(await recordingOf("prod")));
    });

    it("leaves out what kubectl would not take", async () => {
        const kinds = fromYaml((await all).stdout).map(({ kind }) => kind);
        const some = fromYaml((await kubernetesOnly).stdout).map(({ kind }) => kind);
        expect(some).to.deep.equal(kinds.filter((kind) => kind !== "IngressController"));
        expect(some).to.have.length(kinds.length - 1);
    });

    it("ends in peace where nobody reads to the end, as with head", async () => {
        const command = [process.execPath, "--import", "tsx", join(repositoryRoot, "tools/render/cli.ts")].join(" ");
        const { code, stderr } = await spawned("bash", "-c", `set -o pipefail; ${command} --stack prod | true`);
        expect([code, stderr]).to.deep.equal([0, ""]);
    });

    it("says what is wrong without a stack trace", async () => {
        for (const { ended, code, message } of wrong) {
            const { code: actual, stdout, stderr } = await ended;
            expect(actual, stderr).to.equal(code);
            expect(stderr).to.include(message).and.not.include("    at ");
            expect(stdout).to.equal("");
        }
    });
});
