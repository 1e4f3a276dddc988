/** Where the objects before and after a change come from: an engine's preview, or golden manifests of a git commit. */
import { UsageError } from "../common/commandLine";
import { fromYaml, type Manifest } from "../render/manifests";
import type { Run } from "./commands";
import { readPreview, type Preview } from "./pulumiPreview";
import { maskQuoted, secretSettings } from "./secrets";
import { textAt } from "./values";

/** What went wrong is told by the message alone; where in this program is of no interest. */
export class ReviewError extends Error {}

export interface Context {
    /** The project's folder. */
    readonly root: string;
    readonly run: Run;
}

// --- The engine ------------------------------------------------------------------------------------------------------

/** Why no engine can preview the stack; undefined where one can. */
export async function whyNoEngine(stack: string, context: Context): Promise<string | undefined> {
    const listed = await context.run("pulumi", ["stack", "ls", "--json", "--non-interactive"], {
        cwd: context.root,
        env: engineEnvironment,
    });
    if (listed === undefined) return "there is no pulumi on PATH";
    if (listed.code !== 0)
        return `pulumi cannot list the stacks of its backend (${maskQuoted(lastLine(listed.stderr), [])})`;
    return stackNames(listed.stdout).some((name) => name === stack || name.endsWith(`/${stack}`))
        ? undefined
        : `its backend has no stack ${stack} yet`;
}

function stackNames(json: string): readonly string[] {
    try {
        const stacks = JSON.parse(json) as readonly { readonly name?: unknown }[];
        return stacks.flatMap(({ name }) => (typeof name === "string" ? [name] : []));
    } catch {
        return [];
    }
}

const engineEnvironment = {
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The digest, which is the default, leaves policy violations out.
    PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true",
};

export interface EnginePreview extends Preview {
    /** True where the engine, the program or a mandatory policy refuses the change. */
    readonly hasFailed: boolean;
}

/** Lets the engine compare the program with the stack's state. It changes nothing. */
export async function previewByEngine(stack: string, context: Context): Promise<EnginePreview> {
    const output = await context.run(
        "pulumi",
        [
            "preview",
            "--stack",
            stack,
            "--json",
            // What stays the same is needed, too: bounds of an autoscaler, text of a ConfigMap.
            "--show-sames",
            "--policy-pack",
            "policy",
            "--non-interactive",
            "--color",
            "never",
        ],
        { cwd: context.root, env: engineEnvironment },
    );
    if (output === undefined) throw new ReviewError("There is no pulumi on PATH.");
    const preview = readPreview(output.stdout);
    const hasFailed = output.code !== 0;
    if (preview === undefined && !hasFailed) {
        throw new ReviewError("The output of pulumi preview --json is neither its digest nor its events.");
    }
    const found: Preview = preview ?? {
        before: [],
        after: [],
        replaced: new Set(),
        unfinished: new Set(),
        problems: [],
        notes: [],
    };
    const isExplained = found.problems.some(({ severity }) => severity === "error");
    const stderr = output.stderr.trim();
    const problems: Preview["problems"] =
        hasFailed && !isExplained
            ? [{ severity: "error", message: stderr === "" ? "pulumi preview failed." : stderr }, ...found.problems]
            : found.problems;
    // Whatever the engine, the API server or a policy quotes.
    const secrets = problems.length === 0 ? [] : await secretsOf(stack, context);
    return {
        ...found,
        problems: problems.map((problem) => ({ ...problem, message: maskQuoted(problem.message, secrets) })),
        hasFailed: hasFailed || isExplained,
    };
}

/** None where the engine cannot decrypt them: it has then no secret to quote, either. */
async function secretsOf(stack: string, context: Context): Promise<readonly string[]> {
    const config = await context.run(
        "pulumi",
        ["config", "--json", "--show-secrets", "--stack", stack, "--non-interactive"],
        { cwd: context.root, env: engineEnvironment },
    );
    return config?.code === 0 ? secretSettings(config.stdout) : [];
}

// --- Git -------------------------------------------------------------------------------------------------------------

export interface GoldenSource {
    readonly before: readonly Manifest[];
    readonly after: readonly Manifest[];
    /** What is compared with what, as a sentence. */
    readonly description: string;
}

/** Compares what the working tree renders with the golden manifests of a commit. */
export async function compareWithGolden(
    stack: string,
    base: string | undefined,
    context: Context,
): Promise<GoldenSource> {
    const commit = base === undefined ? await defaultBase(context) : await commitOf(base, context);
    const path = `tests/golden/${stack}.yaml`;
    const golden = await git(["show", `${commit.hash}:${path}`], context);
    const isThere = golden?.code === 0;
    const after = await render(stack, context);
    return {
        before: isThere ? manifests(golden.stdout, `${path} of ${commit.name}`) : [],
        after: manifests(after, `the rendered stack ${stack}`),
        description: isThere
            ? `Compared: ${path} of ${commit.name} with what the working tree renders.`
            : `${path} does not exist in ${commit.name}: every object counts as created.`,
    };
}

interface Commit {
    readonly hash: string;
    /** For messages: "main (1a2b3c4)". */
    readonly name: string;
}

async function commitOf(ref: string, context: Context): Promise<Commit> {
    const found = await resolve(ref, context);
    if (found !== undefined) return found;
    throw new UsageError(
        `--base ${ref}: there is no such commit here. Fetch it first (git fetch origin ${ref}), or name another one.`,
    );
}

/** Where the branch left main; HEAD on a machine that has no main, and on main itself. */
async function defaultBase(context: Context): Promise<Commit> {
    for (const branch of ["origin/main", "main"]) {
        const output = await git(["merge-base", "HEAD", branch], context);
        if (output?.code === 0) {
            const hash = output.stdout.trim();
            return { hash, name: `the merge base with ${branch} (${hash.slice(0, 7)})` };
        }
    }
    const head = await resolve("HEAD", context);
    if (head !== undefined) return head;
    throw new UsageError(
        "Here is no git commit to compare with. Run this in a clone of the project, or name one: --base REF.",
    );
}

async function resolve(ref: string, context: Context): Promise<Commit | undefined> {
    const output = await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`], context);
    if (output?.code !== 0) return undefined;
    const hash = output.stdout.trim();
    return { hash, name: `${ref} (${hash.slice(0, 7)})` };
}

function git(args: readonly string[], context: Context) {
    return context.run("git", args, { cwd: context.root });
}

async function render(stack: string, context: Context): Promise<string> {
    const output = await context.run("npm", ["run", "-s", "render", "--", "--stack", stack], { cwd: context.root });
    if (output === undefined) throw new ReviewError("There is no npm on PATH. Install Node.js, which brings it.");
    if (output.code === 0) return output.stdout;
    throw new ReviewError(`Stack ${stack} cannot be rendered:\n\n${output.stderr.trim() || output.stdout.trim()}`);
}

function manifests(text: string, what: string): readonly Manifest[] {
    let found: readonly Manifest[];
    try {
        found = fromYaml(text);
    } catch (error) {
        throw new ReviewError(
            `The text of ${what} is no YAML: ${error instanceof Error ? error.message : String(error)}`,
        );
    }
    const isManifest = (value: unknown) =>
        textAt(value, "apiVersion") !== undefined && textAt(value, "kind") !== undefined;
    if (found.every(isManifest)) return found;
    throw new ReviewError(`The text of ${what} has something in it that is no Kubernetes object.`);
}

function lastLine(text: string): string {
    return (
        text
            .trim()
            .split("\n")
            .at(-1)
            ?.replace(/^error: /, "") ?? ""
    );
}
