/** Recordings of the real stacks, made once for all tests. */
import { createRequire } from "node:module";
import { join } from "node:path";

import { repositoryRoot } from "../../tools/common/paths";
import { record, recordProgram, type Recording, type Registered } from "../../tools/render/record";
import { parseStackFile, readStackFile, type StackConfig } from "../../tools/render/stackFile";

/** `require`, since a program runs when it is loaded. */
const load = createRequire(__filename);

const recordings = new Map<string, Promise<Recording>>();
let last: Promise<unknown> = Promise.resolve();

/** Programs run one after the other: Pulumi keeps its state in the process. */
function enqueue<T>(work: () => Promise<T>): Promise<T> {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
}

/** The recording of a stack as it stands in the repository. */
export function recordingOf(stack: string): Promise<Recording> {
    const known = recordings.get(stack) ?? enqueue(() => record(stack, readStackFile(stack)));
    recordings.set(stack, known);
    return known;
}

/** The recording of a stack file's text. */
export function recordingOfText(text: string, stack = "prod", preview = false): Promise<Recording> {
    return recordingOfConfig(parseStackFile(text), stack, preview);
}

export function recordingOfConfig(config: StackConfig, stack = "prod", preview = false): Promise<Recording> {
    return enqueue(() => record(stack, config, preview));
}

/** The one resource of a type, with a name where the type has several. Throws where there is none or more. */
export function resource({ resources }: Recording, type: string, name?: string): Registered {
    const found = resources.filter((each) => each.type === type && (name === undefined || each.name === name));
    if (found.length !== 1 || found[0] === undefined) {
        throw new Error(`${found.length} resources of type ${type}${name === undefined ? "" : ` named ${name}`}`);
    }
    return found[0];
}

/** Type and name of every resource, sorted. */
export function identities({ resources }: Recording): readonly string[] {
    return resources.map(({ type, name }) => `${type} ${name}`).sort();
}

/** The recording of another program: a function that makes resources and returns outputs. */
export function recordingOfProgram(program: () => Record<string, unknown>): Promise<Recording> {
    return enqueue(() =>
        recordProgram("test", { values: {}, secretKeys: [] }, false, () => Promise.resolve().then(program)),
    );
}

/** The recording of a program under examples/. */
export function recordingOfExample(name: string): Promise<Recording> {
    const path = join(repositoryRoot, "examples", name, "index.ts");
    return recordingOfProgram(() => {
        Reflect.deleteProperty(load.cache, path);
        return load(path) as Record<string, unknown>;
    });
}
