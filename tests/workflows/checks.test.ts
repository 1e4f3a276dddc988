import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { parse, parseDocument } from "yaml";

import { repositoryRoot } from "../../tools/common/paths";
import { readArguments } from "../../tools/drill/arguments";
import { at, listAt, objectAt, textAt } from "../../tools/preview/values";
import { recordingOfText } from "../helpers/stacks";

const read = (...path: readonly string[]) => readFileSync(join(repositoryRoot, ...path), "utf8");

describe("the workflow that checks every push", () => {
    const jobs = objectAt(parse(read(".github", "workflows", "checks.yaml")), "jobs");
    const scripts = (job: string) => listAt(jobs, job, "steps").flatMap((step) => textAt(step, "run") ?? []);

    it("runs every layer of tests that needs no lab", () => {
        const goals = [...read("Makefile").matchAll(/^test-(\w+): install/gm)].map(([, layer]) => layer);
        expect([
            ...listAt(jobs, "test", "strategy", "matrix", "layer"),
            "cluster",
            "applications",
            "autoscaling",
            "machine",
        ]).to.deep.equal(goals);
        expect(scripts("test")).to.include('make "test-$LAYER"');
        expect(at(jobs, "test", "env", "LAYER")).to.equal("${{ matrix.layer }}");
    });

    it("needs no root, but to let users do what Debian lets them", () => {
        const asRoot = Object.keys(jobs)
            .flatMap(scripts)
            .filter((script) => script.includes("sudo"));
        expect(asRoot).to.deep.equal(["sudo sysctl --write kernel.apparmor_restrict_unprivileged_userns=0"]);
    });

    describe("on kind", () => {
        const find = (pattern: RegExp) => {
            const [script = ""] = scripts("cluster").filter((each) => pattern.test(each));
            expect(script, String(pattern)).to.match(pattern);
            return script;
        };
        const stackFile = read("Pulumi.dev.yaml");

        it("has one known version of Kubernetes", () => {
            expect(find(/^kind create cluster /)).to.match(/ --image kindest\/node:v1\.\d+\.\d+@sha256:[0-9a-f]{64}$/);
        });

        it("makes the settings that tools/lab/README.md tells of, and the program takes them", async () => {
            const settings = [...find(/pulumi config/).matchAll(/^pulumi config set --path (\w+)\.(\w+) (\w+)$/gm)];
            expect(settings).to.have.length(2);
            const document = parseDocument(stackFile);
            for (const [, section = "", key = "", value = ""] of settings) {
                document.setIn(["config", `php-web-service:${section}`, key], parse(value));
                const readme = read("tools", "lab", "README.md").replaceAll(/\s+/g, " ");
                expect(readme).to.include(`\`${key}: ${value}\` below \`php-web-service:${section}\``);
            }
            const { resources } = await recordingOfText(String(document), "dev");
            expect(JSON.stringify(resources)).to.include('"type":"NodePort"').and.include("pulumi.com/skipAwait");
        });

        it("drills the stack that was brought there, by its host, and keeps the report", () => {
            const stack = /^make up CONTEXT=kind-kind STACK=(\w+)$/.exec(find(/^make up/))?.[1];
            expect(stack).to.equal("dev");
            const host = at(parse(stackFile), "config", "php-web-service:web", "host");
            expect(find(/curl/)).to.include(`'Host: ${String(host)}'`);
            const words = find(/drill\/cli\.ts/)
                .replace('"$SERVICE_URL"', "http://172.18.0.2:30080/")
                .split(/\s+/);
            const options = readArguments(words.slice(words.indexOf("tools/drill/cli.ts") + 1));
            expect(options).to.include({ stack, context: "kind-kind", isAgreed: true });
            expect(at(listAt(jobs, "cluster", "steps").at(-1), "with", "path")).to.equal(options.outFolder);
        });
    });
});
