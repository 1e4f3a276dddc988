import { expect } from "chai";

import { resolveService } from "../../../../components/service";
import { parseMemoryBytes } from "../../../../components/units/quantity";
import { parseSettings } from "../../../../settings/parse";
import type { Use } from "../../../../tools/tuner/sizing/measured";
import { sizingOf, type SizedPod } from "../../../../tools/tuner/sizing/sizing";
import { describeSizing } from "../../../../tools/tuner/sizing/words";

const mebibyte = 2 ** 20;

/** Of a stack file's web section. */
function podOf(web: Record<string, unknown> = {}): SizedPod {
    const parsed = parseSettings({ values: { web: { host: "www.example.com", ...web } } });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { settings } = parsed;
    const { maxChildren, resources } = settings.web.phpFpm;
    return {
        ...resolveService("web", { ...settings.web, ingressController: settings.ingressController }).phpFpm,
        states: { maxChildren: maxChildren !== undefined, memoryRequest: resources.requests.memory !== undefined },
    };
}

/** A day and more, in which pods have from 1 to 11 busy workers; the busiest uses twice as much as a pod on average. */
const uses = (cores: number, bytesAt: (busy: number) => number): readonly Use[] =>
    Array.from({ length: 400 }, (_, i) => {
        const busyWorkers = 1 + (i % 101) / 10;
        return {
            mostCores: (cores * busyWorkers) / 11,
            mostBytes: bytesAt(busyWorkers) + 20 * mebibyte,
            meanBytes: bytesAt(busyWorkers),
            busyWorkers,
        };
    });

const ordinary = uses(0.5, (busy) => (300 + 10 * busy) * mebibyte);

describe("what a pod should ask for", () => {
    it("is CPU that the busiest pod uses, and never less than what the HPA lets a pod use", () => {
        const { cpu } = sizingOf(podOf(), ordinary, 40);
        expect(cpu).to.deep.include({ fromMillicores: 1000, toMillicores: 500, actsAtMillicores: 400 });
        expect(cpu.usedMillicores).to.be.closeTo(495, 5);
        expect(cpu.targetPercent).to.equal(80);
        // At night all pods are idle, and the HPA's own point is what counts.
        expect(sizingOf(podOf(), uses(0.1, () => 0), 60).cpu).to.deep.include({ toMillicores: 600, targetPercent: 100 }); // prettier-ignore
    });

    it("never is more CPU than the limit", () => {
        expect(sizingOf(podOf(), uses(1.4, () => 0), 60).cpu.toMillicores).to.equal(1000); // prettier-ignore
        const unlimited = podOf({ phpFpm: { resources: { limits: { cpu: null } } } });
        expect(sizingOf(unlimited, uses(1.4, () => 0), 60).cpu.toMillicores).to.be.closeTo(1390, 15); // prettier-ignore
    });

    it("leaves out the busiest hundredth of the time", () => {
        const odd = [...ordinary.slice(3), ...Array.from({ length: 3 }, () => ({ ...ordinary[0]!, mostCores: 0.99 }))];
        expect(sizingOf(podOf(), odd, 40).cpu.toMillicores).to.equal(500);
    });

    it("is memory for all workers busy, with what each has added to a pod", () => {
        const { memory } = sizingOf(podOf(), ordinary, 40);
        expect(memory.isPerBusyWorkerMeasured).to.equal(true);
        expect(memory.perBusyWorkerBytes / mebibyte).to.be.closeTo(10, 0.01);
        expect(memory.mostBytes / mebibyte).to.be.closeTo(430, 0.01);
        // 320 + 16 x 10 MiB.
        expect(memory.allBusyBytes / mebibyte).to.be.closeTo(480, 0.01);
        expect(memory.toBytes).to.be.within(480 * 1.15 * mebibyte, 480 * 1.15 * mebibyte + 17 * mebibyte);
        expect(memory.toBytes).to.be.below(memory.limitBytes);
    });

    it("takes what a worker adds from the stack file where pods were as busy at all times", () => {
        const even = ordinary.map((use) => ({ ...use, busyWorkers: 6, mostBytes: 400 * mebibyte }));
        const { memory } = sizingOf(podOf({ phpFpm: { workerMemory: "20Mi" } }), even, 40);
        expect([memory.isPerBusyWorkerMeasured, memory.allBusyBytes / mebibyte]).to.deep.equal([false, 600]);
        expect(describeSizing(sizingOf(podOf(), even, 40), 16).join(" ")).to.include("as the stack file has it");
    });

    it("never is more memory than the limit, where one request alone may fill it", () => {
        const huge = sizingOf(podOf(), uses(0.5, () => 9e9), 40); // prettier-ignore
        expect(huge.memory.toBytes).to.equal(huge.memory.limitBytes);
        const stated = podOf({ phpFpm: { resources: { requests: { memory: "700Mi" } } } });
        const { memory } = sizingOf(stated, uses(0.5, () => 9e9), 40); // prettier-ignore
        expect(memory.toBytes).to.equal(memory.limitBytes);
        expect(describeSizing(huge, 16).join(" ")).to.include("The largest pod was close to it: look at memoryLimit.");
    });

    it("is written by the keys that lead there, and what the CPU request decides beside stays as it is", () => {
        const web = { phpFpm: { memoryLimit: "64Mi" } };
        const sizing = sizingOf(podOf(web), ordinary, 40);
        expect(sizing.lines.map(([path]) => path)).to.deep.equal([
            "autoscaling.targetCPUUtilizationPercentage",
            "phpFpm.maxChildren",
            "phpFpm.resources.requests.cpu",
            "phpFpm.workerMemory",
        ]);
        const values = Object.fromEntries(sizing.lines.map(([path, value]) => [path, value]));
        const before = podOf(web);
        const after = podOf({
            autoscaling: { targetCPUUtilizationPercentage: values["autoscaling.targetCPUUtilizationPercentage"] },
            phpFpm: {
                ...web.phpFpm,
                maxChildren: values["phpFpm.maxChildren"],
                workerMemory: values["phpFpm.workerMemory"],
                resources: { requests: { cpu: values["phpFpm.resources.requests.cpu"] } },
            },
        });
        expect([after.maxChildren, after.resources.limits]).to.deep.equal([
            before.maxChildren,
            before.resources.limits,
        ]);
        expect(after.resources.requests.cpu).to.equal("500m");
        expect(parseMemoryBytes(after.resources.requests.memory ?? "")).to.equal(sizing.memory.toBytes);
    });

    it("goes by a memory request of its own where the stack file has one, or workers are too small to lead there", () => {
        const stated = podOf({ phpFpm: { resources: { requests: { memory: "700Mi" } } } });
        expect(sizingOf(stated, ordinary, 40).lines.at(-1)?.[0]).to.equal("phpFpm.resources.requests.memory");
        const small = sizingOf(podOf({ phpFpm: { opcacheMemory: "512Mi" } }), ordinary, 40);
        expect(small.lines.at(-1)).to.deep.equal(["phpFpm.resources.requests.memory", "552Mi"]);
    });

    it("is nothing new where it differs by less than a tenth", () => {
        const web = { phpFpm: { maxChildren: 16, workerMemory: "20Mi", resources: { requests: { cpu: "520m" } } } };
        const sizing = sizingOf(podOf(web), ordinary, 60);
        expect(sizing.lines).to.deep.equal([]);
        const text = describeSizing(sizing, 16).join(" ");
        expect(text).to.include("CPU request 520m stays: ").and.include("Memory request 564Mi stays: ");
        expect(text).not.to.include("--apply");
    });

    it("says where each figure comes from", () => {
        expect(describeSizing(sizingOf(podOf(), ordinary, 40), 16)).to.deep.equal([
            "CPU request 1000m -> 500m: the busiest pod used up to 495m in 99 % of 33 h, and the HPA adds pods where they use more than 400m each; 495m, the larger, is to be there on any node. A target of 80 % of it is the same use, so that nothing scales otherwise.",
            "Memory request 1040Mi -> 564Mi: the largest pod had 430Mi; with all 16 workers busy it would have up to 480Mi (10Mi for each worker more that is busy), and 15 % are added. A pod above its request is the first to go where a node runs short.",
            "The memory limit stays at 2672Mi: all 16 workers at memory_limit fit into it, so that a request which takes too much ends alone, and no measurement shows the worst.",
            "--apply does not write these lines, which roll all pods; the target is for the new request:",
        ]);
    });
});
