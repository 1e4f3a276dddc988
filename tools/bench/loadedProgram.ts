/** Loads and runs one program under mocks, as a preview would. Usage: loadedProgram.ts empty|STACK */
import { record, recordProgram } from "../render/record";
import { readStackFile } from "../render/stackFile";

async function main(): Promise<void> {
    const [which = "empty"] = process.argv.slice(2);
    if (which === "empty") {
        await recordProgram("empty", { values: {}, secretKeys: [] }, true, async () => {
            await import("@pulumi/kubernetes");
            return {};
        });
    } else {
        await record(which, readStackFile(which), true);
    }
}

void main();
