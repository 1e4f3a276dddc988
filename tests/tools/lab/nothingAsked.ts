import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * For each test of the suite: a variable of the environment that is not set, whatever it was, and an empty folder.
 *
 * @returns the path of a name in that folder
 */
export function nothingAsked(variable: string): (name: string) => string {
    let folder: string;
    let before: string | undefined;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "php-web-service-test-"));
        before = process.env[variable];
        Reflect.deleteProperty(process.env, variable);
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
        Reflect.deleteProperty(process.env, variable);
        if (before !== undefined) process.env[variable] = before;
    });

    return (name) => join(folder, name);
}
