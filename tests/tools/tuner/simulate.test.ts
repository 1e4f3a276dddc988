import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { repositoryRoot } from "../../../tools/common/paths";
import { parseScenarios } from "../../../tools/tuner/scenarios/read";
import { spawned } from "../../helpers/spawned";

const scenario = {
    name: "one",
    spec: { minReplicas: 3, maxReplicas: 24 },
    replicas: 3,
    template: { containers: { app: { requests: { cpu: "100m" }, usage: { cpu: "200m" } } } },
    ticks: [{ elapsed: 15, pods: [{ count: -1 }] }],
};

describe("npm run simulate", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "simulate-test-"));
    });
    after(() => {
        rmSync(folder, { recursive: true });
    });
    const simulate = (...args: readonly string[]) =>
        spawned(
            join(repositoryRoot, "node_modules/.bin/tsx"),
            join(repositoryRoot, "tools/tuner/scenarios/cli.ts"),
            ...args,
        );

    it("prints one line per tick", async () => {
        const path = join(folder, "good.ndjson");
        writeFileSync(path, `\n${JSON.stringify(scenario)}\n`);
        const { code, stdout, stderr } = await simulate("--scenarios", path);
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
        expect(stdout).to.equal(
            '{"scenario":"one","tick":0,"t":15,"current":3,"raw":8,"metric":"cpu resource utilization (percentage of request)",' +
                '"replicas":6,"rescaled":true,"conditions":{"AbleToScale":"True/SucceededRescale","ScaledToZero":"False/NotScaledToZero",' +
                '"ScalingActive":"True/ValidMetricFound","ScalingLimited":"True/ScaleUpLimit"}}\n',
        );
    });

    it("ends with 2 and says what is wrong with a file, and where", async () => {
        const path = join(folder, "bad.ndjson");
        writeFileSync(path, `${JSON.stringify(scenario)}\n${JSON.stringify({ ...scenario, replicas: "3" })}\n`);
        const { code, stdout, stderr } = await simulate("--scenarios", path);
        expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
        expect(stderr).to.equal(`${path}:2: replicas has to be a whole number from 0 to 2147483647, such as 3.\n`);
    });

    it("ends with 2 where there is no file, or none is named", async () => {
        const missing = await simulate("--scenarios", join(folder, "missing.ndjson"));
        expect(missing.code).to.equal(2);
        expect(missing.stderr).to.match(/missing\.ndjson cannot be read: ENOENT.*--scenarios names a file/);
        const unnamed = await simulate();
        expect(unnamed.code).to.equal(2);
        expect(unnamed.stderr).to.match(/^Which scenarios\?[^]*Usage: npm run -s simulate/);
        const unknown = await simulate("--scenario", "x");
        expect(unknown.code).to.equal(2);
        expect(unknown.stderr).to.match(/'--scenario'[^]*Usage:/);
    });

    describe("says of a scenario", () => {
        const message = (content: string): string => {
            try {
                parseScenarios(content, "f");
            } catch (error) {
                return (error as Error).message;
            }
            return "";
        };
        const changed = (change: object) => message(JSON.stringify({ ...scenario, ...change }));
        const tick = (change: object) => changed({ ticks: [{ elapsed: 15, ...change }] });

        const refused: Readonly<Record<string, readonly [actual: string, expected: RegExp]>> = {
            "that it is no JSON": [message('{"name":'), /^f:1: is no JSON \(.*\)\. Write one object a line/],
            "that the file is empty": [
                message("\n"),
                /^f: there is no scenario in it\. Write one JSON object a line\.$/,
            ],
            "what it does not know": [
                changed({ tick: [] }),
                /^f:1: the scenario has "tick", which the format does not know\. .*docs\/hpa-scenarios\.md/,
            ],
            "what a pod does not know": [
                tick({ pods: [{ redy: "True" }] }),
                /^f:1: ticks\[0\]\.pods\[0\] has "redy", which/,
            ],
            "which value has to be another": [
                tick({ pods: [{ ready: "true" }] }),
                /^f:1: ticks\[0\]\.pods\[0\]\.ready has to be one of True, False, Unknown, none\.$/,
            ],
            "that a quantity is none": [
                tick({ load: { app: { cpu: "1 core" } } }),
                /^f:1: ticks\[0\]\.load\.app\.cpu has to be a Kubernetes quantity, such as "250m"/,
            ],
            "what is missing": [changed({ spec: undefined }), /^f:1: spec is missing or no object\.$/],
            "that time does not run backwards": [
                tick({ elapsed: -1 }),
                /^f:1: ticks\[0\]\.elapsed has to be a number of seconds, not below 0, such as 15\.$/,
            ],
            "which type of metric there is not": [
                changed({ spec: { maxReplicas: 3, metrics: [{ type: "Cpu" }] } }),
                /^f:1: spec\.metrics\[0\]\.type has to be one of Resource, ContainerResource, Pods, Object, External\.$/,
            ],
            "that it has no ticks": [changed({ ticks: [] }), /^f:1: ticks has to hold at least one tick\.$/],
            "that no pod is called so": [
                tick({ pods: [{ name: "old" }], podsMetrics: { rate: { young: "1" } } }),
                /^f:1: ticks\[0\]\.podsMetrics\.rate has a value for "young", and no pod .* Its pods: old\.$/,
            ],
            "that no container is called so": [
                tick({ load: { php: { cpu: "1" } } }),
                /^f:1: ticks\[0\]\.load is on "php", and no pod .* Its containers: app\.$/,
            ],
        };
        for (const [title, [actual, expected]] of Object.entries(refused)) {
            it(title, () => {
                expect(actual).to.match(expected);
            });
        }
    });
});
