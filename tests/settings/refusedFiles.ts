/** The stack files of tests/refused/, each with the message that it must be refused with. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface RefusedFile {
    readonly name: string;
    readonly expected: string;
    readonly text: string;
}

const folder = join(__dirname, "..", "refused");

/** Every file, sorted by name. Throws where one has no expected message. */
export function refusedFiles(): readonly RefusedFile[] {
    return readdirSync(folder)
        .filter((name) => name.endsWith(".yaml"))
        .sort()
        .map((name) => {
            const text = readFileSync(join(folder, name), "utf8");
            const lines = text.split("\n");
            const start = lines.indexOf("# Expected:") + 1;
            const end = lines.findIndex((line, i) => i >= start && !line.startsWith("#   "));
            if (start === 0 || end <= start) throw new Error(`${name} has no block "# Expected:" at its start.`);
            return {
                name,
                expected: lines
                    .slice(start, end)
                    .map((line) => line.slice("#   ".length))
                    .join("\n"),
                text,
            };
        });
}
