/**
 * The two commands of the README on a machine as its installer leaves it: nothing is loaded that nobody asked for, and
 * nothing is done by hand. It takes modules and firewall of the machine into its hands, and so it runs in an emulated one.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { expect } from "chai";

import { run, sleep } from "../../tools/common/commands";
import { Lab, type Answer } from "../cluster/lab";

const bridgeSettings = "/proc/sys/net/bridge";

interface Ending {
    readonly code: number | null;
    readonly output: string;
    /** Since the text was printed; Infinity where none was. */
    readonly secondsSince: (text: string) => number;
}

/** A command of the README, with its output for whoever watches. */
function make(...args: readonly string[]): Promise<Ending> {
    return new Promise((resolve, reject) => {
        const child = spawn("make", [...args], { stdio: ["ignore", "pipe", "pipe"] });
        let output = "";
        const printed: { readonly text: string; readonly at: number }[] = [];
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding("utf8").on("data", (text: string) => {
                output += text;
                printed.push({ text, at: performance.now() });
                process.stdout.write(text);
            });
        }
        child.on("error", reject);
        child.on("close", (code) => {
            const ended = performance.now();
            const secondsSince = (begin: string) =>
                (ended - (printed.find(({ text }) => text.includes(begin))?.at ?? -Infinity)) / 1000;
            resolve({ code, output, secondsSince });
        });
    });
}

/** What a lab could leave behind, by kind. */
async function traces(): Promise<Readonly<Record<string, string>>> {
    const lines = (text: string) => text.split("\n").sort().join("\n");
    const commands = (await run("ps", ["-e", "-o", "comm="])).split("\n");
    return {
        links: lines((await run("ip", ["-oneline", "link"])).replaceAll(/^\d+: /gm, "")),
        routes: lines(await run("ip", ["route"])),
        mounts: lines(await run("findmnt", ["--noheadings", "--raw", "--output", "TARGET,SOURCE,FSTYPE"])),
        firewall: await run("nft", ["list", "ruleset"]),
        controlGroups: lines(await run("find", ["/sys/fs/cgroup", "-maxdepth", "1", "-type", "d"])),
        controllers: readFileSync("/sys/fs/cgroup/cgroup.subtree_control", "utf8"),
        profiles: lines(readFileSync("/sys/kernel/security/apparmor/profiles", "utf8")),
        processes: ["etcd", "kube", "containerd", "haproxy", "nginx", "php-fpm", "pulumi", "conmon", "runc"]
            .flatMap((name) => commands.filter((command) => command.startsWith(name)))
            .join("\n"),
        files: readdirSync("/var/lib").sort().join("\n"),
    };
}

describe("on an ordinary machine", function () {
    this.timeout(1_800_000);
    it("a kernel without a module that nodes need is told in one sentence with its remedy, and nothing is begun", async () => {
        const barrier = "/etc/modprobe.d/no-br-netfilter.conf";
        expect(existsSync(bridgeSettings), "br_netfilter is loaded already").to.equal(false);
        const tracesBefore = await traces();
        writeFileSync(barrier, "install br_netfilter /bin/false\n");
        const { code, output } = await make("up");
        rmSync(barrier);
        expect(code).to.equal(2);
        expect(output).to.match(
            /The kernel refuses nodes a firewall for what crosses a bridge: .*modprobe br_netfilter;/,
        );
        expect(output).not.to.include("start the control plane");
        expect(await traces()).to.deep.equal(tracesBefore);
    });

    for (const [where, begin, end] of [
        ["as it is", () => Promise.resolve(), () => Promise.resolve()],
        ["behind a firewall that lets nothing in", closeFirewall, openFirewall],
    ] as const) {
        describe(where, () => {
            let lab: Lab;
            let tracesBefore: Readonly<Record<string, string>>;

            before(async () => {
                await begin();
                tracesBefore = await traces();
            });

            after(async () => {
                await end();
            });

            it("make up answers", async () => {
                const { code } = await make("up");
                expect(code).to.equal(0);
                lab = await Lab.running();
                expect((await lab.ask()).status).to.equal(200);
            });

            it("leaves the machine's own bridges to no firewall", () => {
                for (const file of readdirSync(bridgeSettings).filter((name) => name.startsWith("bridge-nf-call"))) {
                    expect(readFileSync(`${bridgeSettings}/${file}`, "utf8"), file).to.equal("0\n");
                }
            });

            it("a rollout under gentle load loses nothing", async () => {
                const body = "x".repeat(4096);
                const answers: Promise<Answer>[] = [];
                const timer = setInterval(() => answers.push(lab.ask("/echo?wait_ms=3000", body, 120)), 500);
                try {
                    await lab.deploy((web) => {
                        web["phpFpm"] = { ...(web["phpFpm"] as object), env: { ROLLED_OUT: where } };
                    });
                } finally {
                    clearInterval(timer);
                }
                const statuses = (await Promise.all(answers)).map(({ status }) => status);
                expect(statuses.length).to.be.above(20);
                expect(statuses.filter((status) => status !== 200)).to.deep.equal([]);
                console.log(`      0 of ${statuses.length} requests of 3 s lost`);
            });

            it("a request that takes more than its memory ends alone", async () => {
                const inService = Array.from({ length: 12 }, () => lab.ask("/echo?wait_ms=5000", "x", 120));
                await sleep(2);
                const greedy = await Promise.all([1, 2, 3].map(() => lab.ask("/echo?allocate_mib=64", "x", 120)));
                expect(greedy.map(({ status }) => status)).to.deep.equal([500, 500, 500]);
                const statuses = (await Promise.all(inService)).map(({ status }) => status);
                expect(statuses).to.deep.equal(Array.from({ length: 12 }, () => 200));
                const restarts = await lab.kubectl(
                    ...["--namespace", "web", "get", "pods", "--output"],
                    "jsonpath={.items[*].status.initContainerStatuses[*].restartCount}",
                );
                // Of pods that still end from the rollout as well.
                expect(restarts).to.match(/^0( 0)*$/);
            });

            it("a drill whose load the machine does not carry says so within a minute, and ends", async () => {
                const { code, output, secondsSince } = await make("drill", "ARGS=--short --rate 1000");
                expect(output).to.match(/too slow for this load: .*Less load: make drill ARGS=/s);
                expect(code).to.equal(2);
                expect(secondsSince("Trying whether")).to.be.below(60);
            });

            it("make down leaves nothing", async () => {
                expect((await make("down")).code).to.equal(0);
                expect(await traces()).to.deep.equal(tracesBefore);
            });
        });
    }
});

/** As ufw and firewalld set it up: only answers come in, and what the machine says to itself. */
async function closeFirewall(): Promise<void> {
    const rules = `table inet closed {
        chain input { type filter hook input priority 0; policy drop; ct state established,related accept; iif lo accept; }
        chain forward { type filter hook forward priority 0; policy drop; }
    }`;
    await run("nft", ["--file", "-"], { input: rules });
}

async function openFirewall(): Promise<void> {
    await run("nft", ["delete", "table", "inet", "closed"]);
}
