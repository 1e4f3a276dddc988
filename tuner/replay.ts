/** `npm run -s replay`: does the model of the HPA controller do what the real one was recorded to do? */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { parseRecording, RecordingError } from "./recording/recording";
import {
    changeDifferences,
    describeChange,
    modelChanges,
    recordedChanges,
    replay,
    statusDifferences,
} from "./recording/replay";

const usage = `Usage: npm run -s replay -- --recording FILE.ndjson

Plays what npm run -s record has recorded through the model of the HPA controller, and prints the changes of the scale that
the real controller made beside the model's, and where the status that they write differs.

Exit code: 0 the same, 1 not, 2 the command or the file is wrong`;

class UsageError extends Error {}

function main(args: readonly string[]): number {
    const path = recordingPath(args);
    const recording = parseRecording(contentOf(path), path);
    const syncs = replay(recording);
    const recorded = recordedChanges(recording);
    const model = modelChanges(syncs);
    const problems = [...changeDifferences(recorded, model), ...statusDifferences(syncs)];
    const { hpa, recordedAt, kubernetes } = recording.header;
    const lines = [
        `${hpa}, Kubernetes ${kubernetes}, ${recordedAt}: ${syncs.length} syncs`,
        ...recorded.map((change, i) => `recorded ${describeChange(change)}   model ${describeChange(model[i])}`),
        ...(problems.length === 0 ? ["The same."] : problems),
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
    return problems.length === 0 ? 0 : 1;
}

function recordingPath(args: readonly string[]): string {
    let path: string | undefined;
    try {
        path = parseArgs({ args: [...args], options: { recording: { type: "string" } } }).values.recording;
    } catch (error) {
        throw new UsageError(error instanceof Error ? error.message : String(error));
    }
    if (path === undefined) throw new UsageError("Which recording? --recording names its file.");
    return path;
}

function contentOf(path: string): string {
    try {
        return readFileSync(path, "utf8");
    } catch (error) {
        throw new RecordingError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
    }
}

try {
    process.exitCode = main(process.argv.slice(2));
} catch (error) {
    if (!(error instanceof UsageError || error instanceof RecordingError)) throw error;
    process.stderr.write(error instanceof UsageError ? `${error.message}\n\n${usage}\n` : `${error.message}\n`);
    process.exitCode = 2;
}
