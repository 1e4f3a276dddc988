/** How long one setting takes on a day of traffic, and how long a thousand take. */
import { availableParallelism } from "node:os";

import { median } from "../../common/median";
import { evaluatorOf } from "../../tuner/search/evaluator";
import { asGiven, JobRunner, type Situation } from "../../tuner/search/job";
import { officeHours, plant, setting } from "../../tuner/example";
import { scaled } from "../../tuner/traffic/traffic";

const runs = 21;
const settings = 1000;

/** So many times the traffic: some 3, and some 30 replicas at its peak. */
const sizes = [1, 10];

export async function benchSpeed(): Promise<void> {
    for (const size of sizes) {
        const situation: Situation = { traffic: scaled(officeHours(), size), plant, waitLimitSeconds: 0.2 };
        const roomy = { ...setting, maxReplicas: 24 * size };
        const runner = new JobRunner(situation);
        const milliseconds = Array.from({ length: runs }, () => {
            const begun = performance.now();
            runner.run({ setting: roomy, condition: asGiven });
            return performance.now() - begun;
        });
        const { peakReplicas } = runner.run({ setting: roomy, condition: asGiven });
        const usual = median(milliseconds)?.toFixed(1);
        console.log(`peak of ${peakReplicas} replicas: one setting on a day ${usual} ms (median of ${runs})`);

        const threads = availableParallelism();
        const evaluator = evaluatorOf(situation, threads);
        const jobs = Array.from({ length: settings }, (_, i) => ({
            setting: { ...roomy, minReplicas: 2 + (i % 20), targetCPUUtilizationPercentage: 20 + (i % 60) },
            condition: asGiven,
        }));
        const begun = performance.now();
        await evaluator.evaluate(jobs);
        const seconds = (performance.now() - begun) / 1000;
        await evaluator.close();
        console.log(`  ${settings} settings on ${threads} threads ${seconds.toFixed(1)} s`);
    }
}
