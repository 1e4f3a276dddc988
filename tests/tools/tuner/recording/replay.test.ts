/** The model of the HPA controller against what the real one did on a cluster. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { repositoryRoot } from "../../../../tools/common/paths";
import type { HorizontalPodAutoscalerSpec, MetricSpec, ScalingRules } from "../../../../tools/tuner/controller";
import { parseRecording, type Recording, RecordingError } from "../../../../tools/tuner/recording/recording";
import {
    changeDifferences,
    modelChanges,
    recordedChanges,
    replay,
    type ReplayOptions,
    statusDifferences,
} from "../../../../tools/tuner/recording/replay";
import { spawned } from "../../../helpers/spawned";

const recordingAt = (file: string): Recording => parseRecording(readFileSync(join(repositoryRoot, file), "utf8"), file);

const path = "tests/tools/tuner/recorded/lab-step.ndjson";
const recording = recordingAt(path);

interface Differences {
    readonly changes: readonly string[];
    readonly status: readonly string[];
}

function replayed(options: ReplayOptions = {}, played: Recording = recording): Differences {
    const syncs = replay(played, options);
    return {
        changes: changeDifferences(recordedChanges(played), modelChanges(syncs)),
        status: statusDifferences(syncs),
    };
}

describe("the model of the HPA controller does what the real one was recorded to do", () => {
    it("in a recording with changes of the scale both ways, and failing metrics", () => {
        expect(recordedChanges(recording).map(({ from, to }) => `${from} -> ${to}`)).to.deep.equal([
            "2 -> 6",
            "6 -> 3",
            "3 -> 2",
            "2 -> 4",
            "4 -> 2",
        ]);
        const reasons = new Set(
            recording.states.flatMap(({ status }) => Object.values(status.conditions).map(({ is }) => is)),
        );
        expect(reasons).to.include.all.keys(
            "True/ScaleDownStabilized",
            "True/SucceededRescale",
            "False/FailedGetContainerResourceMetric",
            "True/TooManyReplicas",
            "True/TooFewReplicas",
        );
    });

    // The recording tells the time of a sync to about a second.
    for (const place of [0, 0.25, 0.5, 0.75, 1]) {
        it(`wherever within that second the syncs were: ${place}`, () => {
            expect(replay(recording, { place })).to.have.lengthOf(22);
            expect(replayed({ place })).to.deep.equal({ changes: [], status: [] });
        });
    }
});

describe("the recording tells whether a rule is broken:", () => {
    const spec = (
        change: (spec: HorizontalPodAutoscalerSpec) => Partial<HorizontalPodAutoscalerSpec>,
    ): ReplayOptions => ({
        changeSpec: (spec) => ({ ...spec, ...change(spec) }),
    });
    const scaleUp = (rules: ScalingRules) =>
        spec(({ behavior }) => ({ behavior: { ...behavior, scaleUp: { ...behavior?.scaleUp, ...rules } } }));
    const scaleDown = (rules: ScalingRules) =>
        spec(({ behavior }) => ({ behavior: { ...behavior, scaleDown: { ...behavior?.scaleDown, ...rules } } }));

    const breaksChanges: Readonly<Record<string, ReplayOptions>> = {
        "no window for scale-down": scaleDown({ stabilizationWindowSeconds: 0 }),
        "half the window for scale-down": scaleDown({ stabilizationWindowSeconds: 15 }),
        "a window for scale-down that is a second longer": scaleDown({ stabilizationWindowSeconds: 31 }),
        // Syncs are 15 s apart, and some milliseconds: what the last one recommended is outside of a window of 15 s.
        "a window for scale-up": scaleUp({ stabilizationWindowSeconds: 16 }),
        "a tolerance that lets 97 % of 60 % pass": { controller: { tolerance: 0.65 } },
        "a maxReplicas that is one less": spec(({ maxReplicas }) => ({ maxReplicas: maxReplicas - 1 })),
        "a maxReplicas that is one more": spec(({ maxReplicas }) => ({ maxReplicas: maxReplicas + 1 })),
        "a minReplicas that stays 2": spec(() => ({ minReplicas: 2 })),
        "a scale-up policy of Pods that is one less": scaleUp({
            policies: [{ type: "Pods", value: 3, periodSeconds: 15 }],
        }),
        "a scale-up policy of Percent alone": scaleUp({
            policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
        }),
        "a policy for scale-down": scaleDown({ policies: [{ type: "Pods", value: 1, periodSeconds: 15 }] }),
        "the CPU of all containers": spec(() => ({
            metrics: [
                {
                    type: "Resource",
                    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } },
                },
            ],
        })),
    };
    for (const [name, options] of Object.entries(breaksChanges)) {
        it(`${name} (changes)`, () => {
            expect(replayed(options).changes).not.to.be.empty;
        });
    }

    const breaksStatus: Readonly<Record<string, ReplayOptions>> = {
        "half the tolerance": { controller: { tolerance: 0.05 } },
        "new pods that count as soon as they are ready": { controller: { cpuInitializationPeriodSeconds: 0 } },
        "new pods that count after 30 s": { controller: { cpuInitializationPeriodSeconds: 30 } },
    };
    for (const [name, options] of Object.entries(breaksStatus)) {
        it(`${name} (status)`, () => {
            expect(replayed(options).status).not.to.be.empty;
        });
    }
});

describe("with two metrics, CPU and busy workers, the model does what the real controller was recorded to do", () => {
    const waiting = recordingAt("tests/tools/tuner/recorded/lab-waiting.ndjson");
    const isBusyWorkers = (metric: MetricSpec) => metric.type === "External";
    const metrics = (change: (metrics: readonly MetricSpec[]) => readonly MetricSpec[]): ReplayOptions => ({
        changeSpec: (spec) => ({ ...spec, metrics: change(spec.metrics ?? []) }),
    });
    const busyWorkersTarget = (averageValue: string): ReplayOptions =>
        metrics((all) =>
            all.map((metric) =>
                metric.type === "External"
                    ? { ...metric, external: { ...metric.external, target: { type: "AverageValue", averageValue } } }
                    : metric,
            ),
        );

    // Not 0: the figure is another one with each look, and at the very begin the look before, a second older, would count.
    for (const place of [0.05, 0.25, 0.5, 0.75, 1]) {
        it(`wherever within what is known of their times the syncs were: ${place}`, () => {
            expect(recordedChanges(waiting)).to.have.length.above(3);
            expect(replayed({ place }, waiting)).to.deep.equal({ changes: [], status: [] });
        });
    }

    it("of which CPU alone would not have added a pod for requests that wait", () => {
        const byCpu = metrics((all) => all.filter((metric) => !isBusyWorkers(metric)));
        const added = (options?: ReplayOptions) =>
            modelChanges(replay(waiting, options)).filter(({ from, to }) => to > from);
        const computingMs = waiting.states[0].atMilliseconds + 450_000;
        expect(added(byCpu).filter(({ atMilliseconds }) => atMilliseconds < computingMs)).to.deep.equal([]);
        expect(added().filter(({ atMilliseconds }) => atMilliseconds < computingMs)).to.have.length.above(1);
    });

    it("and not with another target", () => {
        expect(replayed(busyWorkersTarget("600m"), waiting).changes).not.to.be.empty;
        expect(replayed(busyWorkersTarget("2400m"), waiting).changes).not.to.be.empty;
    });

    it("and takes none away where the figure is missing", () => {
        const [first, ...rest] = waiting.states.map((state) => ({ ...state, externalMetrics: {} }));
        if (first === undefined) throw new Error("There is no state.");
        const changes = modelChanges(replay({ ...waiting, states: [first, ...rest] }));
        expect(changes.filter(({ from, to }) => to < from)).to.deep.equal([]);
    });
});

describe("differences of changes", () => {
    const change = { atMilliseconds: 1_000_000, from: 2, to: 6 };
    it("may be as far apart as one sync period, and no further", () => {
        expect(changeDifferences([change], [{ ...change, atMilliseconds: 985_000 }])).to.be.empty;
        expect(changeDifferences([change], [{ ...change, atMilliseconds: 1_015_001 }])).to.deep.equal([
            "change 1: recorded 00:16:40.000 2 -> 6, model at 00:16:55.001",
        ]);
    });
    it("are other numbers, and changes that only one has", () => {
        expect(changeDifferences([change], [{ ...change, to: 5 }])).to.have.lengthOf(1);
        expect(changeDifferences([change], [])).to.deep.equal(["change 1: recorded 00:16:40.000 2 -> 6, model none"]);
        expect(changeDifferences([], [change])).to.have.lengthOf(1);
    });
});

describe("npm run replay", () => {
    const replayCommand = (...args: readonly string[]) =>
        spawned(
            join(repositoryRoot, "node_modules/.bin/tsx"),
            join(repositoryRoot, "tools/tuner/recording/replayCli.ts"),
            ...args,
        );

    it("prints the changes beside each other", async () => {
        const { code, stdout, stderr } = await replayCommand("--recording", path);
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
        expect(stdout).to.match(
            /^web\/web-1ea0b226, Kubernetes v1\.34\.4, .*: 22 syncs\nrecorded \S+ 2 -> 6 {3}model /,
        );
        expect(stdout).to.match(/\nThe same\.\n$/);
    });

    it("ends with 2 where there is no recording, or none is named", async () => {
        const missing = await replayCommand("--recording", "missing.ndjson");
        expect(missing.code).to.equal(2);
        expect(missing.stderr).to.match(/^missing\.ndjson cannot be read: ENOENT/);
        const unnamed = await replayCommand();
        expect(unnamed.code).to.equal(2);
        expect(unnamed.stderr).to.match(/^Which recording\?[^]*Usage: npm run -s replay/);
    });

    it("cannot tell the time of syncs that changed nothing", () => {
        const quiet: Recording = { header: recording.header, states: [recording.states[0]] };
        expect(() => replay(quiet)).to.throw(RecordingError, /The HPA changed nothing while it was recorded/);
    });
});
