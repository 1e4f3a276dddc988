/** A PATH of a test's own: nothing of the machine is found on it but what the test names. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export class ProgramFolder {
    /** For whatever else the test needs. */
    readonly folder = mkdtempSync(join(tmpdir(), "programs-"));
    readonly path = join(this.folder, "bin");

    /** @param programs of the machine, which are there as well */
    constructor(programs: readonly string[]) {
        mkdirSync(this.path);
        for (const name of programs) {
            const found = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
            symlinkSync(found, join(this.path, name));
        }
    }

    /** Adds a program, or one at an absolute path. The script's folder is the test's in $TEST. */
    add(name: string, script: string): void {
        const path = name.startsWith("/") ? name : join(this.path, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, `#!${join(this.path, "bash")}\nTEST=${this.folder}\n${script}\n`, { mode: 0o755 });
    }

    /** The lines of a file that scripts have written; none where they have not. */
    lines(name: string): readonly string[] {
        try {
            return readFileSync(join(this.folder, name), "utf8").split("\n").slice(0, -1);
        } catch {
            return [];
        }
    }

    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }
}
