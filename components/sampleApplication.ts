import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(__dirname, "..", "app");

/** Files of app/, by name: the application that the stack serves until there is another. */
export function sampleApplication(): Readonly<Record<string, string>> {
    return Object.fromEntries(
        readdirSync(folder)
            .sort()
            .map((file) => [file, readFileSync(join(folder, file), "utf8")]),
    );
}
