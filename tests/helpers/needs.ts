/** What tests need of the machine beside npm packages, and what becomes of those that do not find it. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";

import { programsOnPath } from "../../tools/common/build/onPath";
import { repositoryRoot } from "../../tools/common/paths";
import { networkNamespace, phpFpmPath } from "../programs/run";

// A user's PATH often lacks these, which have nginx and ip.
process.env["PATH"] = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;

/** How to find what is not simply a program on PATH. */
const checks: ReadonlyMap<string, () => boolean> = new Map([
    ["php-fpm", () => phpFpmPath() !== ""],
    // Of a version that will do, or one that the script installs. It says what it does, and why it cannot.
    [
        "go",
        () =>
            spawnSync(join(repositoryRoot, "scripts/go/go.sh"), { stdio: ["ignore", "ignore", "inherit"] }).status ===
            0,
    ],
    // As the lab has them.
    ["traefik", () => isBuilt("traefik")],
    ["envoy", () => isBuilt("envoy")],
    ["PHP's extension for Redis", () => globSync("/usr/lib/php/*/redis.so").length > 0],
    ["network namespaces", () => spawnSync("unshare", [...networkNamespace, "true"]).status === 0],
    ["root", () => process.getuid?.() === 0],
]);

const isBuilt = (tool: string): boolean =>
    spawnSync(process.execPath, ["--import", "tsx", "tools/lab/cli.ts", "build", tool], {
        cwd: repositoryRoot,
        stdio: ["ignore", "ignore", "inherit"],
    }).status === 0;

const found = new Map<string, boolean>();

/** Those of the names that are not here: programs, or what {@link checks} has. */
export function missing(names: readonly string[]): readonly string[] {
    return names.filter((name) => {
        const isThere = found.get(name) ?? checks.get(name)?.() ?? programsOnPath(name).length > 0;
        found.set(name, isThere);
        return !isThere;
    });
}

/** Whether tests may be skipped for what is missing. Root can install it, and continuous integration has to have it. */
export function maySkip(environment: NodeJS.ProcessEnv, userId: number | undefined): boolean {
    return environment["CI"] !== "true" && userId !== 0;
}

export const isSkippingAllowed = maySkip(process.env, process.getuid?.());

/**
 * A suite's first `before` hook: where any of the names is {@link missing}, all of the suite is skipped, hooks included, and
 * the titles say why; or it fails where nothing may be skipped.
 */
export function needs(...names: readonly string[]): Mocha.Func {
    return function () {
        // A Go may have to be installed.
        this.timeout(300_000);
        const missed = missing(names);
        const suite = this.test?.parent;
        if (missed.length === 0 || suite === undefined) return;
        const why = `no ${missed.join(", ")}`;
        if (!isSkippingAllowed) {
            throw new Error(
                `There is ${why} here, and nothing is skipped as root or with CI=true. ` +
                    "scripts/install-test-programs.sh installs the programs.",
            );
        }
        suite.eachTest((test) => {
            // reporter.cjs reads it.
            test.title += ` (${why})`;
        });
        // As describe.skip does.
        Object.assign(suite, { pending: true });
    };
}
