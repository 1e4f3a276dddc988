import { expect } from "chai";

import { parseSettings } from "../../../../settings/parse";
import { plantOf } from "../../../../tools/tuner/plant/plant";

const assumptions = {
    spread: undefined,
    imbalance: undefined,
    cpuSecondsPerRequest: 0.05,
    requestSeconds: 0.2,
    startupSeconds: 20,
    seed: 1,
};

describe("the plant of a stack", () => {
    it("gives a request up when nginx does: after its wait for a worker and its work", () => {
        const web = { longestRequestSeconds: 30, drain: { queueSeconds: 7 } };
        const result = parseSettings({ values: { web } });
        if (!result.ok) throw new Error(result.problems[0]?.message);
        expect(plantOf(result.settings, assumptions).fastcgiReadTimeoutSeconds).to.equal(37);
    });

    const plantWith = (values: object) => {
        const result = parseSettings({ values: { web: {}, ...values } });
        if (!result.ok) throw new Error(result.problems[0]?.message);
        return plantOf(result.settings, assumptions);
    };

    it("has its workers counted as often as Prometheus looks, where it does for the autoscaler", () => {
        const seconds = (web: object) => plantWith({ web }).scrapeIntervalSeconds;
        const autoscaling = { kind: "keda", busyWorkersTargetPercent: 60 };
        expect(seconds({ autoscaling, monitoring: {} })).to.equal(5);
        expect(seconds({ autoscaling, monitoring: { intervalSeconds: 15 } })).to.equal(15);
        // With a target: what they have without is no matter.
        expect([seconds({}), seconds({ monitoring: { intervalSeconds: 60 } })]).to.deep.equal([5, 15]);
    });

    it("has requests sent as the stack's controller does it: in turn by each of its processes", () => {
        const spread = (values: object) => plantWith(values).spread;
        expect(spread({})).to.deep.equal({ kind: "roundRobin", processes: 8 });
        const config = { "worker-processes": "2" };
        expect(spread({ ingressController: { replicas: 3, config } })).to.deep.equal({
            kind: "roundRobin",
            processes: 6,
        });
        const traefik = { kind: "traefik", install: false };
        expect(spread({ ingressController: traefik })).to.deep.equal({ kind: "roundRobin", processes: 2 });
        expect(spread({ web: { gateway: { name: "g", namespace: "g" } }, ingressController: { install: false } })).to.deep.equal({ kind: "random" }); // prettier-ignore
        const ours = { kind: "traefik", install: true, gateway: true };
        const made = { web: { gateway: { create: true } }, ingressController: ours };
        expect(spread(made)).to.deep.equal({ kind: "roundRobin", processes: 2 });
        expect(spread({ ingressController: { loadBalance: "ewma" } })).to.deep.equal({ kind: "random" });
        expect(plantWith({}).imbalance).to.equal(0);
    });
});
