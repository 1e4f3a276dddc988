/** `npm run -s replay`: does the model of the HPA controller do what the real one was recorded to do? */
import { parseOptions, readInput, runCommand, UsageError } from "../../common/commandLine";
import { parseRecording } from "./recording";
import { changeDifferences, describeChange, modelChanges, recordedChanges, replay, statusDifferences } from "./replay";

const usage = `Usage: npm run -s replay -- --recording FILE.ndjson

Plays what npm run -s record has recorded through the model of the HPA controller, and prints the changes of the scale that
the real controller made beside the model's, and where the status that they write differs.

Exit code: 0 the same, 1 not, 2 the command or the file is wrong`;

function main(args: readonly string[]): number {
    const path = recordingPath(args);
    const recording = parseRecording(readInput(path), path);
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
    const { recording: path } = parseOptions({ args: [...args], options: { recording: { type: "string" } } }).values;
    if (path === undefined) throw new UsageError("Which recording? --recording names its file.");
    return path;
}

runCommand(main, usage);
