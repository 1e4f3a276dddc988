/**
 * A release as a reader would tell it: its command, then pods, workers and schedules, the seconds that each may take, and what
 * becomes of it where one fails. Pure.
 */
import { commandDeadlineSeconds, commandGraceSeconds } from "../../components/drain";
import { shownObject } from "./objects";
import { environmentRemovals } from "./removals";
import { commandOf, servicesOf, type Part, type ServiceParts, type State } from "./roles";
import { pods, range, type RolloutSize } from "./rollout";
import { listAt, numberAt } from "./values";
import { graceSeconds, podCount } from "./workload";

export interface ReleaseStep {
    readonly text: string;
    /** What is run, for the end of the text. */
    readonly command?: string;
    /** Sentences. */
    readonly facts: readonly string[];
}

export interface Release {
    /** What serves. */
    readonly object: string;
    readonly steps: readonly ReleaseStep[];
}

/** What a change releases. A rollout without a command, workers and schedules is told as a rollout alone. */
export function releasesOf(parts: readonly Part[], state: State): readonly Release[] {
    return servicesOf(parts).flatMap((service) => {
        const { command, assets, served, workers, schedules } = service;
        if (served?.pair.after === undefined) return [];
        const isWithCommands = [command, assets, ...workers, ...schedules].some((part) => part !== undefined);
        const isRolledOut = served.rollout !== undefined || served.action === "created";
        if (!runs(command) && command?.action !== "deleted" && !runs(assets) && !(isWithCommands && isRolledOut))
            return [];
        const steps = [
            ...commandSteps(service),
            servedStep(served, runs(command), state),
            ...workerSteps(service, state),
            ...scheduleSteps(service),
            ...assetsSteps(service),
            ...lastSteps(service, state),
        ];
        return [{ object: shownObject(served.pair), steps }];
    });
}

/** True where the change begins the Job, or goes on with it. */
function runs(command: Part | undefined): boolean {
    if (command === undefined) return false;
    const { action, isUnfinished } = command;
    return isUnfinished || action === "created" || action === "renewed" || action === "replaced";
}

// --- Steps -----------------------------------------------------------------------------------------------------------

function commandSteps({ command, served }: ServiceParts): readonly ReleaseStep[] {
    if (command === undefined) return [];
    const object = shownObject(command.pair);
    const job = command.pair.after;
    if (job === undefined) {
        const text = `${object} goes: no command runs before pods, workers and schedules are rolled, now and in releases to come`;
        return [{ text, facts: [] }];
    }
    if (!runs(command)) return [{ text: `${object} has done its work: the command does not run again`, facts: [] }];
    const isFirst = served?.pair.before === undefined;
    const deadline = numberAt(job, "spec", "template", "spec", "activeDeadlineSeconds");
    const start = commandDeadlineSeconds(0);
    const time = deadline === undefined ? "" : `, for ${deadline - start} s at most and ${start} s for its pod's start`;
    const text = command.isUnfinished
        ? `${object} has not succeeded yet: where it runs still it is waited for, otherwise it runs again${time}`
        : `${object} runs once, ${isFirst ? "before anything serves" : "while the old pods serve"}${time}`;
    return [
        {
            text,
            command: commandOf(job),
            facts: [
                isFirst
                    ? "Where it fails, nothing that serves is made, and the next pulumi up runs it again."
                    : "Where it fails, nothing is rolled out: pods, workers and schedules stay as they are, and the next pulumi up runs it again.",
            ],
        },
    ];
}

function servedStep({ pair, action, rollout }: Part, isAfterCommand: boolean, state: State): ReleaseStep {
    const object = shownObject(pair);
    const { after } = pair;
    if (rollout !== undefined && after !== undefined) {
        const deadline = numberAt(after, "spec", "progressDeadlineSeconds") ?? 600;
        return {
            text: `${object} is rolled${sizesText(rollout)}`,
            facts: [
                `Without progress for ${deadline} s it has failed: the old pods serve on` +
                    `${isAfterCommand ? ", and what the command has done stays" : ""}.`,
            ],
        };
    }
    if (action === "created") return { text: `${object} is created${countText(pair.after, state)}`, facts: [] };
    if (action === "replaced") return { text: `${object} is replaced (above)`, facts: [] };
    return { text: `${object} is not rolled: its pods stay`, facts: [] };
}

function workerSteps({ served, workers }: ServiceParts, state: State): readonly ReleaseStep[] {
    const facts = workers.flatMap(({ pair, action, rollout }) => {
        const object = shownObject(pair);
        if (action === "created") return [`${object} is created${countText(pair.after, state)}.`];
        const grace = pair.before === undefined ? 0 : graceSeconds(pair.before);
        const rest = commandGraceSeconds(0);
        const end = `each old pod has ${grace} s for its end, ${grace - rest} s for its job and ${rest} s more.`;
        if (action === "deleted") return [`${object} goes at the end: ${end}`];
        return rollout === undefined ? [] : [`${object}${sizesText(rollout)}; ${end}`];
    });
    if (facts.length === 0) return [];
    const isRolled = workers.some(({ rollout }) => rollout !== undefined);
    const isBeside = isRolled && served?.rollout !== undefined;
    return [
        {
            text: `${isRolled ? "Workers are rolled" : "Workers"}${isBeside ? " at the same time, and do not wait for the pods" : ""}`,
            facts: [...facts, ...(isRolled ? ["Where one fails, its old pods work on, beside what is new."] : [])],
        },
    ];
}

function scheduleSteps({ schedules }: ServiceParts): readonly ReleaseStep[] {
    const facts = schedules.flatMap(({ pair, action }) => {
        const { before } = pair;
        if (action === undefined || before === undefined) return [];
        const seconds = numberAt(before, "spec", "jobTemplate", "spec", "template", "spec", "activeDeadlineSeconds");
        if (seconds === undefined) return [];
        return [`${shownObject(pair)}: a run that goes on has ${seconds} s from its start.`];
    });
    if (schedules.every(({ action }) => action === undefined)) return [];
    return [{ text: "Schedules: what they begin from then on is this release's", facts }];
}

function assetsSteps({ assets, served }: ServiceParts): readonly ReleaseStep[] {
    const job = assets?.pair.after;
    if (assets === undefined || job === undefined || !runs(assets)) return [];
    const seconds = listAt(job, "spec", "template", "spec", "containers", 0, "command")[4];
    const deadline = numberAt(job, "spec", "activeDeadlineSeconds");
    const after = served?.rollout === undefined && served?.action !== "created" ? "" : " after the pods";
    return [
        {
            text:
                `${shownObject(assets.pair)} runs${after}, for ${deadline ?? "some"} s at most: files of releases before stay for ` +
                `${String(seconds)} s from when another one has come, and those go whose time is over`,
            facts: [
                "Where it fails, the release serves all the same, no file is gone, and the next pulumi up runs it again.",
            ],
        },
    ];
}

/** When no pod of before is there any more. */
function lastSteps({ served, workers }: ServiceParts, state: State): readonly ReleaseStep[] {
    const old = [served, ...workers].flatMap((part) =>
        part?.rollout === undefined || part.pair.before === undefined ? [] : [part.pair.before],
    );
    if (old.length === 0) return [];
    const seconds = Math.max(...old.map(graceSeconds));
    return [
        {
            text:
                `At most ${seconds} s after that the last old pod has ended. What old code needs goes then at the earliest, ` +
                "with another release",
            facts: served === undefined ? [] : environmentRemovals(served.pair, state),
        },
    ];
}

// --- Texts -----------------------------------------------------------------------------------------------------------

/** ": 3 pods in 3 steps, 15 s and 3 starts or more; ..." */
function sizesText(sizes: readonly RolloutSize[]): string {
    const texts = sizes.map(
        (size) =>
            `${pods(size.pods)} in ${count(size.steps, "step")}, ${size.leastSeconds} s and ${count(size.steps, "start")} or more`,
    );
    return texts.length === 0 ? "" : `: ${texts.join("; ")}`;
}

function countText(workload: Part["pair"]["after"], { after }: State): string {
    const found = workload === undefined ? undefined : podCount(workload, after);
    return found === undefined ? "" : ` with ${range(found)}`;
}

function count(number: number, noun: string): string {
    return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
