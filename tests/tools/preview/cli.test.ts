import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { toYaml } from "../../../tools/render/manifests";
import { main } from "../../../tools/preview/cli";
import type { Output } from "../../../tools/common/commands";
import { run, type Run } from "../../../tools/preview/commands";
import { needs } from "../../helpers/needs";
import { withPathEntries } from "../../helpers/pathEntries";
import { service, type Numbers } from "./objects";

const digest = readFileSync(join(__dirname, "fixtures", "digest.json"), "utf8");

interface Result {
    readonly code: number;
    readonly out: string;
    readonly err: string;
    readonly commands: readonly string[];
}

/** What the fake commands do; git is the real one. */
interface Fakes {
    /** What `npm run render` prints; a text on stderr where it fails. */
    readonly rendered?: Numbers | { readonly error: string };
    /** Names that `pulumi stack ls` tells; undefined where there is no pulumi. */
    readonly stacks?: readonly string[] | { readonly error: string };
    readonly preview?: Output;
    /** What `pulumi config` tells; it fails where undefined. */
    readonly config?: object;
}

describe("npm run preview", () => {
    let root: string;

    before(needs("git"));

    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "review-"));
        mkdirSync(join(root, "tests", "golden"), { recursive: true });
        for (const stack of ["dev", "prod"]) writeFileSync(join(root, `Pulumi.${stack}.yaml`), "config: {}\n");
        writeFileSync(join(root, "tests", "golden", "prod.yaml"), toYaml(service({ min: 3 })));
        git("init", "--quiet", "--initial-branch=main");
        commit("first");
    });

    afterEach(() => {
        rmSync(root, { recursive: true, force: true });
    });

    function git(...args: readonly string[]): string {
        const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
        return execFileSync("git", [...identity, ...args], { cwd: root, encoding: "utf8", stdio: "pipe" }).trim();
    }

    function commit(message: string): void {
        git("add", ".");
        git("commit", "--quiet", "-m", message);
    }

    async function preview(args: readonly string[], fakes: Fakes = {}): Promise<Result> {
        const commands: string[] = [];
        const done = (stdout: string): Output => ({ code: 0, stdout, stderr: "" });
        const failed = (stderr: string): Output => ({ code: 1, stdout: "", stderr });
        const fake: Run = (command, commandArgs, options) => {
            commands.push([command, ...commandArgs].join(" "));
            if (command === "git") return run(command, commandArgs, options);
            if (command === "npm") {
                const rendered = fakes.rendered ?? {};
                return Promise.resolve("error" in rendered ? failed(rendered.error) : done(toYaml(service(rendered))));
            }
            const { stacks } = fakes;
            if (stacks === undefined) return Promise.resolve(undefined);
            if (commandArgs[0] === "preview") return Promise.resolve(fakes.preview);
            if (commandArgs[0] === "config") {
                const { config } = fakes;
                return Promise.resolve(config === undefined ? failed("no") : done(JSON.stringify(config)));
            }
            return Promise.resolve(
                "error" in stacks ? failed(stacks.error) : done(JSON.stringify(stacks.map((name) => ({ name })))),
            );
        };
        let out = "";
        let err = "";
        const code = await main(
            args,
            { root, run: fake },
            {
                out: (text) => (out += text),
                err: (text) => (err += text),
            },
        );
        return { code, out, err, commands };
    }

    describe("without an engine", () => {
        it("compares what is rendered with the golden manifests of main, and says why", async () => {
            git("switch", "--quiet", "--create", "change");
            // A branch's own golden file must not be taken for the state before.
            writeFileSync(join(root, "tests", "golden", "prod.yaml"), toYaml(service({ min: 6 })));
            commit("second");
            const result = await preview(["--stack", "prod"], { rendered: { min: 6 } });
            expect(result.code).to.equal(0);
            expect(result.err).to.equal("");
            const hash = git("rev-parse", "--short=7", "main");
            expect(result.out).to.match(/^# Stack prod\n\nWithout an engine, as there is no pulumi on PATH\. /);
            expect(result.out).to.include(
                `Compared: tests/golden/prod.yaml of the merge base with main (${hash}) with what the working tree renders.`,
            );
            expect(result.out).to.include("minReplicas 3 -> 6");
            expect(result.commands).to.include("npm run -s render -- --stack prod");
        });

        it("compares with the commit that --base names, even where an engine is at hand", async () => {
            git("tag", "v1");
            writeFileSync(join(root, "tests", "golden", "prod.yaml"), toYaml(service({ min: 6 })));
            commit("second");
            const result = await preview(["--stack", "prod", "--base", "v1"], {
                rendered: { min: 6 },
                stacks: ["prod"],
            });
            expect(result.code).to.equal(0);
            expect(result.out).to.include("as --base names a commit.");
            expect(result.out).to.include("minReplicas 3 -> 6");
            expect(result.commands.filter((command) => command.startsWith("pulumi"))).to.deep.equal([]);
        });

        it("says that a stack has no state yet, or why its backend cannot be asked", async () => {
            const missing = await preview(["--stack", "prod"], { stacks: ["dev", "acme/web/staging"] });
            expect(missing.out).to.include("as its backend has no stack prod yet.");
            const refused = await preview(["--stack", "prod"], {
                stacks: { error: "warning: something\nerror: PULUMI_ACCESS_TOKEN must be set" },
            });
            expect(refused.out).to.include("(PULUMI_ACCESS_TOKEN must be set)");
            const address = await preview(["--stack", "prod"], {
                stacks: { error: "error: open postgres://pulumi:hunter2@db/state: refused" },
            });
            expect(address.out).to.include("postgres://").and.not.include("hunter2");
        });

        it("does not take a golden file for manifests that has others in it", async () => {
            writeFileSync(join(root, "tests", "golden", "prod.yaml"), "kind: Deployment\n");
            commit("second");
            const result = await preview(["--stack", "prod", "--base", "HEAD"], { rendered: {} });
            expect(result.code).to.equal(1);
            expect(result.err).to.match(
                /prod\.yaml of HEAD \(\w+\) has something in it that is no Kubernetes object\./,
            );
        });

        it("counts every object as created where the base has no golden manifests of the stack", async () => {
            const result = await preview(["--stack", "dev"]);
            expect(result.code).to.equal(0);
            expect(result.out).to.include("tests/golden/dev.yaml does not exist in");
            expect(result.out).to.include("6 created, 0 unchanged.");
        });

        it("lets the policies judge what is rendered, and fails where a mandatory one objects", async () => {
            const result = await preview(["--stack", "prod"], { rendered: { grace: 40 } });
            expect(result.code).to.equal(1);
            expect(result.out).to.match(
                /## Errors\n\n- Policy grace-covers-drain, Deployment web\/shop: terminationGracePeriodSeconds is 40, /,
            );
        });

        it("tells why a stack cannot be rendered, without a stack trace", async () => {
            const result = await preview(["--stack", "prod"], {
                rendered: { error: "web.longestRequestSeconds: too long" },
            });
            expect(result.code).to.equal(1);
            expect(result.out).to.equal("");
            expect(result.err).to.equal("Stack prod cannot be rendered:\n\nweb.longestRequestSeconds: too long\n");
        });
    });

    describe("with an engine", () => {
        it("reviews what pulumi preview says, with the policy pack, and changes nothing", async () => {
            const result = await preview(["--stack", "prod"], {
                stacks: ["acme/php-web-service/prod"],
                preview: { code: 0, stdout: digest, stderr: "" },
            });
            expect(result.code).to.equal(0);
            expect(result.out).to.include("Compared: the stack's state with what the program says now");
            expect(result.out).to.include("### Deployment web/shop");
            expect(result.out).to.include("## Warnings\n\n- kubernetes:apps/v1:Deployment shop:");
            expect(result.commands).to.include(
                "pulumi preview --stack prod --json --show-sames --policy-pack policy --non-interactive --color never",
            );
        });

        it("puts a policy violation first and fails", async () => {
            const violation = {
                sequence: 2,
                policyEvent: {
                    message: "The grace period is too short.",
                    policyName: "drain-budget",
                    policyPackName: "no-lost-request",
                    enforcementLevel: "mandatory",
                },
            };
            const prelude = { sequence: 1, preludeEvent: { config: {} } };
            const result = await preview(["--stack", "prod"], {
                stacks: ["prod"],
                preview: {
                    code: 255,
                    stdout: `${JSON.stringify(prelude)}\n${JSON.stringify(violation)}\n`,
                    stderr: "",
                },
            });
            expect(result.code).to.equal(1);
            const errors = result.out.indexOf(
                "## Errors\n\n- Policy no-lost-request/drain-budget: The grace period is too short.",
            );
            expect(errors).to.be.greaterThan(0);
            expect(result.out.indexOf("The preview failed")).to.be.greaterThan(errors);
        });

        it("passes on what the engine says on stderr where it says nothing else", async () => {
            const result = await preview(["--stack", "prod"], {
                stacks: ["prod"],
                preview: { code: 255, stdout: "", stderr: "error: failed to decrypt: incorrect passphrase\n" },
            });
            expect(result.code).to.equal(1);
            expect(result.out).to.include("- error: failed to decrypt: incorrect passphrase");
        });

        it("shows no secret setting that a message quotes", async () => {
            const result = await preview(["--stack", "prod"], {
                stacks: ["prod"],
                preview: { code: 255, stdout: "", stderr: 'error: Invalid value: "hunter2"\n' },
                config: { "p:secrets": { objectValue: { A: "hunter2" }, secret: true } },
            });
            expect(result.out).to.include('- error: Invalid value: "\\[secret\\]"').and.not.include("hunter2");
        });

        it("does not take an unreadable output for a review of nothing", async () => {
            const result = await preview(["--stack", "prod"], {
                stacks: ["prod"],
                preview: { code: 0, stdout: "hello", stderr: "" },
            });
            expect(result.code).to.equal(1);
            expect(result.err).to.match(/neither its digest nor its events/);
        });

        it("says so where an object has more levels than can be compared", async () => {
            const inputs = `{"apiVersion":"v1","kind":"A","spec":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`;
            const urn = "urn:pulumi:prod::web::kubernetes:core/v1:A::a";
            const stdout = `{"steps":[{"op":"create","urn":"${urn}","newState":{"inputs":${inputs}}}]}`;
            const result = await preview(["--stack", "prod"], {
                stacks: ["prod"],
                preview: { code: 0, stdout, stderr: "" },
            });
            expect([result.code, result.err]).to.deep.equal([1, "An object has more levels than can be compared.\n"]);
        });
    });

    describe("used wrongly", () => {
        const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
            ["no stack", [], /^--stack is missing/],
            [
                "an unknown stack",
                ["--stack", "pord"],
                /^--stack pord: there is no Pulumi\.pord\.yaml\. The stacks here: dev, prod\./,
            ],
            [
                "a path for a stack",
                ["--stack", "../../etc/passwd"],
                /^--stack \.\.\/\.\.\/etc\/passwd: a stack's name has letters/,
            ],
            [
                "an unknown base",
                ["--stack", "prod", "--base", "nope"],
                /^--base nope: there is no such commit here\. Fetch it/,
            ],
            ["a base that looks like an option", ["--stack", "prod", "--base=--exec=x"], /no such commit/],
            ["an empty base", ["--stack", "prod", "--base", ""], /^--base is empty/],
            ["an unknown option", ["--stak", "prod"], /Unknown option '--stak'/],
        ];
        for (const [name, args, expected] of cases) {
            it(`explains ${name} and how to mend it`, async () => {
                const result = await preview(args);
                expect(result.code).to.equal(2);
                expect(result.out).to.equal("");
                expect(result.err).to.match(expected);
                expect(result.err).to.include("Usage: npm run -s preview -- --stack STACK");
                expect(result.err).not.to.match(/^\s+at /m);
            });
        }

        it("explains a folder that is no clone", async () => {
            rmSync(join(root, ".git"), { recursive: true });
            const result = await preview(["--stack", "prod"]);
            expect(result.code).to.equal(2);
            expect(result.err).to.match(/^Here is no git commit to compare with/);
        });

        it("prints its usage when asked", async () => {
            const result = await preview(["--help"]);
            expect(result.code).to.equal(0);
            expect(result.out).to.match(/^Usage:/);
        });
    });
});

describe("run", () => {
    it("tells a missing command from a failing one", async () => {
        await withPathEntries("pulumi", async (entries) => {
            for (const entry of Object.values(entries)) {
                expect(await run("pulumi", [], { cwd: ".", env: { PATH: entry } }), entry).to.equal(undefined);
            }
        });
        const failed = await run("sh", ["-c", "echo out; echo err >&2; exit 3"], { cwd: "." });
        expect(failed).to.deep.equal({ code: 3, stdout: "out\n", stderr: "err\n" });
    });

    it("adds to the environment", async () => {
        const output = await run("sh", ["-c", "echo $REVIEW_TEST"], { cwd: ".", env: { REVIEW_TEST: "yes" } });
        expect(output?.stdout).to.equal("yes\n");
    });
});
