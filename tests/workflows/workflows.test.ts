import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { parse } from "yaml";

import { dependencies, devDependencies } from "../../package.json";
import { repositoryRoot } from "../../tools/common/paths";
import { labStack } from "../../tools/lab/stack";
import { at, isObject, listAt, objectAt, textAt } from "../../tools/preview/values";
import { needs } from "../helpers/needs";

const workflowFolder = join(repositoryRoot, ".github", "workflows");
const workflowNames = readdirSync(workflowFolder).filter((name) => /\.ya?ml$/.test(name));
const actionPath = join(repositoryRoot, ".github", "actions", "prepare", "action.yaml");

/** The list that stacks.yaml makes. */
const foundStacks = "needs.stacks.outputs.all";

interface Workflow {
    readonly name: string;
    readonly text: string;
    readonly content: unknown;
}

const workflows = workflowNames.map((name): Workflow => {
    const text = readFileSync(join(workflowFolder, name), "utf8");
    return { name, text, content: parse(text) as unknown };
});

const action: Workflow = {
    name: "prepare/action.yaml",
    text: readFileSync(actionPath, "utf8"),
    content: parse(readFileSync(actionPath, "utf8")) as unknown,
};

function jobsOf(workflow: Workflow): readonly (readonly [string, unknown])[] {
    return Object.entries(objectAt(workflow.content, "jobs"));
}

function stepsOf(workflow: Workflow): readonly unknown[] {
    return [
        ...jobsOf(workflow).flatMap(([, job]) => listAt(job, "steps")),
        ...listAt(workflow.content, "runs", "steps"),
    ];
}

function triggersOf(workflow: Workflow): readonly string[] {
    const on = at(workflow.content, "on");
    return isObject(on)
        ? Object.keys(on)
        : listAt(on)
              .map(String)
              .concat(typeof on === "string" ? [on] : []);
}

describe("workflows", function () {
    // The first run may fetch Go and build actionlint.
    this.timeout(300_000);

    describe("actionlint", () => {
        let go: string;

        before(needs("go"));

        before(() => {
            const found = spawnSync(join(repositoryRoot, "scripts/go/go.sh"), { encoding: "utf8" });
            expect(found.status, found.stderr).to.equal(0);
            go = found.stdout.trim();
        });

        function actionlint(...paths: readonly string[]) {
            const result = spawnSync(
                go,
                ["-C", join(repositoryRoot, "scripts/go"), "tool", "actionlint", "-no-color", "-oneline", ...paths],
                {
                    encoding: "utf8",
                },
            );
            return { code: result.status, text: result.stdout, stderr: result.stderr };
        }

        it("has nothing to say about the workflows", () => {
            const result = actionlint(...workflowNames.map((name) => join(workflowFolder, name)));
            expect(result.text).to.equal("");
            expect(result.code, result.stderr).to.equal(0);
        });

        it("reports a planted mistake", () => {
            const folder = mkdtempSync(join(tmpdir(), "workflows-"));
            try {
                const planted = { from: "matrix.stack }}-preview", to: "matrix.stak }}-preview" };
                const text = readFileSync(join(workflowFolder, "preview.yaml"), "utf8");
                expect(text).to.include(planted.from);
                const path = join(folder, "preview.yaml");
                writeFileSync(path, text.replace(planted.from, planted.to));
                const result = actionlint(path);
                expect(result.code).to.equal(1);
                expect(result.text).to.match(/preview\.yaml:\d+:\d+: property "stak" is not defined/);
            } finally {
                rmSync(folder, { recursive: true, force: true });
            }
        });
    });

    it("are the ones that this test knows", () => {
        expect([...workflowNames].sort()).to.deep.equal([
            "checks.yaml",
            "deploy-stack.yaml",
            "deploy.yaml",
            "drift.yaml",
            "preview.yaml",
            "stacks.yaml",
        ]);
    });

    describe("pin every action", () => {
        for (const workflow of [...workflows, action]) {
            it(`in ${workflow.name} by commit, with its version beside it`, () => {
                const lines = workflow.text.split("\n").filter((line) => /^\s*(- )?uses:/.test(line));
                expect(lines).not.to.deep.equal([]);
                for (const line of lines) {
                    expect(line.trim()).to.match(
                        /^(- )?uses: (\.\/\.github\/\S+|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/,
                    );
                }
            });
        }

        it("and each at one version everywhere", () => {
            const pins = new Map<string, Set<string>>();
            for (const { text } of [...workflows, action]) {
                for (const [, name = "", pin = ""] of text.matchAll(/uses: ([\w-]+\/[\w-]+)@(.*)$/gm)) {
                    pins.set(name, (pins.get(name) ?? new Set()).add(pin));
                }
            }
            expect([...pins.keys()]).to.include("pulumi/actions");
            for (const [name, versions] of pins) expect([...versions], name).to.have.length(1);
        });

        it("and Node at the version of the lockfile", () => {
            const versions = stepsOf(action).flatMap((step) => at(step, "with", "node-version-file") ?? []);
            expect(versions).to.deep.equal([".node-version"]);
            const text = readFileSync(join(repositoryRoot, ".node-version"), "utf8");
            expect(text).to.equal(`${devDependencies.node}\n`);
        });

        it("and the Pulumi CLI at the version of the SDK", () => {
            const versions = workflows.flatMap(stepsOf).flatMap((step) => at(step, "with", "pulumi-version") ?? []);
            expect(versions).not.to.deep.equal([]);
            expect([...new Set(versions)]).to.deep.equal([dependencies["@pulumi/pulumi"]]);
        });
    });

    describe("have the least permissions", () => {
        for (const workflow of workflows) {
            it(`in ${workflow.name}`, () => {
                expect(at(workflow.content, "permissions")).to.deep.equal({ contents: "read" });
                for (const [name, job] of jobsOf(workflow)) {
                    const permissions = at(job, "permissions");
                    if (permissions === undefined) continue;
                    expect(isObject(permissions), `${name}: permissions by name, never all at once`).to.equal(true);
                    const writes = Object.entries(objectAt(permissions)).filter(([, value]) => value !== "read");
                    expect(writes, name).to.deep.equal(name === "comment" ? [["pull-requests", "write"]] : []);
                }
            });
        }

        it("and no checkout leaves its token behind", () => {
            const checkouts = workflows
                .flatMap(stepsOf)
                .filter((step) => textAt(step, "uses")?.startsWith("actions/checkout@") === true);
            expect(checkouts.length).to.be.greaterThan(4);
            for (const step of checkouts) expect(at(step, "with", "persist-credentials")).to.equal(false);
        });
    });

    describe("keep secrets from forks", () => {
        it("by never running a pull request's code with the base's rights", () => {
            for (const workflow of workflows) {
                expect(triggersOf(workflow), workflow.name).not.to.include.members(["pull_request_target"]);
                expect(triggersOf(workflow), workflow.name).not.to.include.members(["workflow_run"]);
            }
        });

        it("by the condition of every job that has a secret, an environment or a right to write", () => {
            const pullRequestWorkflows = workflows.filter((workflow) => triggersOf(workflow).includes("pull_request"));
            expect(pullRequestWorkflows.map(({ name }) => name)).to.deep.equal(["checks.yaml", "preview.yaml"]);
            const guarded: string[] = [];
            for (const workflow of pullRequestWorkflows) {
                const { jobs, ...rest } = objectAt(workflow.content);
                expect(JSON.stringify(rest), workflow.name).not.to.include("secrets");
                for (const [name, job] of Object.entries(objectAt(jobs))) {
                    const isTrusted = /secrets|"environment"|: ?"write"/.test(JSON.stringify(job));
                    if (!isTrusted) continue;
                    guarded.push(name);
                    const condition = textAt(job, "if") ?? "";
                    expect(condition).to.include(
                        "github.event.pull_request.head.repo.full_name == github.repository &&",
                    );
                    expect(condition).to.include("github.event.pull_request.user.login != 'dependabot[bot]'");
                    expect(condition).not.to.include("||");
                }
            }
            expect(guarded).to.deep.equal(["preview", "comment"]);
        });

        it("and from the install scripts of packages: no whole job has one in its environment", () => {
            for (const workflow of workflows) {
                for (const [name, job] of jobsOf(workflow)) {
                    expect(JSON.stringify(objectAt(job, "env")), `${workflow.name} ${name}`).not.to.include("secrets");
                }
            }
        });

        it("and still give a pull request from a fork its review", () => {
            const job = at(parse(workflows.find(({ name }) => name === "preview.yaml")?.text ?? ""), "jobs");
            const condition = textAt(job, "review-without-engine", "if") ?? "";
            expect(condition).to.include("head.repo.full_name != github.repository ||");
            expect(JSON.stringify(objectAt(job, "review-without-engine"))).to.include("npm run -s preview -- --stack");
        });
    });

    it("put no expression into a script: what a stranger may write reaches it by the environment", () => {
        const scripts = [...workflows, action]
            .flatMap(stepsOf)
            .flatMap((step) => [
                ...(textAt(step, "run") === undefined ? [] : [textAt(step, "run") ?? ""]),
                ...(textAt(step, "with", "script") === undefined ? [] : [textAt(step, "with", "script") ?? ""]),
            ]);
        expect(scripts.length).to.be.greaterThan(8);
        for (const script of scripts) expect(script).not.to.include("${{");
    });

    describe("never cut an update short", () => {
        const updating = workflows.flatMap((workflow) =>
            jobsOf(workflow)
                .filter(([, job]) => listAt(job, "steps").some((step) => at(step, "with", "command") === "up"))
                .map(([name, job]) => ({ workflow, name, job })),
        );

        it("by no workflow that runs one or calls one that does", () => {
            expect(updating.map(({ workflow, name }) => `${workflow.name} ${name}`)).to.deep.equal([
                "deploy-stack.yaml up",
            ]);
            for (const workflow of workflows.filter(({ name }) => name.startsWith("deploy"))) {
                expect(at(workflow.content, "concurrency", "cancel-in-progress") ?? false).to.equal(false);
                for (const [, job] of jobsOf(workflow)) {
                    expect(at(job, "concurrency", "cancel-in-progress") ?? false).to.equal(false);
                }
            }
        });

        it("by the job itself, which runs one at a time for a stack", () => {
            for (const { job } of updating) {
                expect(at(job, "concurrency")).to.deep.equal({
                    group: "up-${{ inputs.stack }}",
                    "cancel-in-progress": false,
                });
                expect(at(job, "environment")).to.equal("${{ inputs.stack }}");
            }
        });
    });

    it("apply the plan that was shown, with the policies, and prod after dev", () => {
        const deployStack = parse(workflows.find(({ name }) => name === "deploy-stack.yaml")?.text ?? "") as unknown;
        const pulumi = (job: string) =>
            listAt(deployStack, "jobs", job, "steps").find(
                (step) => textAt(step, "uses")?.startsWith("pulumi/actions@") === true,
            );
        expect(at(pulumi("plan"), "with", "command")).to.equal("preview");
        expect(at(pulumi("up"), "with", "plan")).to.equal(at(pulumi("plan"), "with", "plan"));
        expect(at(pulumi("up"), "with", "policyPacks")).to.equal("policy");
        expect(at(deployStack, "jobs", "up", "needs")).to.equal("plan");
        expect(at(deployStack, "jobs", "plan", "environment")).to.equal("${{ inputs.stack }}-preview");
        const deploy = parse(workflows.find(({ name }) => name === "deploy.yaml")?.text ?? "") as unknown;
        expect(at(deploy, "jobs", "prod", "needs")).to.equal("dev");
        expect(at(deploy, "jobs", "dev", "needs")).to.equal("checks");
        expect(at(deploy, "jobs", "checks", "if")).to.equal("github.ref == 'refs/heads/main'");
    });

    it("deploy no commit of which a check is red, and give the checks no secret", () => {
        const contentOf = (file: string) => workflows.find(({ name }) => name === file)?.content;
        const checks = at(contentOf("deploy.yaml"), "jobs", "checks");
        expect(at(checks, "uses")).to.equal("./.github/workflows/checks.yaml");
        expect(at(checks, "secrets")).to.equal(undefined);
        expect(objectAt(contentOf("checks.yaml"), "on")).to.have.property("workflow_call");
        // Otherwise every commit of main would be checked twice.
        expect(at(contentOf("checks.yaml"), "on", "push")).to.deep.equal({ "branches-ignore": ["main"] });
        // A condition such as always() would run a job after a red one.
        for (const job of ["dev", "prod"]) {
            expect(at(contentOf("deploy.yaml"), "jobs", job, "if"), job).to.equal(undefined);
        }
    });

    it("hand on the plan's artifact by id and digest, and let no re-run replace it", () => {
        const deployStack = workflows.find(({ name }) => name === "deploy-stack.yaml")?.content;
        const outputs = at(deployStack, "jobs", "plan", "outputs");
        expect(outputs).to.deep.equal({
            "artifact-id": "${{ steps.find.outputs.artifact-id || steps.save.outputs.artifact-id }}",
            digest: "${{ steps.find.outputs.digest || steps.save.outputs.artifact-digest }}",
            "run-id": "${{ steps.find.outputs.run-id || github.run_id }}",
        });
        const steps = listAt(deployStack, "jobs", "up", "steps");
        const index = (key: string, pattern: RegExp) =>
            steps.findIndex((step) => pattern.test(textAt(step, key) ?? ""));
        const check = index("run", /same-plan\.sh$/);
        const download = index("uses", /^actions\/download-artifact@/);
        expect(check).to.be.greaterThan(-1).and.lessThan(download);
        expect(at(steps[check], "env")).to.include({
            ARTIFACT_ID: "${{ needs.plan.outputs.artifact-id }}",
            DIGEST: "${{ needs.plan.outputs.digest }}",
        });
        expect(at(steps[download], "with")).to.include({ "artifact-ids": "${{ needs.plan.outputs.artifact-id }}" });
        expect(objectAt(steps[download], "with")).not.to.have.property("digest-mismatch");
        const uploads = workflows
            .flatMap(stepsOf)
            .filter((step) => (textAt(step, "with", "path") ?? "").startsWith("plans/"))
            .filter((step) => textAt(step, "uses")?.startsWith("actions/upload-artifact@") === true);
        expect(uploads).to.have.length(2);
        for (const step of uploads) {
            expect(at(step, "with", "overwrite")).to.equal(undefined);
            expect(textAt(step, "with", "name")).to.match(/run_attempt \}\}$|steps\.find\.outputs\.name \}\}$/);
        }
    });

    it("take drift for what the program would change, not for what an autoscaler does", () => {
        const drift = workflows.find(({ name }) => name === "drift.yaml");
        const compare = listAt(drift?.content, "jobs", "drift", "steps").find(
            (step) => textAt(step, "uses")?.startsWith("pulumi/actions@") === true,
        );
        expect(at(compare, "with")).to.include({ command: "preview", refresh: true, "expect-no-changes": true });
    });

    it("find the stacks, but for the one that says which is deployed after which", () => {
        const jobs = workflows.flatMap(jobsOf);
        const matrices = jobs.flatMap(([, job]) => at(job, "strategy", "matrix", "stack") ?? []);
        expect(matrices.length).to.be.greaterThan(2);
        expect([...new Set(matrices)]).to.deep.equal([`\${{ fromJSON(${foundStacks}) }}`]);
        const named = workflows.filter(({ content }) => /"stack":"\w+"/.test(JSON.stringify(content)));
        expect(named.map(({ name }) => name)).to.deep.equal(["deploy.yaml"]);
    });

    it("limit the time of every job that runs steps", () => {
        for (const workflow of workflows) {
            for (const [name, job] of jobsOf(workflow)) {
                if (textAt(job, "uses") !== undefined) continue;
                expect(at(job, "timeout-minutes"), `${workflow.name} ${name}`).to.be.a("number");
            }
        }
    });
});

describe("workflow scripts", () => {
    const scripts = join(repositoryRoot, ".github", "scripts");
    let folder: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "scripts-"));
        mkdirSync(join(folder, "bin"));
        mkdirSync(join(folder, "repo"));
    });

    afterEach(() => {
        rmSync(folder, { recursive: true, force: true });
    });

    /** A gh that answers by the address, with pages and jq as gh has them, and records what it is asked. */
    function answer(answers: Readonly<Record<string, unknown>>): void {
        writeFileSync(join(folder, "answers.json"), JSON.stringify(answers));
        writeFileSync(
            join(folder, "bin", "gh"),
            `#!${process.execPath}
const { appendFileSync, readFileSync } = require("node:fs");
const { execFileSync } = require("node:child_process");
const args = process.argv.slice(3);
const valued = new Set(["--jq", "--method", "--input"]);
const options = {};
let url = "";
const isPaged = args.includes("--paginate");
for (let i = 0; i < args.length; i++) {
    if (valued.has(args[i])) options[args[i]] = args[++i];
    else if (!args[i].startsWith("--")) url = args[i];
}
const folder = ${JSON.stringify(folder)};
const method = options["--method"];
const body = options["--input"] === undefined ? undefined : JSON.parse(readFileSync(options["--input"], "utf8"));
appendFileSync(folder + "/calls", JSON.stringify({ method: method ?? "GET", url, body }) + "\\n");
const answers = JSON.parse(readFileSync(folder + "/answers.json", "utf8"));
const asked = (method === undefined ? "" : method + " ") + url;
const key = Object.keys(answers).find((candidate) => asked === candidate || asked.startsWith(candidate + "?"));
if (key === undefined) { console.error("no answer for " + url); process.exit(1); }
// Short pages, so that a test needs few answers to have two.
const answer = Array.isArray(answers[key]) && !isPaged ? answers[key].slice(0, 4) : answers[key];
process.stdout.write(execFileSync("jq", ["-r", options["--jq"] ?? "."], { input: JSON.stringify(answer) }));
`,
            { mode: 0o755 },
        );
    }

    function execute(script: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
        const result = spawnSync(join(scripts, script), args, {
            cwd: join(folder, "repo"),
            encoding: "utf8",
            env: {
                PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
                HOME: folder,
                GITHUB_REPOSITORY: "acme/shop",
                GITHUB_SERVER_URL: "https://github.example",
                GITHUB_RUN_ID: "77",
                GITHUB_RUN_ATTEMPT: "4",
                GITHUB_OUTPUT: join(folder, "output"),
                GITHUB_STEP_SUMMARY: join(folder, "summary"),
                GITHUB_ENV: join(folder, "env"),
                RUNNER_TEMP: folder,
                STACK: "prod",
                ...env,
            },
        });
        return { code: result.status, out: result.stdout, err: result.stderr };
    }

    /** In the folder that scripts run in. */
    function git(...args: readonly string[]): string {
        const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
        const result = spawnSync("git", [...identity, ...args], { cwd: join(folder, "repo"), encoding: "utf8" });
        expect(result.status, result.stderr).to.equal(0);
        return result.stdout.trim();
    }

    function commit(message: string): string {
        git("commit", "--quiet", "--allow-empty", "-m", message);
        return git("rev-parse", "HEAD");
    }

    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    const calls = () =>
        read("calls")
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as { method: string; url: string; body?: { body: string } });

    describe("comment.sh", () => {
        before(needs("jq"));

        const comments = "repos/acme/shop/issues/5/comments";
        const marker = "<!-- php-web-service: preview -->";
        const env = { PULL_REQUEST: "5" };

        beforeEach(() => {
            writeFileSync(join(folder, "repo", "dev.md"), "# Stack dev\n\n$(touch pwned) `touch pwned` ${{ x }}\n");
            writeFileSync(join(folder, "repo", "prod.md"), "# Stack prod\n");
        });

        it("makes one comment of all files, with the text as it is", () => {
            answer({ [comments]: [], [`POST ${comments}`]: { html_url: "https://github.example/c/9" } });
            const result = execute("comment.sh", ["dev.md", "prod.md"], env);
            expect(result.code, result.err).to.equal(0);
            expect(calls().at(-1)).to.deep.equal({
                method: "POST",
                url: comments,
                body: { body: `${marker}\n# Stack dev\n\n$(touch pwned) \`touch pwned\` \${{ x }}\n\n# Stack prod\n` },
            });
            expect(readdirSync(join(folder, "repo"))).not.to.include("pwned");
        });

        it("updates its own comment, and takes nobody else's for it", () => {
            answer({
                [comments]: [
                    { id: 1, user: { login: "mallory" }, body: `${marker}\n# All is well` },
                    { id: 2, user: { login: "github-actions[bot]" }, body: "another workflow's" },
                    { id: 3, user: { login: "github-actions[bot]" }, body: `${marker}\n# Stack dev` },
                ],
                "PATCH repos/acme/shop/issues/comments/3": { html_url: "https://github.example/c/3" },
            });
            const result = execute("comment.sh", ["prod.md"], env);
            expect(result.code, result.err).to.equal(0);
            expect(calls().map(({ method, url }) => `${method} ${url.replace(/\?.*/, "")}`)).to.deep.equal([
                `GET ${comments}`,
                "PATCH repos/acme/shop/issues/comments/3",
            ]);
        });

        const bodyOf = (files: Readonly<Record<string, string>>, order = Object.keys(files)) => {
            answer({ [comments]: [], [`POST ${comments}`]: { html_url: "https://github.example/c/9" } });
            for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, "repo", name), text);
            const result = execute("comment.sh", order, env);
            expect(result.code, result.err).to.equal(0);
            const body = calls().at(-1)?.body?.body ?? "";
            expect(body.length).to.be.lessThan(65_536);
            return body;
        };
        const whole = "[the whole text](https://github.example/acme/shop/actions/runs/77)";

        it("cuts what a comment cannot hold, and says where the rest is", () => {
            for (const text of ["x".repeat(100_000), `${"x".repeat(99)}\n`.repeat(1_000), "\u{1f9e8}".repeat(50_000)]) {
                expect(bodyOf({ "review-dev.md": text })).to.include(`artifact review-dev of ${whole}`);
            }
        });

        it("shows a short review whole, whatever comes before it", () => {
            const prod = "# Stack prod\n\n### Deployment web/shop: DELETED\n\nIt goes.\n";
            const body = bodyOf({
                "review-dev.md": `# Stack dev\n${`${"x".repeat(99)}\n`.repeat(1_000)}`,
                "review-prod.md": prod,
            });
            expect(body.endsWith(`\n${prod}`)).to.equal(true);
            // The long one has all the rest.
            expect(body.length).to.be.greaterThan(59_000);
        });

        it("gives two long reviews the same room", () => {
            const body = bodyOf({
                "review-prod.md": `p${"x".repeat(98)}\n`.repeat(1_000),
                "review-dev.md": `d${"x".repeat(98)}\n`.repeat(1_000),
            });
            expect(body.match(/^px+$/gm)).to.have.length(300);
            expect(body.match(/^dx+$/gm)).to.have.length(300);
        });

        it("ends a block of code that it cuts, and names the headings that are left out, but none of a block", () => {
            const long = `# Stack prod\n\n\`\`\`\`yaml\n\`\`\`\n${`## ${"x".repeat(96)}\n`.repeat(1_000)}\`\`\`\`\n\n### Service web/a: DELETED\n`;
            const body = bodyOf({ "review-prod.md": long, "review-dev.md": "# Stack dev\n" });
            expect(body).to.match(/## x+\n````\n\n\*\*Cut here: \d+ lines are left out/);
            expect(body).to.include("\n- left out: Service web/a: DELETED\n\n# Stack dev\n");
            expect(body).not.to.include("left out: xx");
        });

        it("says which stack has no review", () => {
            const body = bodyOf({ "review-dev.md": "# Stack dev\n" }, ["reviews/review-prod.md", "review-dev.md"]);
            expect(body).to.match(/# review-prod\n\nThere is no review: see \[the run\]/);
            expect(body).to.include("\n# Stack dev\n");
        });

        it("is given the review of every stack", () => {
            const preview = workflows.find(({ name }) => name === "preview.yaml")?.content;
            const step = listAt(preview, "jobs", "comment", "steps").at(-1);
            expect(at(step, "env", "STACKS")).to.equal(`\${{ ${foundStacks} }}`);
            const command = (textAt(step, "run") ?? "").replace(".github/scripts/comment.sh", "printf '%s\\n'");
            const result = spawnSync("bash", ["-c", command], { env: { ...process.env, STACKS: '["prod","dev"]' } });
            expect(String(result.stdout)).to.equal("reviews/review-prod.md\nreviews/review-dev.md\n");
        });
    });

    describe("stacks.sh", () => {
        before(needs("jq"));

        it("finds each stack that has a file, prod first, but the lab's", () => {
            const others = [
                "Pulumi.yaml",
                `Pulumi.${labStack}.yaml`,
                "Pulumi.a b.yaml",
                "Pulumi.${{ x }}.yaml",
                "pulumi.x.yaml",
            ];
            for (const name of ["Pulumi.dev.yaml", "Pulumi.prod.yaml", "Pulumi.staging-2.yaml", ...others]) {
                writeFileSync(join(folder, "repo", name), "");
            }
            const result = execute("stacks.sh");
            expect(result.code, result.err).to.equal(0);
            expect(result.out).to.equal('["prod","dev","staging-2"]\n');
        });
    });

    describe("find-plan.sh", () => {
        before(needs("git", "jq"));

        const head = "c0ffee".padEnd(40, "0");
        const own = { full_name: "acme/shop" };
        const digest = "d".repeat(64);
        let merged: string;
        let plan: string;

        beforeEach(() => {
            git("init", "--quiet");
            merged = commit("x");
            plan = `plan-prod-${git("rev-parse", "HEAD^{tree}")}`;
        });

        const pull = (more: object = {}, branch: object = {}) => ({
            number: 5,
            merged_at: "2026-01-05T00:00:00Z",
            merge_commit_sha: merged,
            base: { ref: "main", repo: own },
            head: { ref: "change", sha: head, repo: own, ...branch },
            ...more,
        });
        const run = (id: number, more: object = {}) => ({
            id,
            event: "pull_request",
            path: ".github/workflows/preview.yaml@refs/pull/5/merge",
            conclusion: "success",
            head_sha: head,
            head_branch: "change",
            head_repository: own,
            ...more,
        });
        const artifact = (id: number, more: object = {}) => ({
            id,
            name: `${plan}-1`,
            expired: false,
            created_at: "2026-01-04T00:00:00Z",
            digest: `sha256:${digest}`,
            ...more,
        });
        /** What the API tells; by default a run that is the merged pull request's, with its plan. */
        const find = ({ pulls = [pull()], runs = [run(2)], artifacts = [artifact(20)] }) => {
            answer({
                [`repos/acme/shop/commits/${merged}/pulls`]: pulls,
                "repos/acme/shop/actions/workflows/preview.yaml/runs": { workflow_runs: runs },
                ...Object.fromEntries(
                    [1, 2, 3].map((id) => [`repos/acme/shop/actions/runs/${id}/artifacts`, { artifacts }]),
                ),
            });
            return execute("find-plan.sh", [], { GITHUB_SHA: merged });
        };

        it("finds the plan of the merged pull request's own run, and tells its id and digest", () => {
            const result = find({});
            expect(result.code, result.err).to.equal(0);
            expect(read("output")).to.equal(`name=${plan}-4\nartifact-id=20\ndigest=${digest}\nrun-id=2\n`);
            expect(read("summary")).to.include("https://github.example/acme/shop/actions/runs/2");
            expect(calls()[1]?.url).to.include(`head_sha=${head}`).and.include("event=pull_request");
        });

        it("takes the newest plan from before the merge where the preview was run anew", () => {
            const artifacts = [
                artifact(20),
                artifact(21, { name: `${plan}-2` }),
                artifact(22, { name: `${plan}-3`, created_at: "2026-01-05T00:00:01Z" }),
            ];
            expect(find({ artifacts }).code).to.equal(0);
            expect(read("output")).to.include("artifact-id=21\n");
        });

        const others: readonly (readonly [string, () => Parameters<typeof find>[0]])[] = [
            ["there is no pull request", () => ({ pulls: [] })],
            ["the pull request was not merged", () => ({ pulls: [pull({ merged_at: null })] })],
            ["it was merged as another commit", () => ({ pulls: [pull({ merge_commit_sha: "f".repeat(40) })] })],
            ["it came from a fork", () => ({ pulls: [pull({}, { repo: { full_name: "mallory/shop" } })] })],
            ["its fork is gone", () => ({ pulls: [pull({}, { repo: null })] })],
            ["it went to another repository", () => ({ pulls: [pull({ base: { repo: { full_name: "a/b" } } })] })],
            ["there is no run", () => ({ runs: [] })],
            ["the run failed", () => ({ runs: [run(2, { conclusion: "failure" })] })],
            ["the run goes on", () => ({ runs: [run(2, { conclusion: null })] })],
            ["the newest run failed", () => ({ runs: [run(1), run(3, { conclusion: "failure" }), run(2)] })],
            ["the run is of another commit", () => ({ runs: [run(2, { head_sha: "b".repeat(40) })] })],
            ["the run is of another branch", () => ({ runs: [run(2, { head_branch: "other" })] })],
            ["the run is a fork's", () => ({ runs: [run(2, { head_repository: { full_name: "mallory/shop" } })] })],
            ["the run is of another workflow", () => ({ runs: [run(2, { path: ".github/workflows/evil.yaml" })] })],
            ["the run is of another event", () => ({ runs: [run(2, { event: "push" })] })],
            ["there is no artifact", () => ({ artifacts: [] })],
            ["the artifact has expired", () => ({ artifacts: [artifact(20, { expired: true })] })],
            [
                "it was made after the merge",
                () => ({ artifacts: [artifact(20, { created_at: "2026-01-05T00:00:01Z" })] }),
            ],
            ["it is of another tree", () => ({ artifacts: [artifact(20, { name: `plan-prod-${head}-1` })] })],
            ["its name only begins like a plan's", () => ({ artifacts: [artifact(20, { name: `${plan}-1-x` })] })],
            ["it has no digest", () => ({ artifacts: [artifact(20, { digest: null })] })],
        ];
        for (const [why, facts] of others) {
            it(`wants a fresh plan where ${why}`, () => {
                const result = find(facts());
                expect(result.code, result.err).to.equal(0);
                expect(read("output")).to.equal(`name=${plan}-4\n`);
                expect(read("summary")).to.include("What follows is a fresh plan");
            });
        }

        it("asks nobody where a fresh plan is wanted", () => {
            answer({});
            expect(execute("find-plan.sh", [], { FRESH: "true", GITHUB_SHA: merged }).code).to.equal(0);
            expect(read("output")).to.equal(`name=${plan}-4\n`);
        });

        it("fails where the API does, instead of making a plan that nobody has reviewed", () => {
            answer({});
            expect(execute("find-plan.sh", [], { GITHUB_SHA: merged }).code).not.to.equal(0);
        });
    });

    describe("same-plan.sh", () => {
        before(needs("jq"));

        const digest = "d".repeat(64);
        const check = (artifact: object, env: Readonly<Record<string, string>> = {}) => {
            answer({ "repos/acme/shop/actions/artifacts/20": artifact });
            return execute("same-plan.sh", [], { ARTIFACT_ID: "20", DIGEST: digest, ...env });
        };

        it("lets the artifact through that was shown", () => {
            expect(check({ expired: false, digest: `sha256:${digest}` })).to.deep.equal({ code: 0, out: "", err: "" });
        });

        it("refuses another digest, an expired artifact, and what was not handed on", () => {
            const good = { expired: false, digest: `sha256:${digest}` };
            for (const result of [
                check({ ...good, digest: `sha256:${"e".repeat(64)}` }),
                check({ ...good, expired: true }),
                check(good, { ARTIFACT_ID: "" }),
                check(good, { DIGEST: "" }),
            ]) {
                expect(result.code).to.equal(1);
                expect(result.out).to.match(/^::error::Stack prod: .*Start the deployment by hand with "fresh"/);
            }
        });

        it("refuses where the artifact is gone", () => {
            expect(check({}, { ARTIFACT_ID: "21" }).code).not.to.equal(0);
        });
    });

    describe("deployed-commit.sh and refuse-older.sh", () => {
        before(needs("git", "jq"));

        /** Commits of main, the oldest one first. */
        let main: readonly string[];

        beforeEach(() => {
            git("init", "--quiet");
            main = ["a", "b", "c", "d"].map(commit);
        });

        const [a, b, c, d] = [0, 1, 2, 3].map((index) => () => main[index] ?? "") as [
            () => string,
            () => string,
            () => string,
            () => string,
        ];

        /** Deployments, the last one first: each with its commit and what it has been in, the last state first. */
        const deployed = (...list: readonly (readonly [string, readonly string[]])[]) => {
            const ids = list.map((_, index) => list.length - index);
            answer({
                "repos/acme/shop/deployments": list.map(([sha], index) => ({ id: ids[index], sha })),
                ...Object.fromEntries(
                    list.map(([, states], index) => [
                        `repos/acme/shop/deployments/${ids[index]}/statuses`,
                        states.map((state) => ({ state })),
                    ]),
                ),
            });
        };
        const failed = ["failure", "in_progress", "queued"];
        const succeeded = ["success", "in_progress"];
        const replaced = ["inactive", "success", "in_progress"];
        const found = () => {
            const result = execute("deployed-commit.sh");
            expect(result.code, result.err).to.equal(0);
            return result.out.trim();
        };
        const refuse = (sha: string) => execute("refuse-older.sh", [], { GITHUB_SHA: sha });

        it("finds the last commit whose deployment succeeded", () => {
            deployed([c(), failed], [b(), replaced], [a(), succeeded]);
            expect(found()).to.equal(b());
        });

        it("finds none where nothing was deployed", () => {
            deployed();
            expect(found()).to.equal("");
            expect(refuse(a()).code).to.equal(0);
        });

        it("finds it, and refuses what is older, behind any number of failures", () => {
            const failures = Array.from({ length: 5 }, () => [c(), ["failure"]] as const);
            deployed(...failures, [b(), succeeded]);
            expect(found()).to.equal(b());
            expect(refuse(a()).code).to.equal(1);
        });

        it("takes the newest commit, also where an older one's run was started later", () => {
            deployed([a(), succeeded], [c(), succeeded], [b(), failed]);
            expect(found()).to.equal(c());
            expect(refuse(b()).code).to.equal(1);
        });

        it("lets a newer commit and the deployed one through", () => {
            deployed([b(), succeeded], [a(), replaced]);
            for (const sha of [b(), c()]) expect(refuse(sha)).to.deep.equal({ code: 0, out: "", err: "" });
        });

        it("refuses an older commit, and names both", () => {
            deployed([d(), ["waiting"]], [c(), succeeded]);
            const result = refuse(b());
            expect(result.code).to.equal(1);
            expect(result.out).to.match(new RegExp(`^::error::Stack prod: the deployment 1 of commit ${c()} .*${b()}`));
        });

        it("refuses an older commit where a newer one's deployment has begun and failed", () => {
            deployed([c(), failed], [a(), succeeded]);
            expect(refuse(b()).code).to.equal(1);
        });

        it("lets a commit through where a newer one's only waits, or was rejected", () => {
            deployed([d(), ["failure", "waiting"]], [c(), ["waiting"]], [a(), succeeded]);
            expect(refuse(b()).code).to.equal(0);
        });

        it("refuses a commit of another history", () => {
            deployed(["f".repeat(40), succeeded]);
            expect(refuse(d()).code).to.equal(1);
        });

        it("fail where the API does", () => {
            answer({});
            expect(execute("deployed-commit.sh").code).not.to.equal(0);
            expect(refuse(a()).code).not.to.equal(0);
            answer({ "repos/acme/shop/deployments": [{ id: 1, sha: d() }] });
            expect(execute("deployed-commit.sh").code).not.to.equal(0);
            expect(refuse(a()).code).not.to.equal(0);
        });

        it("have the whole history where they run", () => {
            const users = workflows
                .flatMap(jobsOf)
                .filter(([, job]) => /deployed-commit|refuse-older/.test(JSON.stringify(job)));
            expect(users.map(([name]) => name)).to.deep.equal(["up", "drift"]);
            for (const [name, job] of users) {
                expect(at(listAt(job, "steps")[0], "with", "fetch-depth"), name).to.equal(0);
            }
        });
    });

    describe("kubeconfig.sh", () => {
        it("writes a file that only this user may read, and prints nothing of it", () => {
            const result = execute("kubeconfig.sh", [], { KUBECONFIG_TEXT: "client-key-data: hunter2" });
            expect(result).to.deep.equal({ code: 0, out: "", err: "" });
            expect(read("kubeconfig")).to.equal("client-key-data: hunter2\n");
            const mode = spawnSync("stat", ["-c", "%a", join(folder, "kubeconfig")], { encoding: "utf8" });
            expect(mode.stdout.trim()).to.equal("600");
            expect(read("env")).to.equal(`KUBECONFIG=${join(folder, "kubeconfig")}\n`);
        });

        it("says what is missing where there is none", () => {
            const result = execute("kubeconfig.sh", [], { KUBECONFIG_TEXT: "" });
            expect(result.code).to.equal(1);
            expect(result.out).to.match(/no secret KUBECONFIG/);
        });
    });
});
