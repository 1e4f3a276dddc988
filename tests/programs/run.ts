/** Runs the real nginx and php-fpm on rendered configuration. */
import { spawnSync, type SpawnOptions } from "node:child_process";
import { chmodSync, fchownSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { spawned } from "../helpers/spawned";

export interface Ended {
    readonly code: number | null;
    readonly output: string;
}

const isRoot = process.getuid?.() === 0;

/** Nobody: no container of ours runs as root. */
const nobody = 65534;

/**
 * How to run a program as somebody who is not root, with its output in a file that it can open again as /dev/stderr, as nginx
 * does: as nobody, or as this process's own user.
 */
export function withoutRoot(
    command: string,
    args: readonly string[],
    logPath: string,
    env: Readonly<Record<string, string>>,
): { readonly command: string; readonly args: readonly string[]; readonly options: SpawnOptions } {
    const log = openSync(logPath, "a");
    const options: SpawnOptions = { stdio: ["ignore", log, log], env: { ...process.env, ...env } };
    if (!isRoot) return { command, args, options };
    fchownSync(log, nobody, nobody);
    return {
        command: "setpriv",
        args: [`--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", command, ...args],
        options,
    };
}

/** Runs a command that is not root's to its end. Throws where it cannot be started. */
export function runWithoutRoot(
    name: string,
    args: readonly string[],
    folder: string,
    env: Readonly<Record<string, string>> = {},
): Ended {
    const logPath = join(folder, `${name.split("/").at(-1) ?? ""}.log`);
    const { command, args: all, options } = withoutRoot(name, args, logPath, env);
    const { status, error } = spawnSync(command, all, { ...options, timeout: 60_000 });
    if (error !== undefined) throw error;
    return { code: status, output: readFileSync(logPath, "utf8") };
}

/** First line of what a shell command prints; empty where it prints nothing. */
function firstLine(command: string): string {
    const { stdout, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
    return `${stdout}${stderr}`.split("\n")[0] ?? "";
}

/** Debian names php-fpm after its version. Empty where there is none. */
export function phpFpmPath(): string {
    return firstLine("ls /usr/sbin/php-fpm* /usr/local/sbin/php-fpm* 2>/dev/null | sort -rV");
}

/** The installed nginx's version, number by number. */
export function nginxVersion(): readonly number[] {
    const version = /nginx\/(\d+\.\d+\.\d+)/.exec(firstLine("nginx -v"))?.[1];
    if (version === undefined) throw new Error("nginx -v tells no version.");
    return version.split(".").map(Number);
}

/** Makes a folder for one test, writable for every user, and removes it when the test is done with it. */
export function withFolder<T>(use: (folder: string) => T): T {
    const folder = mkdtempSync(join(tmpdir(), "php-web-service-"));
    chmodSync(folder, 0o777);
    const remove = () => {
        rmSync(folder, { recursive: true });
    };
    let result: T;
    try {
        result = use(folder);
    } catch (error) {
        remove();
        throw error;
    }
    if (result instanceof Promise) return result.finally(remove) as T;
    remove();
    return result;
}

/** Writes files by their paths below a folder, and folders where they are missing; readable for every user, whatever this process's umask. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
        const path = join(folder, name);
        if (mkdirSync(dirname(path), { recursive: true }) !== undefined) chmodSync(dirname(path), 0o755);
        writeFileSync(path, text);
        chmodSync(path, 0o644);
    }
}

/** For unshare: a network of its own, in which the command may change what it likes, for every user. */
export const networkNamespace: readonly string[] = [
    // Who is not root is a user of a namespace that has the rights.
    ...(isRoot ? [] : ["--user", "--map-current-user", "--keep-caps"]),
    ...["--net", "--kill-child", "--fork"],
];

/** Runs a command in a network namespace of its own and returns its stdout. Throws with its output where it fails. */
export async function inNamespace(command: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await spawned("unshare", ...networkNamespace, ...command);
    if (code === 0) return stdout;
    throw new Error(`${command.join(" ")} ended with ${code ?? "a signal"}:\n${stderr}${stdout}`);
}
