import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { cacheKey } from "../../../tools/common/build/cacheKey";
import { buildFlags, goBuildKey } from "../../../tools/common/build/goBuild";
import { parseVersion } from "../../../tools/common/build/onPath";
import { publishedFolder } from "../../../tools/common/build/publish";
import { runLogged } from "../../../tools/common/build/runLogged";
import { atMost } from "../../../tools/lab/toolchain/atMost";
import {
    defaultKubernetes,
    type Group,
    groupOf,
    groups,
    type KubernetesMinor,
    kubernetesMinors,
    kubernetesReleases,
    toolsOf,
} from "../../../tools/lab/toolchain/catalogue";
import { isSuitable } from "../../../tools/lab/toolchain/onPath";
import { repositoryRoot } from "../../../tools/common/paths";

const goMod = (group: Group): string => readFileSync(join(group.moduleFolder, "go.mod"), "utf8");

/** The version that a go.mod asks for. */
const required = (text: string, module: string): string | undefined =>
    new RegExp(`^(?:require|\\t)?\\s*${module.replaceAll(".", "\\.")} (\\S+)`, "m").exec(text)?.[1];

describe("the lab's toolchain", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "toolchain-test-"));
    });
    afterEach(() => {
        rmSync(folder, { recursive: true, force: true });
    });

    describe("the catalogue", () => {
        it("makes each tool in one group", () => {
            for (const minor of kubernetesMinors) {
                const ofOthers = kubernetesMinors
                    .filter((other) => other !== minor)
                    .map((other) => groupOf("kubelet", other));
                const candidates = groups.filter((group) => !ofOthers.includes(group));
                const tools = candidates.flatMap(toolsOf);
                expect(new Set(tools).size).to.equal(tools.length);
                for (const group of candidates)
                    for (const tool of toolsOf(group)) expect(groupOf(tool, minor)).to.equal(group);
            }
        });

        for (const group of groups) {
            it(`builds of ${group.name} what its go.mod pins as tools`, () => {
                const pinned = [...goMod(group).matchAll(/^(?:tool |\t)(\S+\/\S+)$/gm)].map((match) => match[1]);
                const built = Object.values(group.programs).map((program) => program.package);
                expect(built).to.have.members(pinned);
            });
        }

        it("states the versions that go.mod pins", () => {
            const stamps = Object.fromEntries(groups.map((group) => [group.name, Object.values(group.stamps)]));
            const version = (name: string): string | undefined => {
                const group = groups.find((candidate) => candidate.name === name)!;
                return required(goMod(group), group.module);
            };
            for (const minor of kubernetesMinors) {
                expect(stamps[`kubernetes-${minor}`]).to.include(version(`kubernetes-${minor}`));
                expect(kubernetesReleases[minor].startsWith(`${minor}.`)).to.equal(true);
            }
            expect(stamps["pulumi"]).to.deep.equal([version("pulumi")]);
            expect(stamps["metrics-server"]).to.include(version("metrics-server"));
            expect(stamps["envoy-gateway"]).to.deep.equal([version("envoy-gateway")]);
            expect(stamps["keda"]).to.deep.equal([version("keda")]);
            expect(version("keda-definitions")).to.equal(version("keda"));
            for (const name of ["kube-state-metrics", "prometheus-operator"]) {
                expect(
                    stamps[name]?.map((each) => `v${each}`),
                    name,
                ).to.deep.equal([version(name)]);
            }
            expect(version("ingress-nginx")).to.match(/-52c50467d67d$/);
            expect(version("kubernetes-provider")).to.match(/-f47bc2d6f199$/);
        });

        it("has the Pulumi CLI of the SDK's version", () => {
            const { dependencies } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
                dependencies: Record<string, string>;
            };
            expect(buildFlags(groupOf("pulumi")).join(" ")).to.include(
                `version.Version=v${dependencies["@pulumi/pulumi"]}`,
            );
        });

        it("inlines all but what no other build compiles", () => {
            const flags = buildFlags(groupOf("pulumi-resource-kubernetes"));
            expect(flags.filter((flag) => flag.startsWith("-gcflags="))).to.deep.equal([
                "-gcflags=all=-dwarf=false",
                "-gcflags=github.com/pulumi/pulumi-kubernetes/sdk/v4/...=-dwarf=false -l",
            ]);
            const modules = (group: Group) =>
                [...goMod(group).matchAll(/^\t(\S+\.\S+) v/gm)].map(([, module]) => module);
            for (const group of groups) {
                for (const pattern of group.notInlined ?? []) {
                    const start = pattern.replace(/\.\.\.$/, "");
                    const having = groups.filter((other) =>
                        modules(other).some((module) => `${module}/`.startsWith(start)),
                    );
                    expect(having, pattern).to.include(group);
                    expect(having, pattern).to.not.include(groupOf("kubelet"));
                }
            }
        });

        it("takes every part of Kubernetes from the same release, and the HPA controller from the default one", () => {
            const parts: readonly (readonly [Group, KubernetesMinor])[] = [
                ...kubernetesMinors.map((minor) => [groupOf("kubelet", minor), minor] as const),
                [groupOf("hpa-oracle"), defaultKubernetes],
            ];
            for (const [group, minor] of parts) {
                const text = goMod(group);
                const release = required(text, "k8s.io/kubernetes")!;
                expect(release, group.name).to.equal(`v${kubernetesReleases[minor]}`);
                const replacements = [...text.matchAll(/^\t\S+ => (\S+) (\S+)$/gm)];
                expect(replacements.length).to.be.greaterThan(25);
                for (const [, module, replaced] of replacements) {
                    expect(replaced, `${group.name}: ${module}`).to.equal(release.replace(/^v1\./, "v0."));
                }
            }
        });
    });

    describe("what runs beside Kubernetes", () => {
        const versions = (group: Group) => {
            const [required = ""] = goMod(group).split("\nexclude (");
            return new Map(
                [...required.matchAll(/^\t(\S+\.\S+) (v\S+)/gm)].map(([, module = "", version]) => [module, version]),
            );
        };
        /** With the modules that they do not compile with at Kubernetes' version. */
        const sharing = [
            { name: "coredns", exceptions: [] },
            { name: "metrics-server", exceptions: [] },
            // process-exporter's.
            { name: "ingress-nginx-controller", exceptions: ["github.com/prometheus/procfs"] },
            // containerd's NRI's.
            { name: "kube-network-policies", exceptions: ["github.com/opencontainers/runtime-spec"] },
        ] as const;

        for (const { name, exceptions } of sharing) {
            it(`${name} is of the modules of the default Kubernetes, which are compiled anyway`, () => {
                const ofKubernetes = versions(groupOf("kubelet"));
                const shared = [...versions(groupOf(name))].filter(([module]) => ofKubernetes.has(module));
                expect(shared.map(([module]) => module)).to.include.members(["k8s.io/client-go", "k8s.io/api"]);
                const others = shared.filter(([module, version]) => ofKubernetes.get(module) !== version);
                expect(others.map(([module]) => module)).to.deep.equal(exceptions);
            });
        }
    });

    describe("what is on PATH", () => {
        it("is taken where its version suits", () => {
            expect(isSuitable("pulumi", "v3.259.0", "1.37")).to.equal(true);
            expect(isSuitable("pulumi", "v3.300.1", "1.37")).to.equal(true);
            const kubectl = "Client Version: v1.36.1\nKustomize Version: v5.7.1";
            for (const kubernetes of ["1.35", "1.36", "1.37"] as const) {
                expect(isSuitable("kubectl", kubectl, kubernetes)).to.equal(true);
            }
        });

        it("is left where it does not", () => {
            expect(isSuitable("pulumi", "v3.258.0", "1.37")).to.equal(false);
            expect(isSuitable("pulumi", "v4.0.0", "1.37")).to.equal(false);
            expect(isSuitable("kubectl", "Client Version: v1.35.4-dispatcher", "1.37")).to.equal(false);
            expect(isSuitable("kubectl", "Client Version: v1.39.0", "1.37")).to.equal(false);
            expect(isSuitable("kubectl", "Client Version: v1.37.2", "1.35")).to.equal(false);
            expect(isSuitable("pulumi", "command not understood", "1.37")).to.equal(false);
            // The lab's own matter: whatever the machine has, etcd is the pinned one.
            expect(isSuitable("etcd", "etcd Version: 3.6.4", "1.37")).to.equal(false);
        });

        it("has its version read from the middle of a line", () => {
            expect(parseVersion("Client Version: v1.34.4\n")).to.deep.equal([1, 34, 4]);
            expect(parseVersion("3.259.0-dev")).to.deep.equal([3, 259, 0]);
            expect(parseVersion("none")).to.equal(undefined);
        });
    });

    describe("the cache", () => {
        it("has other names for other ingredients", () => {
            expect(cacheKey("a", { b: 1 })).to.match(/^[0-9a-f]{16}$/);
            const keys = [
                cacheKey("a", "b"),
                cacheKey("ab"),
                cacheKey("ab", ""),
                cacheKey("a", { b: 1 }),
                cacheKey("a"),
            ];
            expect(new Set(keys).size).to.equal(keys.length);
        });

        it("has another name for a group whose flags or packages change", async () => {
            const group = groupOf("metrics-server");
            const retitled: Group = { ...group, title: "another title" };
            const keys = await Promise.all([
                goBuildKey(group),
                goBuildKey({ ...group, stamps: { ...group.stamps, "example.Version": "v1" } }),
                goBuildKey({ ...group, folders: { "ingress-nginx-chart": "charts" } }),
                goBuildKey({ ...group, tags: ["a"] }),
                goBuildKey({ ...group, notInlined: ["example.com/..."] }),
                // The title is no ingredient.
                goBuildKey(retitled),
            ]);
            expect(new Set(keys).size).to.equal(5);
            expect(keys[5]).to.equal(keys[0]);
        });

        it("has another name for a group whose own Go files change", async () => {
            const group = groupOf("hpa-oracle");
            for (const name of ["go.mod", "go.sum", "main.go"]) writeFileSync(join(folder, name), name);
            const before = await goBuildKey({ ...group, moduleFolder: folder });
            expect(await goBuildKey({ ...group, moduleFolder: folder })).to.equal(before);
            writeFileSync(join(folder, "main.go"), "changed");
            expect(await goBuildKey({ ...group, moduleFolder: folder })).to.not.equal(before);
        });

        it("shows a folder only when it is whole, and clears away what a failed or a killed run left", async () => {
            const target = join(folder, "tool-1");
            mkdirSync(join(folder, ".tool-1.partial/of-a-killed-run"), { recursive: true });
            let error: unknown;
            await publishedFolder(target, (partial) => {
                expect(readdirSync(partial)).to.deep.equal([]);
                writeFileSync(join(partial, "half"), "");
                return Promise.reject(new Error("interrupted"));
            }).catch((caught: unknown) => {
                error = caught;
            });
            expect(error).to.have.property("message", "interrupted");
            expect(readdirSync(folder)).to.deep.equal([".tool-1.lock"]);
            await publishedFolder(target, (partial) => {
                writeFileSync(join(partial, "whole"), "");
                return Promise.resolve();
            });
            expect(readdirSync(target)).to.deep.equal(["whole"]);
        });

        it("is filled once when two ask at the same time", async () => {
            let fills = 0;
            const ask = (): Promise<boolean> =>
                publishedFolder(join(folder, "tool-2"), () => {
                    fills++;
                    return new Promise((resolve) => setTimeout(resolve, 50));
                });
            const made = await Promise.all([ask(), ask(), ask()]);
            expect(fills).to.equal(1);
            expect(made.filter(Boolean)).to.have.length(1);
        });
    });

    it("runs so many at a time, in order, past one that fails", async () => {
        const inTurn = atMost(2);
        const events: string[] = [];
        let running = 0;
        let most = 0;
        const work = (name: string, fails = false) =>
            inTurn(async () => {
                most = Math.max(most, ++running);
                events.push(name);
                await new Promise((resolve) => setTimeout(resolve, 5));
                running--;
                if (fails) throw new Error(name);
            });
        const results = await Promise.allSettled([work("a"), work("b", true), work("c"), work("d"), work("e")]);
        expect(events).to.deep.equal(["a", "b", "c", "d", "e"]);
        expect(most).to.equal(2);
        expect(results.map(({ status }) => status)).to.deep.equal([
            "fulfilled",
            "rejected",
            "fulfilled",
            "fulfilled",
            "fulfilled",
        ]);
    });

    it("says of a failed build how it ended, where its log is, and the log's end", async () => {
        const logPath = join(folder, "build.log");
        let message = "";
        await runLogged(["sh", "-c", "seq 1 30; echo no space left >&2; exit 3"], {
            cwd: folder,
            env: {},
            logPath,
        }).catch((error: unknown) => {
            message = (error as Error).message;
        });
        expect(message).to.include("ended with 3");
        expect(message).to.include(logPath);
        expect(message).to.include("\n30\nno space left");
        expect(message).to.not.include("\n5\n");
    });
});
