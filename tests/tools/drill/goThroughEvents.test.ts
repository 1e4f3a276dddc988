import { expect } from "chai";

import { Cleanup } from "../../../tools/common/cleanup";
import { sleep } from "../../../tools/common/commands";
import { Api } from "../../../tools/common/kubernetes/api";
import type { HorizontalPodAutoscaler, Deployment, Pod } from "../../../tools/common/kubernetes/objects";
import { controllerOfKind } from "../../../tools/drill/cluster/controllers";
import { imageRollout } from "../../../tools/drill/events/deploying";
import { eachVariant, type DrillEvent, type Scene } from "../../../tools/drill/events/event";
import { goThroughEvents, type RunOptions } from "../../../tools/drill/events/run";
import { WorkloadRecord } from "../../../tools/drill/observe/workloadRecord";

describe("going through a drill's events", function () {
    this.timeout(5000);
    let said: string[];
    let interruption: AbortController;

    const pod = (name: string, ready: "True" | "False" = "False"): Pod => ({
        metadata: { name },
        spec: {},
        status: { phase: "Running", conditions: [{ type: "Ready", status: ready }] },
    });

    /** A variant with one pod, which is always settled. */
    const settled = () => {
        const record = new WorkloadRecord(() => 0);
        record.onDeployment({
            metadata: { name: "web", generation: 1 },
            spec: { replicas: 1 },
            status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
        } as unknown as Deployment);
        record.onPod(pod("web-1"), false);
        record.onAutoscaler({ spec: { minReplicas: 1, maxReplicas: 1 } } as unknown as HorizontalPodAutoscaler);
        return record;
    };

    const go = (events: readonly DrillEvent[], changes: Partial<RunOptions> = {}) => {
        const record = settled();
        return goThroughEvents({
            observer: { of: () => record } as unknown as RunOptions["observer"],
            controller: controllerOfKind("ingress-nginx"),
            variants: [{ name: "ours" }] as unknown as RunOptions["variants"],
            load: { beginStep: () => undefined, endStep: () => undefined },
            api: new Api("http://127.0.0.1:9"),
            kubectl: () => Promise.resolve(""),
            cleanup: new Cleanup(),
            events,
            images: ["nginx:1.30", "nginx:1.26"],
            restartApiServer: undefined,
            stack: { get: () => undefined, set: () => undefined, up: () => Promise.resolve() },
            secondController: undefined,
            metricsOutageSeconds: 1,
            quietSeconds: 0,
            clock: () => performance.now() / 1000,
            say: (line) => said.push(line),
            signal: interruption.signal,
            ...changes,
        });
    };

    const event = (name: string, run: (scene: Scene) => Promise<void>, whyNot?: string): DrillEvent => ({
        name,
        title: name,
        mayLose: { text: "0", atMost: 0 },
        whyNot: () => whyNot,
        run,
        doubt: () => undefined,
    });

    beforeEach(() => {
        said = [];
        interruption = new AbortController();
    });

    it("does them in order, and leaves out what cannot be done, with the reason", async () => {
        const done: string[] = [];
        const noting = (name: string, whyNot?: string) =>
            event(
                name,
                () => {
                    done.push(name);
                    return Promise.resolve();
                },
                whyNot,
            );
        const times = await go([noting("a"), noting("b", "there is no b"), noting("c")]);
        expect(done).to.deep.equal(["a", "c"]);
        expect(times.map(({ event: { name } }) => name)).to.deep.equal(["a", "c"]);
        expect(said.join("\n")).to.include("b: left out, since there is no b");
    });

    it("goes on after an event that fails, and keeps why, in one line", async () => {
        const failing = event("a", () => Promise.reject(new Error("first\n  second")));
        const times = await go([failing, event("b", () => Promise.resolve())]);
        expect(times.map(({ failure }) => failure)).to.deep.equal(["first second", undefined]);
    });

    it("ends at once when it is interrupted", async () => {
        const waiting = event("a", async ({ pause }) => {
            interruption.abort();
            await pause(60);
        });
        const failure = await go([waiting]).then(
            () => undefined,
            (error: unknown) => error,
        );
        expect(failure).to.be.instanceOf(Error).with.property("name", "AbortError");
    });

    it("says why it ends early, not just that it does", async () => {
        const waiting = event("a", async (scene) => {
            interruption.abort(new Error("This machine is too slow"));
            await scene.until(60, "the rollouts", () => false);
        });
        const failure: unknown = await go([waiting]).catch((error: unknown) => error);
        expect(failure).to.have.property("message", "This machine is too slow");
    });

    it("says what an event waits for while it does, all of it, and what the pods are like", async () => {
        const waiting = event("a", async (scene) => {
            await Promise.all([
                eachVariant(scene, () => sleep(0.2)),
                scene.until(0.2, "the rollouts", () => false),
                scene.kubectl("drain", "node-1", "--ignore-daemonsets", "--timeout=300s"),
            ]);
        });
        const [time] = await go([waiting], {
            tellSeconds: 0.1,
            kubectl: async () => {
                await sleep(0.2);
                return "";
            },
        });
        expect(said).to.include(
            "  0 s: waiting for the change of ours to be made and the rollouts and kubectl drain node-1 --ignore-daemonsets; " +
                "ours 0 of 1 pods ready",
        );
        expect(time?.failure).to.equal("After 0.2 s still waiting for the rollouts (ours 0 of 1 pods ready).");
    });

    it("rolls the other nginx out and the own one after it, so that every later event has what the stack has", async () => {
        const rolled: string[] = [];
        const record = settled();
        const ours = {
            name: "ours",
            rollNginxImage: (image: string) => {
                rolled.push(image);
                const [old = ""] = record.state.pods;
                record.onPod(pod(old), true);
                record.onPod(pod(`${old}-next`, "True"), false);
                return Promise.resolve();
            },
        };
        await go([imageRollout], {
            observer: { of: () => record } as unknown as RunOptions["observer"],
            variants: [ours] as unknown as RunOptions["variants"],
        });
        expect(rolled).to.deep.equal(["nginx:1.26", "nginx:1.30"]);
    });
});
